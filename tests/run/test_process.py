"""How processes end: real ones, with real signals, forks and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import SOURCE, Facts

Script = Callable[..., subprocess.CompletedProcess[str]]
Info = Callable[..., Any]

OPEN = """
    import runfolio
    run = runfolio.init("digits", store="runs", capture={"git": False, "packages": False})
    run.log({"x": 1.0})
"""


def test_an_unhandled_exception_fails_the_run(script: Script, facts: Facts, info: Info) -> None:
    done = script(OPEN + "\n    raise ValueError('diverged')")
    assert done.returncode == 1
    assert "ValueError: diverged" in done.stderr
    assert facts("end")[0]["key"] == "failed"
    told = info("end")
    assert told["exit_code"] == 1
    assert told["exception"]["type"] == "ValueError"
    assert "train.py" in told["exception"]["traceback"]
    assert any("ValueError: diverged" in row["text"] for row in facts("output", "stderr"))


def test_the_programs_own_excepthook_is_still_called(script: Script, facts: Facts) -> None:
    done = script(
        "import sys\n    sys.excepthook = lambda *a: print('mine', a[1])".replace("    ", "")
        + "\n"
        + OPEN.replace("\n    ", "\n")
        + "raise ValueError('diverged')\n"
    )
    assert "mine diverged" in done.stdout
    assert facts("end")[0]["key"] == "failed"


def test_a_hook_that_is_set_later_and_passes_nothing_on_hides_nothing(
    script: Script, facts: Facts, info: Info
) -> None:
    done = script(
        OPEN
        + """
    import sys
    sys.excepthook = lambda *error: print("pretty")
    raise ValueError("diverged")
    """
    )
    assert "pretty" in done.stdout
    assert facts("end")[0]["key"] == "failed"
    assert info("end")["exception"]["message"] == "diverged"


@pytest.mark.parametrize(
    ("way", "code", "status"),
    [
        ("sys.exit(3)", 3, "failed"),
        ("sys.exit()", 0, "finished"),
        ("sys.exit('bad')", 1, "failed"),
        ("pass", 0, "finished"),
    ],
)
def test_the_exit_code_is_recorded(
    script: Script, facts: Facts, info: Info, way: str, code: int, status: str
) -> None:
    done = script(OPEN + f"\n    import sys\n    {way}")
    assert done.returncode == code
    assert facts("end")[0]["key"] == status
    assert info("end")["exit_code"] == code


def test_exit_inside_of_with_is_recorded(script: Script, info: Info) -> None:
    done = script("""
        import sys, runfolio
        with runfolio.init(store="runs", capture=False):
            sys.exit(3)
    """)
    assert done.returncode == 3
    assert info("end")["exit_code"] == 3


def test_hooks_are_given_back(script: Script) -> None:
    done = script("""
        import signal, sys, runfolio
        before = sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), sys.stdout.write
        with runfolio.init(store="runs"):
            assert sys.excepthook != before[0]
            with runfolio.init(store="runs"):
                pass
            assert sys.excepthook != before[0]
        after = sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM), sys.stdout.write
        assert before == after, (before, after)
        assert "write" not in vars(sys.stdout)
    """)
    assert done.returncode == 0, done.stderr


def test_a_hook_that_came_later_and_one_that_stays_do_not_call_each_other_for_ever(
    script: Script, facts: Facts
) -> None:
    done = script("""
        import sys, runfolio
        first = runfolio.init(store="runs", capture=False)
        ours, our_exit = sys.excepthook, sys.exit
        sys.excepthook = lambda *error: (print("pretty"), ours(*error))
        sys.exit = lambda code: our_exit(code)
        first.finish()
        runfolio.init(store="runs", capture=False)
        if len(sys.argv) > 1:
            raise ValueError("diverged")
        sys.exit(3)
    """)
    assert done.returncode == 3, done.stderr
    again = script(Path("train.py").read_text(), "raise")
    assert again.stdout.count("pretty") == 1
    assert again.stderr.count("ValueError: diverged") == 1
    assert sorted(row["key"] for row in facts("end")) == ["failed", "failed"] + ["finished"] * 2


def started(tmp_path: Path, text: str) -> subprocess.Popen[str]:
    """A program that runs and has said that its run is open."""
    (tmp_path / "long.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-u", "long.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=None if os.name == "nt" else _hear_ctrl_c,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _hear_ctrl_c() -> None:
    """What starts in the background of a shell ignores Ctrl-C, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


LONG = """
import time, runfolio
run = runfolio.init("digits", store="runs", capture=False)
run.log({"x": 1.0})
print("ready")
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to handle")
def test_sigterm_kills_the_run_in_order(tmp_path: Path, facts: Facts, info: Info) -> None:
    process = started(tmp_path, LONG)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM
    assert facts("end")[0]["key"] == "killed"
    assert info("end")["exit_code"] == 143


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to handle")
def test_a_handler_of_the_programs_own_stays(tmp_path: Path, facts: Facts) -> None:
    own = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(9))\n"
    process = started(tmp_path, own + LONG)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 9
    assert facts("end")[0]["key"] == "failed"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_kills_the_run(tmp_path: Path, facts: Facts) -> None:
    process = started(tmp_path, LONG)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert facts("end")[0]["key"] == "killed"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_sigkill_loses_nothing_that_was_logged(tmp_path: Path, facts: Facts) -> None:
    process = started(tmp_path, LONG)
    process.kill()
    process.communicate(timeout=20)
    assert [row["value"] for row in facts("metric", "x")] == [1.0]
    assert facts("end") == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_logs_and_never_finishes_its_parents_run(
    script: Script, facts: Facts
) -> None:
    done = script("""
        import os, sys, runfolio
        run = runfolio.init("digits", store="runs", capture={"git": False, "packages": False})
        run.log({"parent": 1.0})
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            runfolio.log({"child": 2.0})
            print("from the child")
            run.finish()
            sys.exit(5)
        assert os.waitpid(pid, 0)[1] >> 8 == 5
        run.log({"parent": 3.0})
        run.finish()
    """)
    assert done.returncode == 0, done.stderr
    assert [row["value"] for row in facts("metric", "child")] == [2.0]
    assert [row["value"] for row in facts("metric", "parent")] == [1.0, 3.0]
    assert [row["key"] for row in facts("end")] == ["finished"]
    assert facts("metric", "child")[0]["writer"] != facts("metric", "parent")[0]["writer"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_that_is_terminated_dies_quietly(script: Script, facts: Facts) -> None:
    done = script("""
        import multiprocessing, time, runfolio
        def work():
            runfolio.log({"child": 2.0})
            time.sleep(60)
        if __name__ == "__main__":
            with runfolio.init("digits", store="runs", capture=False) as run:
                child = multiprocessing.get_context("fork").Process(target=work)
                child.start()
                time.sleep(0.5)
                child.terminate()
                child.join(10)
                assert child.exitcode == -15, child.exitcode
    """)
    assert done.returncode == 0, done.stderr
    assert [row["key"] for row in facts("end")] == ["finished"]


@pytest.mark.parametrize("options", ["-W error", "-O", "-I", "-X dev"])
def test_python_options_change_nothing(script: Script, facts: Facts, options: str) -> None:
    done = script(
        f"""
        import sys
        sys.path.insert(0, {str(SOURCE)!r})
        import runfolio
        with runfolio.init(store="runs") as run:
            run.log({{"x": 1.0, "bad": None}})
            run.log_table([{{"a": 1}}], "t")
        """,
        options=options,
    )
    assert done.returncode == 0, done.stderr
    assert [row["value"] for row in facts("metric", "x")] == [1.0]
    assert [row["key"] for row in facts("end")] == ["finished"]


def test_an_interactive_session_goes_on_after_an_error(tmp_path: Path, facts: Facts) -> None:
    text = (
        "import runfolio\n"
        "run = runfolio.init(store='runs', capture=False)\n"
        "1 / 0\n"
        "run.log({'x': 1.0})\n"
    )
    subprocess.run(
        [sys.executable, "-i", "-q"],
        input=text,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert len(facts("metric", "x")) == 1
    assert facts("end")[0]["key"] == "finished"


def test_a_run_without_home_or_user_works(script: Script, facts: Facts, info: Info) -> None:
    done = script(
        "import runfolio\nwith runfolio.init(store='runs'):\n    pass",
        HOME="/nonexistent",
        USER="",
        LOGNAME="",
        PATH="",
        TZ="Pacific/Kiritimati",
    )
    assert done.returncode == 0, done.stderr
    assert {"host", "command", "python", "packages"} <= {row["key"] for row in facts("start")}
    assert abs(time.time() - facts("end")[0]["time"].replace(tzinfo=None).timestamp()) < 86_400
    assert json.loads(facts("start", "run")[0]["text"])["experiment"] == "default"
