"""Static files of the site: style, scripts and the chart library, named by their contents.

The files of ``templates/static`` are written once per site. Style sheets are joined into one
``site.css``, a theme's behind the others; scripts by the kind of page that runs them (bundles).
Which files there are depends on the installed packages, the logo and the theme alone, so a later
build takes them over from the old site without making them again (the chart library takes a
second).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from runfolio.site.bundles import bare, bundled
from runfolio.site.output import Sink, hashed_name
from runfolio.site.payloads import script
from runfolio.site.theme import Theme
from runfolio.site.words import catalogue

#: Style sheets that must come first, in this order; the others follow by name.
FIRST_STYLES = ("tokens.css", "base.css", "icons.css", "page.css")
LOGOS = (".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif")
_MADE_BY = ("charts", "code", "assets", "engine", "bundles")
_MADE_WITH = ("altair", "vl-convert-python", "pygments")


@dataclass(frozen=True)
class Asset:
    """A static file: its logical name (``rf.js``), its path in the site, its contents."""

    name: str
    path: str
    data: bytes


def write_assets(output: Sink, theme: Theme, logo: str = "") -> tuple[dict[str, str], str]:
    """Add all assets to ``output``; returns logical name -> path, and the key for the next build.

    Where the old site was made from the same files and packages, its assets are taken over.
    """
    key = assets_key(theme, logo)
    known: Mapping[str, str] = output.old_keys.get("assets", {})
    if output.old_keys.get("assets-key") == key and known and output.has(known.values()):
        output.reuse(known.values())
        return dict(known), key
    paths = {}
    for asset in _made(theme, logo, key):
        if asset.path not in output:  # two files of a theme may be alike
            output.add(asset.path, asset.data)
        paths[asset.name] = asset.path
    return paths, key


def assets_key(theme: Theme, logo: str = "") -> str:
    """A digest of everything that the assets are made from."""
    total = hashlib.sha256()
    for name in _MADE_WITH:
        total.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    room = Path(__file__).parent
    ours = [
        room / name for name in ("charts.py", "code.py", "assets.py", "engine.py", "bundles.py")
    ]
    total.update(f"{theme.state} {catalogue().state}\n".encode())
    for path in [*_files(theme), *_logo(logo), *ours]:
        if path.is_file():
            total.update(f"{path.name}\n".encode() + path.read_bytes())
    return total.hexdigest()[:32]


@lru_cache(maxsize=1)
def _made(theme: Theme, logo: str, key: str) -> tuple[Asset, ...]:
    """The assets, kept for the next build of the same process."""
    return tuple(make_assets(theme, logo))


def make_assets(theme: Theme, logo: str = "") -> list[Asset]:
    """All static files, with their hashed names; the logo is called ``logo``."""
    from runfolio.site.charts import charts_js
    from runfolio.site.code import code_css
    from runfolio.site.engine import vega_bundle

    own = [
        Asset(name, hashed_name(f"assets/{path.name}", data), data)
        for name, path in theme.files.items()
        for data in [path.read_bytes()]
    ]
    paths = {asset.name: asset.path for asset in own}
    files = _files(theme)
    styles = [
        bare(path.read_text("utf-8")) for path in _in_order(p for p in files if p.suffix == ".css")
    ]
    css = "\n".join([*styles, code_css(), *(theme.style(name, paths) for name in theme.styles)])
    made = {
        "site.css": css.encode(),
        "charts-data.js": charts_js().encode(),
        "vega.js": vega_bundle(),
    }
    if catalogue().words:
        words = dict(sorted(catalogue().words.items()))
        made["words.js"] = script("words", catalogue().language, words)
    scripts = {path.name: path.read_text("utf-8") for path in files if path.suffix == ".js"}
    made |= {name: text.encode() for name, text in bundled(scripts).items()}
    made |= {path.name: path.read_bytes() for path in files if path.suffix not in (".css", ".js")}
    found = [Asset(n, hashed_name(f"assets/{n}", data), data) for n, data in sorted(made.items())]
    for path in _logo(logo):
        data = path.read_bytes()
        found.append(Asset("logo", hashed_name(f"assets/logo{path.suffix.lower()}", data), data))
    return [*found, *own]


def _logo(logo: str) -> list[Path]:
    """The picture beside the title, if there is one."""
    path = Path(logo)
    return [path] if path.suffix.lower() in LOGOS and path.is_file() else []


def _in_order(styles: Iterable[Path]) -> list[Path]:
    """Style sheets in the order of the cascade."""

    def place(path: Path) -> tuple[int, str]:
        first = path.name in FIRST_STYLES
        return (FIRST_STYLES.index(path.name) if first else len(FIRST_STYLES), path.name)

    return sorted(styles, key=place)


def _files(theme: Theme) -> list[Path]:
    static = theme.packaged / "static"
    return sorted(path for path in static.rglob("*") if path.is_file() and path.suffix != ".md")
