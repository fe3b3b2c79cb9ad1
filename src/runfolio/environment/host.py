"""Who runs on which machine: user, host, system, processor, memory, GPUs, folder, rank."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def attempt(question: Callable[[], T]) -> T | None:
    """The answer, or None where this machine does not give one."""
    try:
        return question()
    except Exception:  # a fact of the surroundings is never worth an error
        return None


def user() -> str:
    """The name of the person whose process this is, or ''."""
    import getpass

    return attempt(getpass.getuser) or attempt(lambda: str(os.getuid())) or ""


def host() -> str:
    """The machine's name, or ''."""
    import socket

    return attempt(socket.gethostname) or ""


def working_folder() -> str:
    """The current folder, or '' if it is gone."""
    return attempt(os.getcwd) or ""


def rank() -> int | None:
    """This process's number in a distributed training, or None outside one."""
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "LOCAL_RANK"):
        text = os.environ.get(name, "")
        if text.isdecimal():
            return int(text)
    return None


def _system_name() -> str:
    import platform

    uname = platform.uname()
    if uname.system == "Linux":
        release = attempt(platform.freedesktop_os_release) or {}
        return f"{release.get('PRETTY_NAME', 'Linux')} (Linux {uname.release})"
    if uname.system == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{uname.system} {uname.release}"


def _processor() -> str:
    import platform

    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model", "cpu model"):
                return value.strip()
    if sys.platform == "darwin":
        import subprocess

        brand = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(brand, capture_output=True, text=True, timeout=2).stdout.strip()
    return os.environ.get("PROCESSOR_IDENTIFIER", "") or platform.machine()


def cpu_count() -> int:
    """How many processors this process may use (at least 1)."""
    if hasattr(os, "sched_getaffinity"):
        allowed = attempt(lambda: len(os.sched_getaffinity(0)))
        if allowed:
            return allowed
    return os.cpu_count() or 1


def _memory_bytes() -> int:
    if hasattr(os, "sysconf"):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.virtual_memory().total)


def _gpus_by_nvml() -> list[str]:
    import pynvml

    pynvml.nvmlInit()
    names = []
    for index in range(pynvml.nvmlDeviceGetCount()):
        name = pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(index))
        names.append(name.decode() if isinstance(name, bytes) else str(name))
    return names


def _gpus_by_driver() -> list[str]:
    """Names from the Linux driver's own files, which need no package."""
    names = []
    for info in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("Model:"):
                names.append(line.partition(":")[2].strip())
    return names


@cache
def hardware() -> dict[str, object]:
    """os, machine, cpu, cpu_count, memory_bytes and gpus; asked once for each process."""
    import platform

    facts: dict[str, object | None] = {
        "os": attempt(_system_name),
        "machine": attempt(platform.machine),
        "cpu": attempt(_processor),
        "cpu_count": cpu_count(),
        "memory_bytes": attempt(_memory_bytes),
        "gpus": attempt(_gpus_by_nvml) or attempt(_gpus_by_driver) or [],
    }
    return {name: value for name, value in facts.items() if value is not None}


def facts() -> dict[str, object]:
    """The ``host`` section of a run: user, host, the hardware and the current folder."""
    return {"user": user(), "host": host(), **hardware(), "cwd": working_folder()}


def python() -> dict[str, object]:
    """The ``python`` section of a run: version, implementation, prefix."""
    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "prefix": sys.prefix,
    }
