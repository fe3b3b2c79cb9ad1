"""The rooms stand where the plan says: imports point down, no circles, everything small."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from .house import FLOORS, PACKAGE, ROOT, Module, modules, room

MODULES = modules()
FILE_LINES = 500
FUNCTION_LINES = 60
#: Tables of the pages that site/generate.py writes; they are as long as what they list.
GENERATED = re.compile(r"<!-- \[(\w+)\] -->.*?<!-- \[/\1\] -->", re.DOTALL)
SOURCE = {".py", ".js", ".css", ".html", ".sql", ".md"}


def tracked(*folders: str) -> list[Path]:
    """The files that git knows or would take up, so that caches and builds do not count."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


@pytest.mark.parametrize("module", MODULES.values(), ids=list(MODULES))
def test_imports_point_down(module: Module) -> None:
    assert module.room in FLOORS, f"{module.name}: give the room {module.room!r} a floor"
    for target in sorted(module.imports):
        if room(target) == module.room:
            continue
        assert FLOORS[room(target)] < FLOORS[module.room], (
            f"{module.name} (floor {FLOORS[module.room]}) imports {target} "
            f"(floor {FLOORS[room(target)]}); imports point down only"
        )


def test_no_module_imports_itself_by_a_detour() -> None:
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for target in sorted(MODULES[name].imports & MODULES.keys()):
                walk(target, (*trail, name))
            done.add(name)

    for name in MODULES:
        walk(name, ())


def test_the_package_never_imports_its_own_public_face() -> None:
    askers = [m.name for m in MODULES.values() if "runfolio" in m.imports and m.room != "__main__"]
    assert askers == [], "import from the room, not from runfolio itself"


def test_only_the_command_line_prints() -> None:
    for module in MODULES.values():
        if module.room in {"cli", "__main__"}:
            continue
        calls = [n for n in ast.walk(module.tree) if isinstance(n, ast.Call)]
        names = [n.func.id for n in calls if isinstance(n.func, ast.Name)]
        assert "print" not in names, f"{module.name} prints"


def test_files_are_short() -> None:
    long = {}
    for path in tracked("src", "templates", "examples", "tests", "site"):
        if path.suffix in SOURCE and "golden" not in path.parts:
            text = path.read_text(encoding="utf-8")
            lines = len(GENERATED.sub("", text).splitlines())
            if lines > FILE_LINES:
                long[str(path.relative_to(ROOT))] = lines
    assert long == {}, f"longer than {FILE_LINES} lines: cut by jobs"


def test_functions_fit_a_screen() -> None:
    long = {}
    for path in tracked("src", "examples", "tests", "site"):
        if path.suffix != ".py" or "golden" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1 - doc_lines(node)
                if lines > FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    assert long == {}, f"longer than {FUNCTION_LINES} lines: name the steps"


def doc_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the docstring: what is explained well is not long for that."""
    first = node.body[0]
    if isinstance(first, ast.Expr) and ast.get_docstring(node) is not None:
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def test_sizes_are_printed() -> None:
    """Not a check: `pytest -s -k sizes` shows where the lines are."""
    total = 0
    for path in tracked("src", "templates"):
        if path.suffix in SOURCE:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            total += lines
            print(f"{lines:6} {path.relative_to(ROOT)}")
    print(f"{total:6} in all")
    assert (PACKAGE / "py.typed").exists()
