"""What is noted unasked: git, packages, host, command, source, seeds, the machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import random
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy
import pytest

from runfolio.environment import command, git, host, packages, secrets, source
from runfolio.environment.usage import Usage
from runfolio.errors import UsageError
from runfolio.run import api
from runfolio.run.start import init
from runfolio.store.folder import Folder

from .conftest import SOURCE, Facts

Info = Callable[..., Any]
Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A real repository in the test's folder; call it to run git there."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    run("init", "-q", "-b", "main")
    return run


@pytest.fixture
def committed(repository: Callable[..., str], tmp_path: Path) -> Callable[..., str]:
    """The repository after its first commit."""
    (tmp_path / "train.py").write_text("lr = 0.1\n")
    repository("add", ".")
    repository("commit", "-q", "-m", "first")
    return repository


def test_a_clean_repository(committed: Callable[..., str], tmp_path: Path) -> None:
    state = git.state(str(tmp_path))
    assert state.facts == {
        "root": str(tmp_path),
        "subdirectory": "",
        "commit": committed("rev-parse", "HEAD"),
        "branch": "main",
        "remote": None,
        "dirty": False,
        "untracked": [],
    }
    assert state.diff is None


def test_a_changed_repository_with_its_diff(
    committed: Callable[..., str], tmp_path: Path, store: Path, info: Info
) -> None:
    (tmp_path / "train.py").write_text("lr = 0.2\n")
    (tmp_path / "staged ü.py").write_text("x\n")
    committed("add", "staged ü.py")
    (tmp_path / "new.txt").write_text("x")
    with init(store=store, capture={"output": False, "packages": False, "system": False}):
        pass
    told = info("start", "git")
    assert told["dirty"] is True
    assert told["untracked"] == ["new.txt", "runs/"]
    diff = Folder.open(store).blob_path(told["diff_digest"]).read_text()
    assert "-lr = 0.1\n+lr = 0.2\n" in diff
    assert "staged ü.py" in diff


def test_a_script_started_from_elsewhere_is_told_by_its_own_repository(
    committed: Callable[..., str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = str(tmp_path_factory.mktemp("elsewhere"))
    script = str(tmp_path / "train.py")
    commit = committed("rev-parse", "HEAD")
    assert git.code_state(elsewhere, script).facts["commit"] == commit
    assert git.code_state(str(tmp_path), script).facts["commit"] == commit
    assert git.code_state(str(tmp_path), sys.prefix + "/bin/torchrun").facts["commit"] == commit
    assert git.code_state(elsewhere, "").facts == {}


def test_the_diff_alone_can_be_switched_off(
    committed: Callable[..., str], tmp_path: Path, store: Path, info: Info
) -> None:
    (tmp_path / "train.py").write_text("lr = 0.2\n")
    with init(store=store, capture={"output": False, "diff": False, "system": False}):
        pass
    told = info("start", "git")
    assert (told["dirty"], told["diff_digest"]) == (True, None)


def test_a_subdirectory_a_detached_head_and_a_rename(
    committed: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    committed("checkout", "-q", "--detach")
    committed("mv", "train.py", "? odd.py")
    state = git.state(str(tmp_path / "deep"))
    assert state.facts["subdirectory"] == "deep"
    assert state.facts["branch"] is None
    assert state.facts["dirty"] is True
    assert state.facts["untracked"] == []


def test_credentials_are_taken_out_of_the_remote(
    committed: Callable[..., str], tmp_path: Path
) -> None:
    committed("remote", "add", "other", "git@example.com:ada/other.git")
    committed("remote", "add", "origin", "https://ada:hunter2@example.com/ada/r.git")
    assert git.state(str(tmp_path)).facts["remote"] == "https://example.com/ada/r.git"
    committed("config", "branch.main.remote", "other")
    assert git.state(str(tmp_path)).facts["remote"] == "git@example.com:ada/other.git"


def test_a_repository_without_commits(repository: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text("x")
    repository("add", "new.py")
    state = git.state(str(tmp_path))
    assert state.facts["commit"] is None
    assert (state.facts["branch"], state.facts["dirty"]) == ("main", True)
    assert state.diff is None


def test_a_diff_that_is_too_large_is_left_out(
    committed: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text("x = 1\n" * 1_000_000)
    state = git.state(str(tmp_path))
    assert state.facts["dirty"] is True
    assert state.diff is None


def test_a_changed_submodule_is_dirty(committed: Callable[..., str], tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    subprocess.run(["git", "init", "-q", str(inner)], check=True)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=inner, check=True)
    committed("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./inner", "sub")
    committed("commit", "-q", "-m", "submodule")
    assert git.state(str(tmp_path)).facts["dirty"] is False
    subprocess.run(
        ["git", "commit", "-q", "--allow-empty", "-m", "y"], cwd=tmp_path / "sub", check=True
    )
    state = git.state(str(tmp_path))
    assert state.facts["dirty"] is True
    assert state.diff is not None and b"Subproject commit" in state.diff


def test_no_repository_no_folder_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.state(str(tmp_path)).facts == {}
    assert git.state(str(tmp_path / "gone")).facts == {}
    monkeypatch.setenv("PATH", "")
    assert git.state(str(SOURCE)).facts == {}


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for git is a shell script")
def test_a_git_that_hangs_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git, "TIMEOUT_SECONDS", 0.3)
    before = time.monotonic()
    assert git.state(str(tmp_path)).facts == {}
    assert time.monotonic() - before < 5


def test_git_takes_no_locks(committed: Callable[..., str], tmp_path: Path) -> None:
    """A build beside the training may hold the index; nothing of git's may be written."""
    (tmp_path / ".git" / "index.lock").touch()
    (tmp_path / "train.py").touch()
    before = (tmp_path / ".git" / "index").read_bytes()
    assert git.state(str(tmp_path)).facts["dirty"] is False
    assert (tmp_path / ".git" / "index").read_bytes() == before


# --- host, packages, command


def test_packages_are_those_that_importlib_knows() -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    known = {plain(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    assert packages.installed() == dict(sorted(known.items()))


def test_the_host_is_described() -> None:
    facts = host.facts()
    assert set(facts) == {
        "user", "host", "os", "machine", "cpu", "cpu_count", "memory_bytes", "gpus", "cwd",
    }  # fmt: skip
    assert isinstance(facts["cpu_count"], int) and facts["cpu_count"] >= 1
    assert isinstance(facts["gpus"], list)


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert host.facts()["cwd"] == ""
    assert command.facts()["entry"]
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, None),
        ({"RANK": "3", "LOCAL_RANK": "1"}, 3),
        ({"LOCAL_RANK": "1"}, 1),
        ({"SLURM_PROCID": "2"}, 2),
        ({"RANK": "none"}, None),
    ],
)
def test_ranks_are_known(
    names: dict[str, str], expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert host.rank() == expected


@pytest.mark.parametrize(
    ("arguments", "masked"),
    [
        (["t.py", "--password", "x"], ["t.py", "--password", "***"]),
        (["--hf-token=abc", "--lr=0.1"], ["--hf-token=***", "--lr=0.1"]),
        (["--max-tokens", "512", "--tokenizer", "b"], ["--max-tokens", "512", "--tokenizer", "b"]),
        (["db.password=1", "model.lr=2"], ["db.password=***", "model.lr=2"]),
        (["https://ada:pw@example.com"], ["https://example.com"]),
        (["--auth", "--next"], ["--auth", "--next"]),
        (["--token"], ["--token"]),
    ],
)
def test_secrets_on_the_command_line_are_masked(arguments: list[str], masked: list[str]) -> None:
    assert secrets.masked_arguments(arguments) == masked


def test_a_script_tells_its_command_and_source(
    script: Script, info: Info, store: Path, tmp_path: Path
) -> None:
    text = 'import runfolio\nwith runfolio.init(store="runs"):\n    pass\n'
    script(text, "--lr", "0.1", "--api-key=abc")
    told = info("start", "command")
    assert told["argv"] == ["train.py", "--lr", "0.1", "--api-key=***"]
    assert (told["script"], told["entry"]) == ("train.py", "script")
    assert info("start", "source")["path"] == "train.py"
    digest = info("start", "source")["digest"]
    assert Folder.open(store).blob_path(digest).read_text() == text
    assert info("start", "python")["version"] == ".".join(map(str, sys.version_info[:3]))
    assert "numpy" in info("start", "packages")


def test_everything_can_be_switched_off(script: Script, facts: Facts) -> None:
    script('import runfolio\nwith runfolio.init(store="runs", capture=False):\n    print(1)\n')
    assert {row["key"] for row in facts("start")} == {"run"}
    assert {row["kind"] for row in facts()} == {"start", "end"}


def test_a_module_and_standard_input_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(
        "from runfolio.environment import command\nprint(command.facts())"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    options: dict[str, Any] = {
        "cwd": tmp_path,
        "env": environment,
        "capture_output": True,
        "text": True,
    }
    module = subprocess.run([sys.executable, "-m", "job"], **options).stdout
    assert "'script': 'job.py', 'entry': 'module'" in module
    piped = subprocess.run(
        [sys.executable], input=(tmp_path / "job.py").read_text(), **options
    ).stdout
    assert "'script': '', 'entry': 'interactive'" in piped


def test_workers_of_a_pool_tell_the_script_that_asked_for_them(tmp_path: Path) -> None:
    (tmp_path / "sweep.py").write_text(
        "from multiprocessing import get_context\n"
        "from joblib import Parallel, delayed\n"
        "from runfolio.environment import command\n"
        "if __name__ == '__main__':\n"
        "    print(*Parallel(n_jobs=2)(delayed(command.facts)() for _ in range(2)))\n"
        "    print(get_context('spawn').Pool(1).apply(command.facts))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    told = subprocess.run(
        [sys.executable, "sweep.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.count("'script': 'sweep.py', 'entry': 'script'") == 3


NOTEBOOK = """
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance()
    shell.run_cell("import runfolio", store_history=True)
    start = "run = runfolio.init(store='runs', capture={'system': False})"
    shell.run_cell(start, store_history=True)
    shell.run_cell("lr = 'naïve'\\nrun.log({'x': 1.0})", store_history=True)
    shell.run_cell("run.finish()", store_history=True)
"""


def test_a_notebook_is_recorded_as_it_was_run(script: Script, info: Info, store: Path) -> None:
    pytest.importorskip("IPython", reason="IPYTHON IS MISSING: notebooks were not tested")
    done = script(NOTEBOOK, JPY_SESSION_NAME="/home/ada/digits.ipynb")
    told = info("start", "source")
    assert (told["kind"], told["path"]) == ("notebook", "/home/ada/digits.ipynb"), done.stderr
    text = Folder.open(store).blob_path(told["digest"]).read_text("utf-8")
    assert "# %% [3]\nlr = 'naïve'\nrun.log({'x': 1.0})\n" in text
    assert info("start", "command")["entry"] == "interactive"


def test_the_history_of_any_shell_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a notebook's shell must offer for this, without the notebook."""

    class Kernel:
        kernel = object()
        user_ns: ClassVar = {
            "In": ["", "a = 1\n", "  ", "b = 2"],
            "__vsc_ipynb_file__": "/x/y.ipynb",
        }

    module = type(sys)("IPython")
    module.get_ipython = Kernel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert command.entry() == "notebook"
    found = source.current()
    assert found is not None
    assert (found.path, found.kind) == ("/x/y.ipynb", "notebook")
    assert found.data == b"# %% [1]\na = 1\n\n# %% [3]\nb = 2\n"


# --- seeds


def test_seed_everything_seeds_and_is_recorded(store: Path, facts: Facts, info: Info) -> None:
    with init(store=store, capture=False):
        assert api.seed_everything(7) == 7
        first = random.random(), numpy.random.random()
        api.seed_everything(numpy.int64(7))  # type: ignore[arg-type]
        assert (random.random(), numpy.random.random()) == first
    told = info("start", "seed")
    assert (told["value"], told["where"]) == (7, "seed_everything")
    assert told["libraries"] == ["random", "numpy"]
    with init(store=store, capture=False) as later:
        pass
    assert info("start", "seed", later.id)["value"] == 7


@pytest.mark.parametrize("value", [-1, 1.5, "7", True, None])
def test_a_seed_is_a_whole_number(value: Any) -> None:
    with pytest.raises(UsageError, match="whole number"):
        api.seed_everything(value)


def test_large_seeds_are_fine() -> None:
    assert api.seed_everything(2**40) == 2**40


# --- the machine


def test_the_machine_is_sampled(store: Path, facts: Facts) -> None:
    capture = {"system_seconds": 0.1, "git": False, "packages": False, "output": False}
    with init(store=store, capture=capture) as run:
        ends = time.monotonic() + 20  # a busy machine samples late
        while len(facts("system", "process.cpu.percent")) < 2 and time.monotonic() < ends:
            time.sleep(0.1)
    assert run.finished
    keys = {row["key"] for row in facts("system")}
    assert {"process.cpu.percent", "process.memory.bytes", "disk.percent"} <= keys
    assert all(row["value"] >= 0 for row in facts("system"))
    assert len(facts("system", "process.cpu.percent")) >= 2


def test_without_psutil_the_system_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    found = Usage().sample()
    assert found["process.memory.bytes"] > 1_000_000
    assert found["process.cpu.percent"] >= 0


def test_gpus_are_sampled_through_nvml(monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU here: NVML's interface is played by a stand-in with one card and one dead sensor."""

    def dead(handle: object) -> float:
        raise RuntimeError("Not Supported")

    nvml = type(sys)("pynvml")
    answers: dict[str, Any] = {
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: b"Card",
        "nvmlDeviceGetUtilizationRates": lambda handle: type("R", (), {"gpu": 55})(),
        "nvmlDeviceGetMemoryInfo": lambda handle: type("M", (), {"used": 50, "total": 200})(),
        "nvmlDeviceGetTemperature": lambda handle, kind: 61,
        "nvmlDeviceGetPowerUsage": dead,
    }
    for name, answer in answers.items():
        setattr(nvml, name, answer)
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    found = {name: value for name, value in Usage().sample().items() if name.startswith("gpu")}
    assert found == {
        "gpu.0.percent": 55.0,
        "gpu.0.memory.bytes": 50.0,
        "gpu.0.memory.percent": 25.0,
        "gpu.0.celsius": 61.0,
    }
    host.hardware.cache_clear()
    assert host.hardware()["gpus"] == ["Card"]
    host.hardware.cache_clear()


def test_a_blink_of_a_run_waits_for_its_surroundings(store: Path, facts: Facts) -> None:
    init(store=store, capture={"output": False, "system": False}).finish()
    assert {"run", "host", "command", "python", "packages"} <= {
        row["key"] for row in facts("start")
    }


def test_further_ranks_do_not_repeat_code_and_packages(
    store: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    init(store=store, capture={"output": False, "system": False}).finish()
    known = {row["key"] for row in facts("start")}
    assert {"run", "host", "command", "python"} <= known
    assert known.isdisjoint({"git", "source", "packages"})


def test_opening_a_run_does_not_wait_for_the_surroundings(script: Script) -> None:
    """Bounds far above what it takes, since the machine may be busy."""
    done = script(
        textwrap.dedent("""
        import json, time, runfolio
        runfolio.init(store="runs").finish()
        times = []
        for _ in range(5):
            start = time.perf_counter()
            run = runfolio.init(store="runs")
            times.append(time.perf_counter() - start)
            run.finish()
        print(json.dumps(sorted(times)))
        """)
    )
    fastest = json.loads(done.stdout.splitlines()[-1])[0]
    assert fastest < 0.25
