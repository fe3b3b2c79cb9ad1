"""The public face: every name is there, documented, typed, and fetched only when it is used."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
import traceback
from pathlib import Path

import pytest

import runfolio
from runfolio import errors
from runfolio.run import api

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = [name for name in runfolio.__all__ if inspect.isfunction(getattr(runfolio, name))]


def test_the_names_are_sorted_and_complete() -> None:
    assert runfolio.__all__ == sorted(runfolio.__all__)
    assert dir(runfolio) == runfolio.__all__
    for name in runfolio.__all__:
        assert getattr(runfolio, name) is not None
    assert set(api.__all__) <= set(runfolio.__all__)


def test_a_traceback_says_what_to_do() -> None:
    error = errors.UsageError("What is wrong.", hint="What to do.")
    lines = traceback.format_exception_only(error)
    assert lines[-1] == "Hint: What to do.\n"
    assert "Hint" not in "".join(traceback.format_exception_only(errors.UsageError("Wrong.")))


def test_every_error_is_public() -> None:
    tree = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.RunfolioError)
    }
    assert tree <= set(runfolio.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="frobnicate"):
        runfolio.frobnicate  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented_and_typed(name: str) -> None:
    function = getattr(runfolio, name)
    assert inspect.getdoc(function)
    hints = inspect.signature(function)
    assert hints.return_annotation is not inspect.Signature.empty
    for parameter in hints.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter


def test_every_method_of_a_run_is_documented() -> None:
    for name, value in inspect.getmembers(runfolio.Run):
        if not name.startswith("_"):
            assert inspect.getdoc(value), name


def test_module_functions_have_the_signature_of_their_method() -> None:
    for name in FUNCTIONS:
        method = getattr(runfolio.Run, name, None)
        if method is None or name == "finish":
            continue
        own = list(inspect.signature(getattr(runfolio, name)).parameters.values())
        its = list(inspect.signature(method).parameters.values())[1:]
        assert own == its, name


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert runfolio.__version__ == project["version"]


def test_logging_loads_no_heavy_package(tmp_path: Path) -> None:
    """Arrow comes with the first seal, at the end of the run; not before."""
    code = (
        "import sys, runfolio\n"
        "run = runfolio.init(store='runs', capture={'system': False})\n"
        "for step in range(100): run.log({'x': 1.0})\n"
        "run.log_params({'a': 1}); run.set_tag('b'); run.log_text('c', 'd')\n"
        "heavy = {'pyarrow', 'duckdb', 'altair', 'numpy', 'jinja2', 'click', 'pandas', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "run.finish()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_type_checkers_see_every_name() -> None:
    """What is fetched lazily at run time is imported plainly for those who only read."""
    tree = ast.parse((ROOT / "src" / "runfolio" / "__init__.py").read_text("utf-8"))
    seen = {"__version__"}
    for block in (node for node in tree.body if isinstance(node, ast.If)):
        for node in block.body:
            if isinstance(node, ast.ImportFrom):
                seen |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Assign):
                seen |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    assert seen - {"Any"} == set(runfolio.__all__)
