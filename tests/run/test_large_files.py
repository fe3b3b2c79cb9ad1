"""A file of any size is logged, hashed and read back in a small, measured amount of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")
BYTES = 2 << 30 if LONG else 200 << 20
MOST = 24 << 20

SCRIPT = '''
import json, sys
from pathlib import Path
import runfolio

def peak():
    """The most memory that this process had; ru_maxrss would tell that of its parent as well."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024

run = runfolio.init("large", store="runs", id="large", capture=False)
run.log_text("small", "first")      # what is imported only once is not counted
run.log_artifact("small.bin", store=False)
begin = peak()
run.log_artifact("large.bin")
stored = peak()
run.log_artifact("large.bin", "reference", store=False)
referred = peak()
run.log_dataset("large.bin", "data")
described = peak()
from runfolio.store.blobs import pieces_of
info = json.loads(sys.argv[1])
size = sum(map(len, pieces_of(run._recorder.folder, info["digest"])))
read = peak()
run.finish()
print(json.dumps({
    "stored": stored - begin, "referred": referred - begin, "described": described - begin,
    "read": read - begin, "size": size,
}))
'''


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    (tmp_path / "small.bin").write_bytes(b"x")
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(BYTES)  # sparse: it takes no disk, but its copy does
    import hashlib

    state = hashlib.sha256()
    block = bytes(1 << 20)
    for _ in range(BYTES >> 20):
        state.update(block)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps({"digest": state.hexdigest()})],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(f"{BYTES >> 20} MiB: { ({k: f'{v >> 10} KiB' for k, v in found.items()}) }")
    assert found.pop("size") == BYTES
    assert max(found.values()) < MOST, found
    blobs = [path for path in (tmp_path / "runs" / "blobs").rglob("*") if path.is_file()]
    assert sorted(path.stat().st_size for path in blobs) == [5, BYTES]
    for path in blobs:
        path.unlink()  # the temporary folders of tests are kept a while
