"""Colours of code: texts with the classes of their tokens, and a rule for each of those classes."""

from __future__ import annotations

from functools import cache, lru_cache

SCOPE = ".codehilite"

#: What each kind of token looks like; kinds not named here look like the nearest above them.
#: The custom properties are those of tokens.css, so code follows the theme without a script.
_LOOKS = {
    "Comment": "color:var(--faint);font-style:italic",
    "Comment.Preproc": "color:var(--muted)",
    "Keyword": "color:var(--accent);font-weight:550",
    "Keyword.Constant": "color:var(--warn)",
    "Keyword.Type": "color:var(--accent)",
    "Literal.String": "color:var(--good)",
    "Literal.String.Doc": "color:var(--faint);font-style:italic",
    "Literal.String.Interpol": "color:var(--text)",
    "Literal.Number": "color:var(--warn)",
    "Literal.Date": "color:var(--warn)",
    "Name.Builtin": "color:var(--accent)",
    "Name.Class": "font-weight:620",
    "Name.Function": "font-weight:620",
    "Name.Decorator": "color:var(--muted)",
    "Name.Exception": "color:var(--bad)",
    "Name.Attribute": "color:var(--accent)",
    "Name.Tag": "color:var(--accent);font-weight:550",
    "Operator": "color:var(--muted)",
    "Operator.Word": "color:var(--accent);font-weight:550",
    "Punctuation": "color:var(--muted)",
    "Generic.Deleted": "color:var(--bad)",
    "Generic.Inserted": "color:var(--good)",
    "Generic.Error": "color:var(--bad)",
    "Generic.Traceback": "color:var(--bad)",
    "Generic.Emph": "font-style:italic",
    "Generic.Strong": "font-weight:620",
    "Generic.Heading": "font-weight:620",
    "Generic.Subheading": "font-weight:620",
    "Generic.Prompt": "color:var(--faint);user-select:none",
    "Generic.Output": "color:var(--muted)",
}


@cache
def code_css() -> str:
    """Rules for the classes that Markdown's ``codehilite`` writes around pieces of code."""
    from pygments.token import STANDARD_TYPES

    rules: dict[str, list[str]] = {}
    for token, name in sorted(STANDARD_TYPES.items(), key=lambda pair: pair[1]):
        look = _look(".".join(token))
        if name and look:
            rules.setdefault(look, []).append(f"{SCOPE} .{name}")
    return "".join(f"{','.join(names)}{{{look}}}\n" for look, names in rules.items())


def _look(kind: str) -> str:
    """The look of a kind such as ``Name.Builtin.Pseudo``, or of the nearest kind above it."""
    while kind and kind not in _LOOKS:
        kind = kind.rpartition(".")[0]
    return _LOOKS.get(kind, "")


#: Longer texts stay plain: each token costs a tag, and colours help little in a long listing.
MOST_COLOURED = 60_000
#: Languages by suffix. Few, since a stranger names the file and some lexers can be made to hang.
_LANGUAGES = {
    "py": "python", "pyi": "python", "pytb": "pytb", "sh": "bash", "bash": "bash",
    "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "ini": "ini", "cfg": "ini",
    "r": "r", "jl": "julia", "c": "c", "h": "c", "cc": "cpp", "cpp": "cpp", "cu": "cuda",
    "rs": "rust", "sql": "sql",
}  # fmt: skip


@lru_cache(maxsize=64)
def coloured(text: str, name: str, anchors: str = "") -> str:
    """``text`` as HTML with the classes of its tokens; the language goes by the file's ``name``.

    With ``anchors`` each line has an id: ``S`` gives ``S1``, ``S2``, …. Runs of one experiment
    share their program, so the last ones are kept.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    language = _LANGUAGES.get(name.rpartition(".")[2].lower(), "text")
    lexer = get_lexer_by_name(language if len(text) <= MOST_COLOURED else "text", stripnl=False)
    html: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    if not anchors:
        return html
    lines = html.removesuffix("\n").split("\n")
    return "".join(f'<span id="{anchors}{n}">{line}\n</span>' for n, line in enumerate(lines, 1))
