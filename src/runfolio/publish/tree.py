"""The tree of a publishing branch: what lies there already, and the site laid into it.

A folder of the branch that holds a site says so by the manifest ``runfolio-site.json``, which lists
the site's files. Only those are ever replaced or removed; everything else on the branch, such as
previews in other folders or another project's pages, stays.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from runfolio.errors import PublishError, UnsafeError
from runfolio.publish.git import Git, GitError

MANIFEST = "runfolio-site.json"
CNAME = "CNAME"
#: Files at the root of the branch that belong to the host and not to any site.
_HOST_FILES = frozenset({".nojekyll", CNAME})
_REF = "refs/runfolio/site"
_SHOWN = 3


@dataclass(frozen=True)
class Change:
    """Paths on the branch that a publish adds, changes and removes; ``bytes`` are new ones."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    bytes: int


def site_files(site: Path) -> dict[str, Path]:
    """Every file of the built site by its path with /, without those kept from an older build.

    An older build may have shown more than this one.

    PublishError if ``site`` is no built site; UnsafeError for links and for what git would not
    take as a plain file.
    """
    if not (site / MANIFEST).is_file():
        raise PublishError(
            f"{site} is no site that runfolio built.", hint="Build it first: runfolio build"
        )
    older = _kept(site / MANIFEST)
    found: dict[str, Path] = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if name in older:
            continue
        if path.is_symlink():
            raise UnsafeError(
                f"{name} is a symbolic link, which may lead to files that are not meant.",
                hint="Replace it by a copy, or remove it.",
            )
        if path.is_dir():
            continue
        if not path.is_file() or any(part.casefold() == ".git" for part in Path(name).parts):
            raise UnsafeError(f"{name} cannot be published.", hint="Remove it from the site.")
        found[name] = path
    return found


def _kept(manifest: Path) -> frozenset[str]:
    """Files of the build before, which stay a while for pages that are open."""
    try:
        kept = json.loads(manifest.read_bytes()).get("kept", [])
    except (ValueError, AttributeError):
        return frozenset()
    return frozenset(map(str, kept))


def refuse_loss(old: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """UnsafeError where a snapshot that others may have cited would go, and nobody removed it.

    ``old`` is the manifest of the site that is published now.
    """
    shown, keys = _keys(old).get("snapshots", {}), _keys(parsed(files[MANIFEST].read_bytes()))
    known = {*keys.get("snapshots", {}), *keys.get("snapshots-removed", ())}
    lost = sorted(name for name in shown if name not in known)
    if lost:
        names = ", ".join(lost[:_SHOWN]) + (", …" if len(lost) > _SHOWN else "")
        raise UnsafeError(
            f"The published site shows snapshots that this store does not know: {names}. "
            "Nothing was published, so that they stay.",
            hint="Bring them here with runfolio merge or pull, or let one go: "
            f"runfolio snapshot --remove {lost[0]}",
        )


def _keys(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    keys = manifest.get("keys")
    return keys if isinstance(keys, dict) else {}


def parsed(data: bytes) -> Mapping[str, Any]:
    """A manifest's content; nothing where it is none."""
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def lay(
    git: Git,
    files: Mapping[str, Path],
    old: str,
    dest: str,
    *,
    cname: str | None = "",
    adopt: bool = False,
) -> str:
    """Id of the tree of commit ``old`` ('' for none) with the site at ``dest`` ('' is the root).

    ``cname`` is written to the branch; '' keeps what is there, None removes it.

    UnsafeError if files that no site wrote would be replaced, unless ``adopt``.
    """
    there = paths_of(git, old) if old else set()
    before = _files_of_site(git, old, dest) if old else set()
    if before:
        manifest = git.ask("cat-file", "blob", f"{old}:{_join(dest, MANIFEST)}")
        refuse_loss(parsed(manifest), files)
    target = {_join(dest, name): path for name, path in files.items()}
    if not adopt:
        _refuse_foreign(there, before, target, dest)
    gone = (before & there) - set(target)
    gone |= {CNAME} & there if cname is None else set()
    stream = _stream(old, sorted(gone), target, _host_files(cname or "", there))
    git.feed("fast-import", "--quiet", "--force", "--done", chunks=stream)
    return git.text("rev-parse", f"{_REF}^{{tree}}")


def change(git: Git, old: str, tree: str, files: Mapping[str, Path], dest: str) -> Change:
    """What the new tree does to the old commit's."""
    before = f"{old}^{{tree}}" if old else git.text("mktree")
    raw = git.ask("diff-tree", "-r", "--no-renames", "--name-status", "-z", before, tree)
    words = raw.decode("utf-8", "surrogateescape").split("\0")
    by_letter: dict[str, list[str]] = {"A": [], "M": [], "D": []}
    for letter, path in zip(words[::2], words[1::2], strict=False):
        by_letter.setdefault(letter, []).append(path)
    here = {_join(dest, name): path for name, path in files.items()}
    new = [here[path] for path in (*by_letter["A"], *by_letter["M"]) if path in here]
    size = sum(path.stat().st_size for path in new)
    added, changed, removed = (tuple(by_letter[letter]) for letter in "AMD")
    return Change(added, changed, removed, size)


def clean_dest(dest: str) -> str:
    """``dest`` as a path inside the branch; UnsafeError if it leads elsewhere."""
    parts = PurePosixPath(dest.replace("\\", "/").strip("/")).parts
    if any(part in ("..", ".git") or "\0" in part or "\n" in part for part in parts):
        raise UnsafeError(f"{dest!r} is no folder of a branch.", hint="For example previews/12")
    return "/".join(parts)


def paths_of(git: Git, commit: str) -> set[str]:
    """All paths in the tree of a commit."""
    raw = git.ask("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    return set(filter(None, raw.decode("utf-8", "surrogateescape").split("\0")))


def _files_of_site(git: Git, commit: str, dest: str) -> set[str]:
    """Paths that the site at ``dest`` of the branch consists of, by its own manifest."""
    manifest = _join(dest, MANIFEST)
    try:
        content = json.loads(git.ask("cat-file", "blob", f"{commit}:{manifest}"))
        names = [*content["files"], *content.get("kept", [])]
        return {manifest, *(_join(dest, str(name)) for name in names)}
    except (GitError, ValueError, KeyError, TypeError):
        return set()


def _refuse_foreign(
    there: set[str], before: set[str], target: Mapping[str, Path], dest: str
) -> None:
    """Refuse to lay a site over files that are not a site's."""
    if before:
        foreign = sorted((there - before - _HOST_FILES) & set(target))
    else:
        homes = {path.removesuffix(MANIFEST) for path in there if path.endswith("/" + MANIFEST)}
        foreign = sorted(
            path
            for path in there - _HOST_FILES
            if (not dest or path.startswith(dest + "/"))
            and not any(path.startswith(home) for home in homes)
        )
    if foreign:
        shown = ", ".join(foreign[:_SHOWN]) + (", …" if len(foreign) > _SHOWN else "")
        where = f"The folder {dest} of the branch" if dest else "The branch"
        raise UnsafeError(
            f"{where} holds files that runfolio did not publish: {shown}.",
            hint="Choose another --branch or --dest; --adopt publishes beside them and keeps them.",
        )


def _host_files(cname: str, there: set[str]) -> dict[str, bytes]:
    """Files at the root that hosts look for; GitHub leaves out folders with _ without the first."""
    found = {} if ".nojekyll" in there else {".nojekyll": b""}
    if cname:
        found[CNAME] = cname.encode() + b"\n"
    return found


def _stream(
    old: str, removed: list[str], files: Mapping[str, Path], more: Mapping[str, bytes]
) -> Iterator[bytes]:
    """What git fast-import reads: a commit on top of ``old``, whose tree is what is wanted."""
    yield f"commit {_REF}\ncommitter r <r> 0 +0000\ndata 0\n".encode()
    if old:
        yield f"from {old}\n".encode()
    for path in removed:
        yield b"D " + _quoted(path) + b"\n"
    for path, data in more.items():
        if path not in files:
            yield b"M 100644 inline %b\ndata %d\n%b\n" % (_quoted(path), len(data), data)
    for path, source in sorted(files.items()):
        data = source.read_bytes()
        yield b"M 100644 inline %b\ndata %d\n" % (_quoted(path), len(data))
        yield data
        yield b"\n"
    yield b"done\n"


def _quoted(path: str) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    for plain, written in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        raw = raw.replace(plain, written)
    return b'"' + raw + b'"'


def _join(dest: str, name: str) -> str:
    return f"{dest}/{name}" if dest else name
