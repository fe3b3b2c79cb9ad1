"""All benchmarks, one after the other: `make bench`, or `python tests/bench/run.py log query`.

Each ``bench_<name>.py`` is a script of its own that prints its figures; it compares what it
measures with a limit taken in the same run, so that ratios mean something on any machine.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def chosen(names: list[str]) -> list[Path]:
    """The scripts to run, in order; an unknown name lists the known ones."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    unknown = [name for name in names if name not in scripts]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(scripts)}")
    return [scripts[name] for name in names or scripts]


def machine() -> str:
    """What the figures depend on, in one line."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores{load}"


def main(names: list[str]) -> int:
    """Run them; exit code 1 if one of them failed."""
    failed = []
    print(machine(), flush=True)
    for script in chosen(names):
        print(f"\n== {script.stem.removeprefix('bench_')}", flush=True)
        start = time.perf_counter()
        if subprocess.run([sys.executable, script]).returncode:
            failed.append(script.name)
        print(f"({time.perf_counter() - start:.0f} s)", flush=True)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
