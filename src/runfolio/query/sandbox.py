"""SQL of strangers, answered by a process of its own that is stopped when it takes too much.

A statement in a report or a note is not to be trusted: it can run for ever, ask for gigabytes, or
use a hole in DuckDB. So a child process opens the store, takes no more memory than it is given
(on Linux), and is killed when its time is over. It has no access to files or the network, and of
DuckDB's functions those that read something or tell of the machine are refused, those of versions
to come too.

    with Sandbox(store, seconds=10, memory=1 << 30) as sandbox:
        table = sandbox.answer("SELECT name FROM runs")
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from runfolio.config import Config
from runfolio.errors import QueryError, RunfolioError

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.query.origins import Origin

SECONDS = 10.0
MEMORY = 1 << 30
#: Opening a store is not the statement's fault; only a disk that hangs takes so long.
OPENING_SECONDS = 300.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_HEAD = 1 << 20
#: Allocators that set no address space aside in advance: the limit would count it as taken.
_SOBER = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}


class Opened(Protocol):
    """What the sandbox needs of a store."""

    path: Path
    config: Config
    as_of: datetime | None
    origins: Mapping[str, Origin]


def answer(
    store: Opened, sql: str, seconds: float | None = SECONDS, memory: int | None = MEMORY
) -> pa.Table:
    """The answer to one SELECT of a stranger, within ``seconds`` and ``memory`` bytes.

    The memory is what the statement takes beyond the store itself. None means no limit. What is
    wrong with the statement, and a limit that it broke, is a QueryError.
    """
    with Sandbox(store, seconds, memory) as sandbox:
        return sandbox.answer(sql)


class Sandbox:
    """A child process for several statements; after one that had to be stopped, a new one.

    Not for several threads at once. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self, store: Opened, seconds: float | None = SECONDS, memory: int | None = MEMORY
    ) -> None:
        self.seconds = seconds
        self.memory = memory
        self._request = _request(store, memory)
        self._child: _Child | None = None

    def answer(self, sql: str) -> pa.Table:
        """The answer to one SELECT, as an Arrow table; QueryError as in ``answer``."""
        import pyarrow as pa

        child = self._ready()
        try:
            head, body = child.ask({"sql": sql}, self.seconds)
        except TimeoutError:
            self.close()
            raise QueryError(
                f"The statement took longer than {self.seconds:g} s and was stopped.",
                hint="Ask for less, or allow more time.",
            ) from None
        except EOFError:
            self.close()
            raise self._too_large() from None
        if head["kind"] == "error":
            if head["memory"]:
                self.close()  # what it still holds is not known
                raise self._too_large()
            raise QueryError(head["message"], hint=head["hint"])
        with pa.ipc.open_stream(body) as reader:
            return reader.read_all()

    def _ready(self) -> _Child:
        """The child, with the store open."""
        if self._child is not None:
            return self._child
        child = _Child(self.memory)
        try:
            head, _ = child.ask(self._request, OPENING_SECONDS)
        except (EOFError, TimeoutError):
            child.kill()
            raise RunfolioError(
                "The process that answers statements could not open the store.",
                hint="runfolio verify tells whether its files are whole.",
            ) from None
        if head["kind"] == "error":
            child.kill()
            raise RunfolioError(head["message"], hint=head["hint"])
        self._child = child
        return child

    def _too_large(self) -> QueryError:
        limit = f" than {_size(self.memory)}" if self.memory else " than there is"
        return QueryError(
            f"The statement needed more memory{limit}, or made DuckDB fail, and was stopped.",
            hint="Ask for less, or allow more memory.",
        )

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _request(store: Opened, memory: int | None) -> dict[str, Any]:
    """What the child needs to open the same store with the same leaderboards."""
    return {
        "store": str(Path(store.path).absolute()),
        "as_of": store.as_of.isoformat() if store.as_of else None,
        "leaderboards": [asdict(board) for board in store.config.leaderboards],
        "metrics": {key: asdict(each) for key, each in store.config.metrics.items()},
        "memory": memory,
        "origins": [origin.as_dict() for origin in store.origins.values()],
    }


def _size(count: int) -> str:
    """A limit as people give it: 512 MB, 1.5 GB."""
    return f"{count / 1e9:.3g} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"


class _Child:
    """One process, and a thread that reads what it says, so that waiting can end."""

    def __init__(self, memory: int | None) -> None:
        path = os.pathsep.join(
            part for part in (str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")) if part
        )
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "runfolio.query.sandbox_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_SOBER, "PYTHONPATH": path},
        )
        self._limit = memory
        self._said: queue.SimpleQueue[tuple[dict[str, Any], bytes] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def ask(
        self, message: Mapping[str, Any], seconds: float | None
    ) -> tuple[dict[str, Any], bytes]:
        """Its answer; TimeoutError when it takes too long, EOFError when it dies."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            found = self._said.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        except (BrokenPipeError, ConnectionError):
            raise EOFError from None
        if found is None:
            raise EOFError
        return found

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
        self._process.wait()

    def _listen(self) -> None:
        """Hand over one answer after the other; None at the end."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError, KeyError):
            while found := self._next(self._process.stdout):
                self._said.put(found)
        self._said.put(None)

    def _next(self, stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
        """One answer: a line of JSON, and as many bytes as it says."""
        line = stream.readline(_LONGEST_HEAD)
        if not line.endswith(b"\n"):
            return None
        head = json.loads(line)
        count = int(head.get("bytes", 0))
        if self._limit is not None and count > self._limit:
            return None
        body = stream.read(count)
        return (head, body) if len(body) == count else None
