"""`import runfolio` is cheap: it loads the standard library and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

PROBE = """
import sys
before = set(sys.modules)
import time
start = time.perf_counter()
import runfolio
seconds = time.perf_counter() - start
import json
print(json.dumps([seconds, sorted({name.split(".")[0] for name in set(sys.modules) - before})]))
"""


def probe() -> tuple[float, set[str]]:
    """Seconds of a first import in a fresh interpreter, and the top-level packages it brought."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, names = json.loads(done.stdout)
    return seconds, set(names)


def test_import_loads_the_standard_library_alone() -> None:
    seconds, names = probe()
    print(f"import runfolio: {seconds * 1000:.0f} ms in a fresh interpreter")
    assert names - set(sys.stdlib_module_names) - {"runfolio"} == set()


def test_a_build_that_finds_nothing_new_loads_no_charts_and_no_tables() -> None:
    """What draws and what writes Parquet is loaded where it is used: it takes a second."""
    code = "import sys, runfolio.site.build; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"altair", "pyarrow", "pandas", "numpy"} & set(done.stdout.split())


def test_import_is_quick() -> None:
    """Half a second is far above what it takes, even on a busy machine; a heavy import is not."""
    assert min(probe()[0] for _ in range(3)) < 0.5
