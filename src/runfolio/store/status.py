"""Is the process that wrote a journal still there? Works without psutil, on every system."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

#: A writer that gave no sign of life for so long is stalled, unless it is proven dead.
STALLED_SECONDS = 180.0


@dataclass(frozen=True)
class ProcessMark:
    """What tells one process from all others: its pid, its start and the machine's start.

    ``start`` is 0 where the system does not say it. ``boot`` is 16 hex digits; processes see
    each other's pids only if they share it (the pid namespace is part of it).
    """

    pid: int
    start: int
    boot: str


def this_process() -> ProcessMark:
    """The mark of the calling process; right in forked children too."""
    return _mark(os.getpid())


@lru_cache(maxsize=4)
def _mark(pid: int) -> ProcessMark:
    return ProcessMark(pid, _start_time(pid), _boot())


def is_gone(mark: ProcessMark) -> bool | None:
    """True if the process is proven dead, False if it lives, None if that cannot be seen here."""
    if mark.boot != _boot() or mark.pid <= 0:
        return None
    if not _pid_exists(mark.pid):
        return True
    start = _start_time(mark.pid)
    return bool(mark.start and start and start != mark.start)


@lru_cache(maxsize=1)
def _boot() -> str:
    parts = [socket.gethostname(), _boot_text(), _pid_namespace()]
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _boot_text() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _ACTIVE = 259  # STILL_ACTIVE

    def _windows_times(pid: int) -> tuple[bool, int]:
        """Whether the process runs, and its creation time in 100 ns (0 if unknown)."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return ctypes.get_last_error() == 5, 0  # access denied: it is there
        try:
            code = wintypes.DWORD()
            kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
            times = [wintypes.FILETIME() for _ in range(4)]
            known = kernel.GetProcessTimes(
                wintypes.HANDLE(handle), *(ctypes.byref(moment) for moment in times)
            )
            start = (times[0].dwHighDateTime << 32) | times[0].dwLowDateTime if known else 0
            return code.value == _ACTIVE, start
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))

    def _pid_exists(pid: int) -> bool:
        return _windows_times(pid)[0]

    def _start_time(pid: int) -> int:
        return _windows_times(pid)[1]

else:

    def _pid_exists(pid: int) -> bool:
        stat = _proc_stat(pid)
        if stat:
            return stat[0] not in ("Z", "X")  # a zombie writes nothing any more
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except (PermissionError, OverflowError):
            return True
        return True

    def _start_time(pid: int) -> int:
        stat = _proc_stat(pid)
        return int(stat[19]) if len(stat) > 19 else 0

    def _proc_stat(pid: int) -> list[str]:
        """Fields of /proc/PID/stat after the name; empty where there is no such file."""
        try:
            text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return []
        return text.rpartition(")")[2].split()
