"""The chart library of the site, and specs compiled for it; both made once and kept.

Browsers get Vega alone. Vega-Lite, in which every chart is written, is compiled here, at build
time: a third less to load, and no compiling before the first chart of a page. What takes long to
make is kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runfolio.errors import BuildError

#: Stands for the page's font in compiled specs; the browser puts the real one in its place.
FONT = "rf-font"

#: How the library draws: ``rf.vega.draw(spec, element, prepare, options)`` gives a promise of the
#: view. Expressions are interpreted, since the site's Content-Security-Policy forbids compiling
#: them. A spec is parsed once, however many charts are drawn from it.
_PLAIN = """
import {expressionInterpreter as expr} from "https://cdn.jsdelivr.net/npm/vega-interpreter@{}/+esm";
import {parse, View, Warn} from "https://cdn.jsdelivr.net/npm/vega@{}/+esm";
const parsed = new WeakMap();
rf.vega = {draw(spec, element, prepare, options) {
  if (!parsed.has(spec)) parsed.set(spec, parse(spec, {}, {ast: true}));
  const own = {expr, renderer: "svg", logLevel: Warn, ...options};
  const view = new View(parsed.get(spec), own).initialize(element);
  if (options && options.tooltip) view.tooltip(options.tooltip);
  if (prepare) prepare(view);
  return view.runAsync();
}};
"""
#: The same for versions of Vega that are not known here: vega-embed brings the interpreter.
_EMBED = """
rf.vega = {async draw(spec, element, prepare, options) {
  const own = {mode: "vega", actions: false, ast: true, defaultStyle: false, renderer: "svg"};
  const all = {tooltip: false, ...own, ...options};
  const {view} = await vegaEmbed(element, structuredClone(spec), all);
  if (prepare) prepare(view);
  return view.runAsync();
}};
"""
#: Version of Vega -> of its interpreter, as vl-convert has them; addresses of parts inside it,
#: nothing is asked for.
_INTERPRETERS = {"6.2.0": "2.0.0"}
_MAKER = "vl-convert-python"
_MOST_KEPT = 200


class DrawingError(ValueError):
    """The library could not take a spec; the text is its first words."""


def vega_bundle(cache: Path | None = None) -> bytes:
    """Vega as one classic script that only adds ``rf.vega``.

    Made once for each pair of versions and kept in ``cache`` (the user's cache folder when None),
    since making it takes seconds. Raises BuildError when vl-convert lacks Altair's Vega-Lite.
    """
    version = vegalite_version()
    folder = cache if cache is not None else user_cache()
    state = hashlib.sha256((_PLAIN + _EMBED).encode()).hexdigest()[:8]
    stored = folder / f"vega-{importlib.metadata.version(_MAKER)}-{version}-{state}.js"
    try:
        return stored.read_bytes()
    except OSError:
        pass  # not made yet, or the cache cannot be read: make it
    bundle = _make_bundle(version)
    keep(stored, bundle)
    return bundle


def _make_bundle(version: str) -> bytes:
    import vl_convert

    vega: str = vl_convert.get_vega_version()
    interpreter = _INTERPRETERS.get(vega)
    ours = _EMBED
    if interpreter:
        ours = _PLAIN.replace("interpreter@{}", f"interpreter@{interpreter}")
        ours = ours.replace("vega@{}", f"vega@{vega}")
    code: str = vl_convert.javascript_bundle(ours, vl_version=version)
    # As a plain script it would leak thousands of short names (n, t, go …) into the page.
    return f"(function(){{{code}\n}})();\n".encode()


def vegalite_version() -> str:
    """The Vega-Lite version (as '6.4') that both Altair and vl-convert know."""
    import altair as alt
    import vl_convert

    wanted = ".".join(alt.VEGALITE_VERSION.split(".")[:2])
    known: list[str] = vl_convert.get_vegalite_versions()
    if wanted not in known:
        raise BuildError(
            f"Altair {alt.__version__} draws with Vega-Lite {wanted}, but vl-convert "
            f"{importlib.metadata.version(_MAKER)} only has {', '.join(known)}.",
            hint="Upgrade both together: pip install --upgrade altair vl-convert-python",
        )
    return wanted


def compiled(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The Vega spec that draws a Vega-Lite one; DrawingError says why there is none."""

    def make(text: str, version: str) -> str:
        import vl_convert

        made = vl_convert.vegalite_to_vega(text, vl_version=version)
        made.pop("$schema", None)  # its address would be the only outside URL of a site
        return spec_text(made)

    found: dict[str, Any] = json.loads(from_cache("compiled", "json", spec_text(spec), make))
    return found


def from_cache(name: str, suffix: str, text: str, make: Callable[[str, str], str]) -> str:
    """What ``make`` makes of ``text`` and Vega-Lite's version, from the cache where it is known.

    Raises DrawingError where it cannot be made.
    """
    version = vegalite_version()
    maker = importlib.metadata.version(_MAKER)
    digest = hashlib.sha256(f"{maker}\0{version}\0{text}".encode()).hexdigest()[:40]
    path = user_cache() / name / f"{digest}.{suffix}"
    try:
        found = path.read_text("utf-8")
        os.utime(path)
        return found
    except (OSError, UnicodeDecodeError):
        pass  # not made yet, or the cache cannot be read: make it
    try:
        made = make(text, version)
    except (ValueError, RuntimeError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        words = next((line for line in lines[1:] if not line.startswith("at ")), lines[0])
        raise DrawingError(f"Vega-Lite cannot draw this: {words[:300]}") from None
    keep(path, made.encode())
    _prune(path.parent, suffix)
    return made


def spec_text(spec: Mapping[str, Any]) -> str:
    """A spec as JSON that is the same for the same spec."""
    return json.dumps(spec, sort_keys=True, ensure_ascii=True, allow_nan=False)


def user_cache() -> Path:
    """The folder of this user in which what takes long to make is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "runfolio"


def keep(path: Path, data: bytes) -> None:
    """Store ``data`` whole or not at all; a read-only home only costs the next build seconds."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        return


def _prune(folder: Path, suffix: str) -> None:
    """Keep what was used last; a cache must not grow for ever."""
    try:
        files = folder.glob(f"*.{suffix}")
        found = sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[_MOST_KEPT:]:
            path.unlink(missing_ok=True)
    except OSError:
        return
