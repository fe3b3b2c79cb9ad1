"""How busy the machine is: processor, memory, this process, GPUs. Asked every few seconds."""

from __future__ import annotations

import os
import sys
import time
from typing import Any


class Usage:
    """Takes samples of the machine; never raises, and leaves out what nobody can tell.

    With psutil and pynvml where they can be imported, else with what the system offers itself.
    Not thread-safe: one thread asks.
    """

    def __init__(self) -> None:
        self._psutil = _psutil()
        self._gpus = _gpu_handles()
        self._process = None if self._psutil is None else _try(self._psutil.Process)
        self._clock = time.monotonic()
        self._used = time.process_time()
        self.sample()  # rates are since the last sample, so the first one is the start

    def sample(self) -> dict[str, float]:
        """The state since the last sample: names such as ``cpu.percent`` and their numbers.

        ``cpu.percent`` (of all processors), ``process.cpu.percent`` (of one processor),
        ``memory.percent``, ``memory.bytes``, ``process.memory.bytes``, ``load.1m``,
        ``disk.percent`` (of the current folder's disk), and for each GPU ``gpu.0.percent``,
        ``gpu.0.memory.percent``, ``gpu.0.memory.bytes``, ``gpu.0.celsius``, ``gpu.0.watts``.
        """
        found: dict[str, float] = {}
        for question in (self._processor, self._memory, _disk, self._graphics):
            try:
                found.update(question())
            except Exception:  # a sensor that fails once may work the next time
                continue
        return found

    def _processor(self) -> dict[str, float]:
        now, used = time.monotonic(), time.process_time()
        seconds = max(now - self._clock, 1e-9)
        found = {"process.cpu.percent": 100.0 * (used - self._used) / seconds}
        self._clock, self._used = now, used
        if self._psutil is not None:
            found["cpu.percent"] = self._psutil.cpu_percent(interval=None)
        elif hasattr(os, "getloadavg"):
            found["load.1m"] = os.getloadavg()[0]
        return found

    def _memory(self) -> dict[str, float]:
        if self._psutil is None:
            return _resident()
        machine = self._psutil.virtual_memory()
        found = {
            "memory.percent": float(machine.percent),
            "memory.bytes": float(machine.total - machine.available),
        }
        if self._process is not None:
            found["process.memory.bytes"] = float(self._process.memory_info().rss)
        return found

    def _graphics(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for number, handle in enumerate(self._gpus):
            for name, value in _gpu(handle).items():
                found[f"gpu.{number}.{name}"] = value
        return found


def _disk() -> dict[str, float]:
    import shutil

    disk = shutil.disk_usage(".")
    return {"disk.percent": 100.0 * (disk.total - disk.free) / disk.total}


def _try(question: Any) -> Any:
    try:
        return question()
    except Exception:
        return None


def _psutil() -> Any:
    try:
        import psutil
    except Exception:  # not installed, or built for another system
        return None
    return psutil


def _gpu_handles() -> list[Any]:
    try:
        import pynvml

        pynvml.nvmlInit()
        return [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    except Exception:  # no package, no driver, no permission: no GPU to tell of
        return []


def _gpu(handle: Any) -> dict[str, float]:
    import pynvml

    found: dict[str, float] = {}
    rates = _try(lambda: pynvml.nvmlDeviceGetUtilizationRates(handle))
    if rates is not None:
        found["percent"] = float(rates.gpu)
    memory = _try(lambda: pynvml.nvmlDeviceGetMemoryInfo(handle))
    if memory is not None:
        found["memory.bytes"] = float(memory.used)
        found["memory.percent"] = 100.0 * memory.used / memory.total
    celsius = _try(lambda: pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))
    if celsius is not None:
        found["celsius"] = float(celsius)
    milliwatts = _try(lambda: pynvml.nvmlDeviceGetPowerUsage(handle))
    if milliwatts is not None:
        found["watts"] = milliwatts / 1000.0
    return found


def _resident() -> dict[str, float]:
    """This process's memory without psutil: now where Linux tells it, else its highest so far."""
    if sys.platform == "linux":
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return {"process.memory.bytes": float(pages * os.sysconf("SC_PAGE_SIZE"))}
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return {"process.memory.bytes": float(peak * unit)}
