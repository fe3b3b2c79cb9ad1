"""The generated parts of the documentation; ``make docs`` writes them into ``site/pages``.

It also lists the texts of the interface in ``templates/words/en.json``, and fills in the workflows
of ``.github/workflows``.

A page holds ``<!-- [name] -->`` … ``<!-- [/name] -->``; what stands between is made here, from the
code itself, so that the documentation cannot drift from it. ``--check`` only says what differs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import catalogue
import contexts
import reference
import spec

import runfolio.errors
from runfolio import schema
from runfolio.config.template import markdown_table
from runfolio.publish import ci
from runfolio.query.views import ON_DEMAND, VIEWS
from runfolio.store import frames

PAGES = Path(__file__).resolve().parent / "pages"
BLOCK = re.compile(r"<!-- \[(?P<name>[\w-]+)\] -->\n.*?<!-- \[/(?P=name)\] -->", re.DOTALL)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; cells are one line, and a bar in them is escaped."""
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


def code(text: object) -> str:
    """Text as code; empty text stays empty."""
    return f"`{text}`" if str(text) else ""


def version() -> str:
    """The format's version with its history, from the docstring of schema."""
    doc = schema.__doc__ or ""
    history = re.findall(r"^ {4}(\d+) +(\S+) +(.+)$", doc, flags=re.MULTILINE)
    return f"The format's version is **{schema.FORMAT}**.\n\n" + table(
        ("Version", "Since", "What changed"), history
    )


def files() -> str:
    """The files of a store, by the names that schema makes."""
    writer, lo, hi = "<writer>", "<lo>", "<hi>"
    journal = schema.journal_name("w", 0).replace("w", writer, 1).replace(f"{0:012d}", lo)
    part = schema.part_name("w", 0, 1).replace("w", writer, 1)
    part = part.replace(f"{0:012d}", lo).replace(f"{1:012d}", hi)
    run = f"{schema.RUNS}/<run_id>"
    rows = [
        (schema.MARKER, "the marker: format version and the store's id"),
        (f"{run}/{journal}", "journal: the live tail of one writer, from fact `<lo>` on"),
        (f"{run}/{part}", "part: the facts `<lo>` &le; seq &lt; `<hi>` of one writer, as Parquet"),
        (
            f"{schema.PACKS}/{schema.pack_name('<seal>')}",
            "pack: the facts of many finished runs in one Parquet file; `<seal>` names its bytes",
        ),
        (
            f"{schema.TOMBS}/{schema.tomb_name('<run_id>', writer)}",
            "tomb: a part that says that the run was purged",
        ),
        (
            f"{schema.SNAPSHOTS}/<name>.json",
            "snapshot: which facts it has, and a digest of each run",
        ),
        (f"{schema.BLOBS}/<aa>/<sha256>", "blob: the contents of an artifact"),
        (f"{schema.TMP}/", "files that are being written"),
        (f"{schema.CACHE}/", "caches of this machine"),
    ]
    return table(("Path in the store", "What it is"), ((code(a), b) for a, b in rows))


def columns() -> str:
    """The columns of a part."""
    return table(
        ("Column", "Type", "May be null", "What it holds"),
        ((code(c.name), c.type, "yes" if c.null else "no", c.help) for c in schema.COLUMNS),
    )


def kinds() -> str:
    """The kinds of facts."""
    return table(("Kind", "What its columns hold"), ((code(k), v) for k, v in schema.KINDS.items()))


def sections() -> str:
    """The sections of start facts."""
    return table(
        ("Section", "What it holds"), ((code(k), v) for k, v in schema.START_SECTIONS.items())
    )


def file_names() -> str:
    """The names of files as regular expressions."""
    return table(("Name", "Regular expression"), spec.names())


def bytes_of(rows: list[tuple[str, ...]]) -> str:
    """A table of fields that lie one behind the other."""
    return table(("Offset", "Bytes", "Type", "Field", "What it holds"), rows)


def frame_kinds() -> str:
    """The kinds of frames."""
    return table(("Kind", "Name", "Payload"), spec.kind_rows())


def footer_keys() -> str:
    """The keys of a part's footer."""
    return table(("Key", "What it holds"), spec.footer_rows())


def numbers() -> str:
    """Bounds and times."""
    return table(("What", "How much"), spec.numbers())


def error_classes() -> list[type[runfolio.errors.RunfolioError]]:
    """Every error class, in the order of its declaration."""
    base = runfolio.errors.RunfolioError
    found = vars(runfolio.errors).values()
    return [each for each in found if isinstance(each, type) and issubclass(each, base)]


def errors() -> str:
    """The errors: slug, class, exit code, meaning."""
    return table(
        ("Message", "Exception", "Exit code", "What it means"),
        (
            (f"[{e.slug}](#{e.slug})", code(e.__name__), str(e.exit_code), doc_line(e))
            for e in error_classes()
        ),
    )


def doc_line(thing: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((thing.__doc__ or "").strip().split("\n\n")[0].split()).replace("``", "`")


def configuration() -> str:
    """Every key of the configuration, a table for each section."""
    return markdown_table().rstrip()


def views() -> str:
    """The public views with every column."""
    parts = []
    for view in (*VIEWS, *ON_DEMAND):
        rows = ((code(c.name), c.type, c.help) for c in view.columns)
        order = f" Rows come by {view.order}." if view.order else ""
        parts.append(f"### {view.name}\n\n{view.help}{order}\n")
        parts.append(table(("Column", "Type", "What it holds"), rows) + "\n")
    return "\n".join(parts).rstrip()


BLOCKS: Mapping[str, Callable[[], str]] = {
    "version": version,
    "files": files,
    "columns": columns,
    "kinds": kinds,
    "sections": sections,
    "file-names": file_names,
    "header": lambda: bytes_of(spec.header_rows()),
    "frame": lambda: bytes_of(spec.frame_rows()),
    "frame-kinds": frame_kinds,
    "points-frame": lambda: bytes_of(spec.fields(frames.FIXED, spec.POINTS)),
    "facts-frame": lambda: bytes_of(spec.fields(frames._FACTS, spec.FACTS)),
    "one-fact": lambda: bytes_of(spec.fields(frames._FACT, spec.FACT)),
    "moment": lambda: bytes_of(spec.fields(frames.MOMENT, spec.MOMENT)),
    "stamp": lambda: bytes_of(spec.stamp_rows()),
    "footer": footer_keys,
    "numbers": numbers,
    "errors": errors,
    "configuration": configuration,
    "views": views,
    "commands": reference.commands,
    "functions": reference.functions,
    "run": reference.run_methods,
    "store": reference.store_methods,
    "editor": reference.editor_methods,
    "contexts": contexts.contexts,
    "templates": contexts.templates,
    "tokens": contexts.tokens,
    "hook-functions": contexts.hook_functions,
}


def refreshed(text: str) -> str:
    """The page with every generated block made anew; an unknown block is a KeyError."""

    def block(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- [{name}] -->\n\n{BLOCKS[name]()}\n\n<!-- [/{name}] -->"

    return BLOCK.sub(block, text)


def others() -> Iterator[tuple[Path, str]]:
    """Files that are made as a whole: the interface's texts, and this project's workflows."""
    yield catalogue.LISTED, catalogue.as_json()
    here = Path(__file__).resolve().parent
    for template in sorted((here / "workflows").glob("*.yml")):
        yield here.parent / ".github" / "workflows" / template.name, ci.filled(template, {})


def main(arguments: list[str]) -> int:
    """Refresh the pages, or with --check only name those that are out of date (exit 1)."""
    stale = []
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        new = refreshed(text)
        if new != text:
            stale.append(path.name)
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8", newline="\n")
    for path, new in others():
        if not path.is_file() or path.read_text(encoding="utf-8") != new:
            stale.append(path.name)
            if "--check" not in arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(new, encoding="utf-8", newline="\n")
    sys.stdout.write("".join(f"{name} refreshed\n" for name in stale) or "all pages are fresh\n")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
