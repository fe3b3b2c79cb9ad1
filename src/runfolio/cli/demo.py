"""Run the packaged examples, two at a time, and build the site of what they log."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from runfolio import schema
from runfolio.cli.failures import warn
from runfolio.cli.tables import cut
from runfolio.cli.terminal import is_terminal, safe, safe_lines, say, width
from runfolio.config.source import FILE
from runfolio.config.template import commented_file
from runfolio.errors import RunfolioError, UnsafeError

AT_ONCE = 2
INSTALL = "pip install scikit-learn matplotlib"
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Example:
    """One example: its script, and the packages that it imports and that are not installed."""

    script: Path
    missing: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return self.script.stem

    def key(self, fast: bool) -> str:
        """Changes when the script or the amount of work does; the same key means the same runs."""
        digest = hashlib.sha256(self.script.read_bytes()).hexdigest()[:16]
        return f"{digest}-{'fast' if fast else 'full'}"


def examples_folder() -> Path:
    """The examples in the wheel, or else those of the checkout."""
    for folder in (_PACKAGE / "examples", _PACKAGE.parents[1] / "examples"):
        if folder.is_dir():
            return folder
    raise RunfolioError(
        "The examples are not part of this installation.",
        hint="Install runfolio anew: pip install --force-reinstall runfolio",
    )


def find_examples(folder: Path) -> tuple[Example, ...]:
    """The scripts of ``folder`` by name, each with the packages that it lacks here."""
    scripts = sorted(each for each in folder.glob("*.py") if not each.name.startswith("_"))
    return tuple(Example(script, _missing_imports(script)) for script in scripts)


def _missing_imports(script: Path) -> tuple[str, ...]:
    names = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    names.discard("runfolio")
    return tuple(sorted(name for name in names if find_spec(name) is None))


def run_demo(
    out: Path, *, fast: bool, show: bool = False, examples: Sequence[Example] | None = None
) -> None:
    """Train the examples into ``out/runs``, build ``out/_site``, and say what to open."""
    from runfolio.cli.building import build_and_tell
    from runfolio.config import load

    began = time.monotonic()
    chosen = find_examples(examples_folder()) if examples is None else examples
    say(f"training into {safe(out / 'runs')}, {AT_ONCE} examples at a time")
    failed = train(out, fast=fast, examples=chosen)
    if failed and len(failed) == len(chosen):
        raise _failure(out, failed, chosen)
    flags = {"store": out / "runs", "out": out / "_site"}
    report = build_and_tell(load(_config_file(out), flags, env={}))
    say(f"it took {time.monotonic() - began:.0f} s. More: runfolio ls --store {safe(out / 'runs')}")
    if show:
        import webbrowser

        webbrowser.open((report.out / "index.html").absolute().as_uri())
    if failed:
        raise _failure(out, failed, chosen)


def _failure(out: Path, failed: Sequence[str], examples: Sequence[Example]) -> RunfolioError:
    return RunfolioError(
        f"{len(failed)} of {len(examples)} examples failed: {', '.join(failed)}.",
        hint=f"What they printed is in {out / 'logs'}",
    )


def _config_file(out: Path) -> Path:
    """The demo's runfolio.toml: written once, then the user's to play with."""
    path = out / FILE
    if not path.exists():
        path.write_text(commented_file(title="runfolio demo"), encoding="utf-8", newline="\n")
    return path


def train(out: Path, *, fast: bool, examples: Sequence[Example]) -> list[str]:
    """Run the examples that have not run yet into ``out/runs``; the names of those that failed."""
    store = (out / "runs").absolute()
    if (out / schema.MARKER).exists():
        raise UnsafeError(
            f"{out} is a store; the demo does not train inside it.",
            hint="Choose another folder: runfolio demo --out DIR",
        )
    _claim(store)
    ready = []
    for example in examples:
        if example.missing:
            warn(f"{example.name} is left out: it needs {', '.join(example.missing)}.", INSTALL)
        elif _done(store, example) in (example.key(fast), example.key(fast=False)):
            say(f"  {example.name:<16} its runs are there already")
        else:
            ready.append(example)
    return _run_all(ready, store, out, fast)


def _claim(store: Path) -> None:
    """Make the store the demo's; UnsafeError if it holds runs of somebody else."""
    claim = store / schema.CACHE / "demo"
    if (store / schema.MARKER).exists() and not claim.exists():
        raise UnsafeError(
            f"{store} holds runs that the demo did not make; they were left alone.",
            hint="Choose another folder: runfolio demo --out DIR",
        )
    claim.mkdir(parents=True, exist_ok=True)


def _marker(store: Path, example: Example) -> Path:
    return store / schema.CACHE / "demo" / f"{example.name}.json"


def _done(store: Path, example: Example) -> str:
    """The key under which an example ran to its end in this store, or ''."""
    try:
        return str(json.loads(_marker(store, example).read_bytes())["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _mark_done(store: Path, example: Example, fast: bool) -> None:
    text = json.dumps({"key": example.key(fast)}) + "\n"
    _marker(store, example).write_text(text, encoding="utf-8")


@dataclass
class _Job:
    example: Example
    process: subprocess.Popen[bytes]
    log: Path
    start: float


def _run_all(examples: Sequence[Example], store: Path, out: Path, fast: bool) -> list[str]:
    """Run two at a time; the names of those that failed."""
    waiting = list(examples)
    failed: list[str] = []
    with _running() as jobs:
        while waiting or jobs:
            while waiting and len(jobs) < AT_ONCE:
                jobs.append(_begin(waiting.pop(0), store, out, fast))
            time.sleep(0.1)
            _show_progress(jobs)
            for job in [each for each in jobs if each.process.poll() is not None]:
                jobs.remove(job)
                if not _finish(job, store, fast):
                    failed.append(job.example.name)
    return failed


@contextlib.contextmanager
def _running() -> Iterator[list[_Job]]:
    """A list of jobs that are ended when the block is left early, as by Ctrl-C."""
    jobs: list[_Job] = []
    try:
        yield jobs
    finally:
        _clear_line()
        for job in jobs:
            job.process.terminate()
        for job in jobs:
            job.process.wait()


def _begin(example: Example, store: Path, out: Path, fast: bool) -> _Job:
    log = out / "logs" / f"{example.name}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(example.script), "--store", str(store)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--fast"] if fast else command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=_environment(store),
        )
    return _Job(example, process, log, time.monotonic())


def _environment(store: Path) -> dict[str, str]:
    """This process's environment; the examples find this runfolio, and share the cores."""
    threads = str(max(1, (os.cpu_count() or 2) // AT_ONCE))
    path = [str(_PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "RUNFOLIO_STORE": str(store),
    }


def _finish(job: _Job, store: Path, fast: bool) -> bool:
    """Say how a job ended; whether it went well."""
    _clear_line()
    seconds = time.monotonic() - job.start
    code = job.process.returncode
    if code == 0:
        _mark_done(store, job.example, fast)
        say(f"  {job.example.name:<16} {seconds:6.1f} s")
        return True
    say(f"  {job.example.name:<16} {seconds:6.1f} s   failed with exit code {code}")
    tail = job.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
    say(safe_lines("\n".join(f"    {line}" for line in tail)), err=True)
    return False


def _show_progress(jobs: Sequence[_Job]) -> None:
    if is_terminal() and jobs:
        now = time.monotonic()
        names = ", ".join(f"{job.example.name} {now - job.start:.0f} s" for job in jobs)
        text = cut(f"  training: {names}", (width() or 80) - 1)
        say(f"\r{text}\x1b[K", nl=False)


def _clear_line() -> None:
    if is_terminal():
        say("\r\x1b[K", nl=False)
