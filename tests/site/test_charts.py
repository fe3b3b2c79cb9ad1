"""Chart kinds: specs that Vega takes and that name nobody; the chart library, made once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from runfolio.errors import BuildError
from runfolio.site.charts import chart_forms, chart_specs, charts_js
from runfolio.site.code import SCOPE, code_css
from runfolio.site.engine import FONT, vega_bundle
from runfolio.site.render import templates_folder

KINDS = ("bar", "curve", "histogram", "pair", "parallel", "pareto", "progress", "scatter", "system")
STATIC = templates_folder() / "static"


def walk(value: Any) -> list[tuple[str, Any]]:
    """Every key of a spec with its value."""
    if isinstance(value, dict):
        own = list(value.items())
        return own + [pair for each in value.values() for pair in walk(each)]
    if isinstance(value, list):
        return [pair for each in value for pair in walk(each)]
    return []


def test_there_is_a_spec_for_every_kind() -> None:
    assert tuple(sorted(chart_specs())) == KINDS


def test_vega_compiles_every_form_of_a_spec() -> None:
    specs = json.loads(charts_js()[len('rf("charts","all",') : -3])
    assert specs.keys() == chart_forms().keys()
    for name, vega in specs.items():
        assert vega["marks"]
        assert not [key for key, value in walk(vega) if key in ("url", "$schema")]
        variant = name.partition(":")[2]
        shapes = {scale["name"]: scale["type"] for scale in vega.get("scales", ())}
        logs = {{"log": "y", "logx": "x", "xlog": "x", "ylog": "y"}.get(w) for w in variant.split()}
        assert {axis for axis, shape in shapes.items() if shape == "log"} == logs - {None}
        assert "wall" not in variant or shapes["x"] == "utc"
    assert json.dumps(specs).count(f'"{FONT}"') >= len(specs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_spec_knows_no_metric_and_no_address(kind: str) -> None:
    spec = chart_specs()[kind]
    named = {value for key, value in walk(spec) if key == "field"}
    assert all(re.fullmatch(r"f\d", field) for field in named)
    assert not {"usermeta", "$schema", "datasets"} & spec.keys()
    assert "http" not in json.dumps(spec)


def test_every_kind_is_drawn_by_a_script_and_every_drawn_kind_has_a_spec() -> None:
    scripts = "".join(path.read_text("utf-8") for path in (STATIC / "js").glob("*.js"))
    assert sorted(set(re.findall(r'charts\.kind\("(\w+)"', scripts))) == list(KINDS)


def test_the_specs_are_one_call_that_registers_them() -> None:
    script = charts_js()
    found = re.fullmatch(r'rf\("charts","all",(\{.*\})\);\n', script, flags=re.DOTALL)
    assert found
    assert charts_js() == script


def test_the_library_adds_one_name_and_is_kept_for_the_next_build(tmp_path: Path) -> None:
    bundle = vega_bundle(tmp_path)
    assert bundle.startswith(b"(function(){") and bundle.rstrip().endswith(b"})();")
    # The small one: for a new Vega, name the version of its interpreter in engine.py.
    assert bundle.count(b"rf.vega={draw(") == 1 and b"vegaEmbed" not in bundle
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes() == bundle
    kept.write_bytes(b"from the cache")
    assert vega_bundle(tmp_path) == b"from the cache"


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert vega_bundle(tmp_path / "file").startswith(b"(function(){")


def test_versions_that_do_not_fit_are_named_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vl_convert, "get_vegalite_versions", lambda: ["5.8", "5.21"])
    with pytest.raises(BuildError) as raised:
        vega_bundle(tmp_path)
    assert "5.21" in raised.value.message and "Vega-Lite" in raised.value.message
    assert "pip install --upgrade" in raised.value.hint


def test_code_takes_its_colours_from_the_pages_tokens() -> None:
    css = code_css()
    tokens = set(re.findall(r"(--[\w-]+):", (STATIC / "css" / "tokens.css").read_text("utf-8")))
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= tokens
    assert "#" not in css
    for name in ("k", "c1", "s2", "mi", "nf", "gd", "gi"):
        assert f"{SCOPE} .{name}" in css
