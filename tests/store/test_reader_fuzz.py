"""T20: readers of journals, parts and packs meet any bytes with an answer or a clear error.

They read in a child of bounded memory and time; a crash, a hang or a bomb is its end, and the bytes
that did it are shown. With RUNFOLIO_LONG=1 there are many more, and atheris tries where it works.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runfolio.store import folder as folder_module
from runfolio.store import frames, stamps
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="bounds memory with RLIMIT_AS"
)
LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")
TRIES = settings(
    max_examples=5_000 if LONG else 120,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
WRITER = "0123456789ab"
SEED = frames.seed_of(WRITER)
HEADER = frames.pack_header(frames.Header(1, WRITER, "r1", 0, 1, 1, "00" * 8, 0, 0))


class Child:
    """The process that reads."""

    def __init__(self, place: Path) -> None:
        paths = [str(Path(folder_module.__file__).parents[2]), str(Path(__file__).parent)]
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "FUZZ_PLACE": str(place),
            "ARROW_DEFAULT_MEMORY_POOL": "system",
        }
        self.answers: Counter[str] = Counter()
        self._begin()

    def _begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("reading_bytes.py"))],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def read(self, sort: bytes, data: bytes) -> str:
        """How the child answers; fails with the bytes if it does not."""
        assert self.process.stdin is not None and self.process.stdout is not None
        request = sort + data
        try:
            self.process.stdin.write(len(request).to_bytes(4, "little") + request)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self.process.stdout.readline().decode().strip()
        if not answer:
            _, errors = self.process.communicate()
            code = self.process.returncode
            self._begin()
            pytest.fail(f"the reader ended with {code} on {request!r:.2000}\n{errors.decode()}")
        self.answers[answer.partition(" ")[0]] += 1
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    made = Child(tmp_path_factory.mktemp("fuzz"))
    yield made
    print("answers:", dict(made.answers))
    made.close()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[bytes, bytes]:
    """A good journal, part and pack."""
    folder = Folder.create(tmp_path_factory.mktemp("good") / "store")
    for run_id in ("r1", "r2"):
        with Writer(folder, run_id) as writer:
            for step in range(20):
                writer.points(step, ("loss", "acc"), [step / 4, step / 8])
                writer.fact("tag", f"t{step}", text="é" * step)
    (journal,) = folder.run_dir("r1").glob("j-*")
    (part,) = folder.run_dir("r1").glob("p-*")
    found = {b"j": journal.read_bytes(), b"p": part.read_bytes()}
    compact(folder, grace=0)
    (pack,) = folder.packs.iterdir()
    return {**found, b"c": pack.read_bytes()}


@given(data=st.binary(max_size=2_000), sort=st.sampled_from([b"j", b"p", b"c", b"h"]))
@TRIES
def test_any_bytes_are_answered(child: Child, sort: bytes, data: bytes) -> None:
    child.read(sort, data)
    child.read(sort, b"PAR1" + data + b"PAR1")


FRAMES = st.tuples(
    st.integers(0, 2**64 - 1) | st.integers(0, 50),
    st.integers(0, 9),
    st.binary(max_size=80),
)


@given(frames_=st.lists(FRAMES, max_size=8), between=st.binary(max_size=20))
@TRIES
def test_frames_with_right_checksums_and_any_content_are_answered(
    child: Child, frames_: list[tuple[int, int, bytes]], between: bytes
) -> None:
    data = HEADER
    for seq, kind, payload in frames_:
        data += frames.frame(SEED, seq, kind, payload) + between
    child.read(b"j", data)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
@TRIES
def test_counts_that_lie_cost_no_memory(child: Child, count: int, size: int) -> None:
    layout = frames.struct.pack("<III", 1, count, size)
    facts = frames.struct.pack("<qI", 0, count) + frames.struct.pack("<BBIqdI", 7, 1, 9, 0, 0, size)
    bodies = [(frames.LAYOUT, layout), (frames.FACTS, facts), (frames.CLOSE, b"\0" * 16)]
    data = HEADER + b"".join(frames.frame(SEED, 0, kind, body) for kind, body in bodies)
    child.read(b"j", data)


def test_a_codec_that_does_not_exist_does_not_end_the_process(
    child: Child, good: dict[bytes, bytes]
) -> None:
    """pyarrow would call std::terminate when asked for its name."""
    for sort in (b"p", b"c"):
        data = bytearray(good[sort])
        at = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
        del data[at - stamps.SIZE : at]
        at -= stamps.SIZE
        named = data.index(b"run_id\x15", at) + len("run_id") + 1
        assert data[named] in (2, 12)  # snappy or zstd, doubled
        data[named] = 0x7F
        assert child.read(sort, stamps.stamped(bytes(data))) == "PartError"


EDIT = st.tuples(
    st.floats(0, 1),
    st.sampled_from(["flip", "cut", "insert", "zero"]),
    st.binary(min_size=1, max_size=12),
)


@given(edits=st.lists(EDIT, min_size=1, max_size=6), sort=st.sampled_from([b"j", b"p", b"c"]))
@TRIES
def test_edited_files_are_answered_also_with_a_seal_that_fits(
    child: Child, good: dict[bytes, bytes], sort: bytes, edits: list[tuple[float, str, bytes]]
) -> None:
    """What passes the seal reaches the Parquet library: it must not fall, hang or swell."""
    data = bytearray(good[sort])
    if sort != b"j":
        at = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
        del data[at - stamps.SIZE : at]
    for place, what, some in edits:
        spot = int(place * (len(data) - 1)) if data else 0
        if what == "flip" and data:
            data[spot] ^= some[0] or 1
        elif what == "cut":
            del data[spot : spot + some[0]]
        elif what == "insert":
            data[spot:spot] = some
        else:
            data[spot : spot + len(some)] = bytes(len(some))
    child.read(sort, bytes(data))
    if sort != b"j" and len(data) > 12 and int.from_bytes(data[-8:-4], "little") + 12 < len(data):
        child.read(sort, stamps.stamped(bytes(data)))


@pytest.mark.skipif(not LONG, reason="the long mode: RUNFOLIO_LONG=1, make faults")
def test_atheris_finds_nothing(tmp_path: Path, good: dict[bytes, bytes]) -> None:
    pytest.importorskip("atheris", reason="pip install atheris, where it can be built")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for sort, data in good.items():
        (corpus / sort.decode()).write_bytes(sort + data)
    paths = [str(Path(folder_module.__file__).parents[2]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "FUZZ_PLACE": str(tmp_path)}
    seconds = os.environ.get("RUNFOLIO_FUZZ_SECONDS", "60")
    script = str(Path(__file__).with_name("fuzz_readers.py"))
    bounds = [f"-max_total_time={seconds}", "-rss_limit_mb=2048", "-timeout=20"]
    done = subprocess.run(
        [sys.executable, script, str(corpus), *bounds, f"-artifact_prefix={tmp_path}/"],
        env=environment,
        capture_output=True,
        text=True,
    )
    print(done.stderr[-2000:])
    assert done.returncode == 0, done.stderr[-4000:]
