"""Scripts joined for pages: nothing is lost but what only we read."""

from __future__ import annotations

import re

from runfolio.site.bundles import BUNDLES, bare, bundled
from runfolio.site.render import templates_folder

STATIC = templates_folder() / "static"
SCRIPTS = {path.name: path.read_text("utf-8") for path in (STATIC / "js").glob("*.js")}


def test_comments_and_indentation_go_and_all_else_stays() -> None:
    given = """/* Head.
     // still the head */ (function () {
      "use strict";
      // why
      const a = 1; // stays
      /* said: */ const b = "/* no comment */";

      const link = "https://x";
    })();
"""
    assert bare(given).splitlines() == [
        "(function () {",
        '"use strict";',
        "const a = 1; // stays",
        'const b = "/* no comment */";',
        'const link = "https://x";',
        "})();",
    ]


def test_no_packaged_script_has_a_text_of_several_lines() -> None:
    regexes = re.compile(r"/\[(?:\\.|[^\]\\])*\]/")
    for name, text in SCRIPTS.items():
        for line in text.splitlines():
            code = regexes.sub("", line)
            assert code.count("`") % 2 == 0, f"{name}: {line}"
            assert not line.endswith("\\"), f"{name}: {line}"


def test_every_script_is_in_what_pages_ask_for_once() -> None:
    made = bundled(SCRIPTS)
    assert all(set(parts) <= SCRIPTS.keys() for parts in BUNDLES.values())
    for name, text in SCRIPTS.items():
        found = [other for other, whole in made.items() if bare(text) in whole]
        assert found, f"no page asks for {name}"
    templates = "".join(path.read_text("utf-8") for path in templates_folder().rglob("*.html"))
    asked = set(re.findall(r"asset\('([\w-]+\.js)'\)", templates))
    assert asked - {"vega.js", "charts-data.js", "words.js"} == made.keys()
