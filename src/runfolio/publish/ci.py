"""Workflow files that build, check and publish the site in continuous integration.

Actions stand by the commit that their tag had when this version was made, so that nobody who moves
a tag gets in. Rights are those that each job needs; what a stranger's pull request runs may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runfolio.config import Config
from runfolio.environment.version import VERSION
from runfolio.errors import UnsafeError, UsageError
from runfolio.publish.git import answer
from runfolio.publish.installing import Install, install_of

#: Commit and tag of each action.
ACTIONS: dict[str, tuple[str, str]] = {
    "actions/checkout": ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2"),
    "actions/setup-python": ("ece7cb06caefa5fff74198d8649806c4678c61a1", "v6.3.0"),
    "actions/cache": ("27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/github-script": ("ed597411d8f924073f98dfc5c65a23a2325f34cd", "v8.0.0"),
    "actions/configure-pages": ("45bfe0192ca1faeb007ade9deae92b16b8254a0d", "v6.0.0"),
    "actions/upload-pages-artifact": ("fc324d3547104276b827a68afc52ff2a11cc49c9", "v5.0.0"),
    "actions/deploy-pages": ("cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0"),
}

#: The files of each host: where it lies in the repository, and its template.
FILES: dict[str, dict[str, str]] = {
    "github": {
        ".github/workflows/runfolio.yml": "pages.yml",
        ".github/workflows/runfolio-preview.yml": "preview.yml",
        ".github/workflows/runfolio-comment.yml": "comment.yml",
    },
    "gitlab": {".gitlab/runfolio.yml": "gitlab.yml"},
    "cloudflare": {
        ".github/workflows/runfolio-cloudflare.yml": "cloudflare.yml",
        ".github/workflows/runfolio-cloudflare-preview.yml": "preview.yml",
        ".github/workflows/runfolio-cloudflare-comment.yml": "comment.yml",
    },
    "huggingface": {
        ".github/workflows/runfolio-huggingface.yml": "huggingface.yml",
        ".github/workflows/runfolio-huggingface-preview.yml": "preview.yml",
        ".github/workflows/runfolio-huggingface-comment.yml": "comment.yml",
    },
}
#: Names of workflows end in this, so that those of two hosts can live in one repository.
_TITLES = {"cloudflare": " on Cloudflare", "huggingface": " on Hugging Face"}
#: The clients that send a site, in the versions that were current when this one was made.
CLIENTS: dict[str, str] = {"wrangler": "wrangler@4.164.0", "hf": "huggingface_hub==2.4.0"}

#: What is left to do by hand, for each host.
NEXT: dict[str, str] = {
    "github": "in the repository's settings, Pages, choose GitHub Actions as the source",
    "gitlab": "add to .gitlab-ci.yml: include: {local: .gitlab/runfolio.yml}",
    "cloudflare": "make a Pages project, and set the secrets CLOUDFLARE_API_TOKEN and "
    "CLOUDFLARE_ACCOUNT_ID in the environments cloudflare and runfolio-preview",
    "huggingface": "make a static Space, set the variable HF_SPACE, and the secret HF_TOKEN in the "
    "environment huggingface; for previews another Space, HF_PREVIEW_SPACE and runfolio-preview",
}


@dataclass(frozen=True)
class Project:
    """What the workflows say of a project.

    ``root``: top of the repository. ``folder``: from there to the configuration, '' or with a /.
    ``store``: from the root. ``checks``: whether there is anything for ``runfolio check``.
    ``install``: what pip installs, from ``folder``. ``address``: whether the site learns from the
    host where it is served: not where the configuration says so, or nobody is to be named.
    ``ignored``: git leaves the store out, so that no workflow would find a run.
    """

    root: Path
    folder: str
    store: str
    branch: str
    name: str
    checks: bool
    install: Install
    address: bool
    ignored: bool


def project_of(config: Config) -> Project:
    """The project that a configuration belongs to; UsageError outside a git repository."""
    here = (config.source.parent if config.source else Path.cwd()).resolve()
    top = answer(here, "rev-parse", "--show-toplevel")
    if not top:
        raise UsageError(
            f"{here} is in no git repository, and workflows live in one.", hint="git init"
        )
    root = Path(top).resolve()
    inside = here.relative_to(root).as_posix()
    store = Path(config.store).resolve()
    if ":/" in str(config.store) or not store.is_relative_to(root):
        raise UsageError(
            f"The store {config.store} is not in the repository, where the workflow would read it.",
            hint='Keep the runs in git (store = "runs"), or write the workflow by hand.',
        )
    folder = "" if inside == "." else f"{inside}/"
    inner = store.relative_to(root).as_posix()
    return Project(
        root=root,
        folder=folder,
        store=inner,
        branch=_default_branch(root),
        name=root.name,
        checks=bool(config.checks) or any((here / "checks").glob("*.sql")),
        install=install_of(config.ci.install, root, folder),
        address=not (config.site.url or config.publish.anonymous),
        ignored=bool(answer(root, "check-ignore", f"{inner}/runfolio.json")),
    )


def files_for(host: str, project: Project, templates: Path) -> dict[str, str]:
    """The files for a host by their path in the repository; ``templates`` holds the patterns."""
    return {
        path: filled(templates / name, _words(project, name, host))
        for path, name in FILES[host].items()
    }


def filled(template: Path, words: Mapping[str, object]) -> str:
    """The text of a workflow; ``[[ word ]]`` and ``[% if word %]`` are filled in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # it is YAML; words are quoted where they are made
    )
    return environment.get_template(template.name).render(uses=_uses, **words)


def write(root: Path, files: Mapping[str, str], *, force: bool = False) -> list[Path]:
    """Write the files below ``root``; those that were written.

    UnsafeError before anything is written if one is there with other contents, unless ``force``.
    """
    todo = {root / path: text for path, text in files.items() if _read(root / path) != text}
    there = [path for path in todo if path.exists()]
    if there and not force:
        raise UnsafeError(
            f"{there[0].relative_to(root)} is there and says something else.",
            hint="Look at it, and write it anew with --force.",
        )
    for path, text in todo.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(todo)


def _words(project: Project, name: str, host: str) -> dict[str, object]:
    return {
        "host": host,
        "title": _TITLES.get(host, ""),
        **CLIENTS,
        "version": VERSION,
        "branch": _quoted(project.branch),
        "project": _quoted(project.name),
        "folder": project.folder,
        "store": project.store,
        "checks": project.checks,
        "address": project.address,
        "history": name == "preview.yml",
        "install": _quoted(f"python -m pip install {project.install.words}"),
    }


def _uses(action: str) -> str:
    commit, tag = ACTIONS[action]
    return f"{action}@{commit} # {tag}"


def _quoted(word: str) -> str:
    """A word for YAML; names of branches may hold signs that mean something there."""
    import json

    return json.dumps(word, ensure_ascii=False)


def _default_branch(root: Path) -> str:
    head = answer(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    here = head.partition("/")[2] or answer(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    return here or "main"  # on no branch, as in a checkout of a commit


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
