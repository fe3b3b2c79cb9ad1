"""The house as data: which floor a room stands on, and which modules a module imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "runfolio"

#: A room imports from lower floors only. A new room needs a floor here and a place in
#: ``site/pages/how-it-works.md``.
FLOORS: dict[str, int] = {
    "errors": 1,
    "environment": 1,
    "config": 2,
    "schema": 2,
    "store": 3,
    "query": 4,
    "run": 5,  # asks query what an earlier run made (use_model); never the other way
    "federation": 5,
    "site": 5,
    "publish": 5,
    "": 6,  # the package's own __init__: the public face
    "cli": 7,
    "__main__": 8,
}


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name, its tree, and the modules of ours that it imports."""

    name: str
    path: Path
    tree: ast.Module
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """The part of the name that has a floor."""
        return room(self.name)


def room(module: str) -> str:
    """The room of a dotted module name: 'runfolio.store.plan' -> 'store'."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def modules() -> dict[str, Module]:
    """All modules of the package by dotted name, with every import, wherever it stands.

    Imports inside functions and under ``TYPE_CHECKING`` count as well: an arrow is an arrow.
    """
    paths = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}
    found: dict[str, Module] = {}
    for name, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        imports = frozenset(imported(tree, name, path, set(paths)) - {name})
        found[name] = Module(name, path, tree, imports)
    return found


def dotted(path: Path) -> str:
    """The module's name from its path."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, name: str, path: Path, known: set[str]) -> set[str]:
    """The modules of ours that a tree imports; ``from a import b`` means a.b where that exists."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                here = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
                stem = here[: len(here) - node.level + 1]
                base = ".".join([*stem, base] if base else stem)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return {module for module in found if module.split(".")[0] == "runfolio"}
