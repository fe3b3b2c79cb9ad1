"""Rich values: what is logged comes back as the file or the facts that it should be."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from PIL import Image

from runfolio.run.run import Run
from runfolio.run.trouble import RunfolioWarning
from runfolio.store.folder import Folder

from .conftest import Facts


@pytest.fixture
def contents(store: Path, facts: Facts) -> Callable[[str], bytes]:
    """The contents of the last artifact of a name."""

    def read(key: str) -> bytes:
        digest = json.loads(facts("artifact", key)[-1]["text"])["digest"]
        return Folder.open(store).blob_path(digest).read_bytes()

    return read


Contents = Callable[[str], bytes]
Info = Callable[..., Any]


# --- text, tables


def test_a_text_is_a_file(run: Run, contents: Contents, info: Info) -> None:
    run.log_text("naïve \ud800", "notes/summary", step=3, caption="short")
    run.finish()
    assert contents("notes/summary.txt") == "naïve ?".encode()
    assert info("artifact") == {
        "digest": info("artifact")["digest"],
        "type": "text",
        "media_type": "text/plain",
        "caption": "short",
    }


def test_html_is_not_taken_for_text(run: Run, info: Info) -> None:
    run.log_text("<b>x</b>", "report.html")
    run.finish()
    assert info("artifact", "report.html")["type"] == "html"


@pytest.mark.parametrize(
    "table",
    [
        [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}],
        {"x": [1, 2], "y": ["a", "b"]},
        pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        polars.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        pyarrow.table({"x": [1, 2], "y": ["a", "b"]}),
        {"x": numpy.array([1, 2]), "y": numpy.array(["a", "b"])},
        ({"x": x, "y": y} for x, y in [(1, "a"), (2, "b")]),
    ],
    ids=["rows", "columns", "pandas", "polars", "arrow", "numpy", "generator"],
)
def test_tables_of_all_kinds_are_parquet(
    run: Run, contents: Contents, info: Info, table: Any
) -> None:
    run.log_table(table, "predictions")
    run.finish()
    read = pyarrow.parquet.read_table(io.BytesIO(contents("predictions.parquet")))
    assert read.to_pydict() == {"x": [1, 2], "y": ["a", "b"]}
    told = info("artifact", "predictions.parquet")
    assert (told["type"], told["rows"], told["columns"]) == ("table", 2, 2)


def test_columns_of_several_types_become_text(run: Run, contents: Contents) -> None:
    run.log_table([{"lr": 0.1}, {"lr": "auto"}, {"lr": {"a": 1}}, {"other": None}], "t")
    run.finish()
    read = pyarrow.parquet.read_table(io.BytesIO(contents("t.parquet")))
    assert read.column("lr").to_pylist() == ["0.1", "auto", '{"a": 1}', None]


def test_pandas_objects_of_several_types_become_text(run: Run, contents: Contents) -> None:
    run.log_table(pandas.DataFrame({"x": [1, "a", None]}), "t")
    run.finish()
    read = pyarrow.parquet.read_table(io.BytesIO(contents("t.parquet")))
    assert read.column("x").to_pylist() == ["1", "a", None]


def test_columns_of_one_name_are_kept_apart(run: Run, contents: Contents) -> None:
    run.log_table(pyarrow.table([[1], [2], [3]], names=["x", "x", "x_1"]), "t")
    run.finish()
    read = pyarrow.parquet.read_table(io.BytesIO(contents("t.parquet")))
    assert sorted(read.column_names) == ["x", "x_1", "x_1_1"]


@pytest.mark.parametrize("table", [5, "text", [1, 2], {"x": [1], "y": [1, 2]}, {"x": 5}])
def test_what_is_no_table_is_told(run: Run, facts: Facts, table: Any) -> None:
    with pytest.warns(RunfolioWarning, match="table 't'"):
        run.log_table(table, "t")
    run.finish()
    assert facts("artifact") == []


# --- images


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (numpy.array([[0.0, 0.5], [1.0, math.nan]]), [[0, 128], [255, 0]]),
        (numpy.array([[0, 128], [255, 7]], dtype=numpy.uint8), [[0, 128], [255, 7]]),
        (numpy.array([[0, 128], [255, 7]]), [[0, 128], [255, 7]]),
        (numpy.array([[True, False]]), [[255, 0]]),
        ([[0.0, 1.0], [0.5, 0.5]], [[0, 255], [128, 128]]),
        ([[0, 300], [-1, 7]], [[0, 255], [0, 7]]),
    ],
)
def test_grey_pixels_are_kept_exactly(
    run: Run, contents: Contents, pixels: Any, expected: list[list[int]]
) -> None:
    run.log_image(pixels, "x")
    run.finish()
    image = Image.open(io.BytesIO(contents("x.png")))
    assert image.mode == "L"
    assert numpy.asarray(image).tolist() == expected


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_colours_are_kept_exactly(run: Run, contents: Contents, channels: int, mode: str) -> None:
    pixels = numpy.arange(5 * 7 * channels, dtype=numpy.uint8).reshape(5, 7, channels)
    run.log_image(pixels, "x")
    run.finish()
    image = Image.open(io.BytesIO(contents("x.png")))
    assert (image.mode, image.size) == (mode, (7, 5))
    assert numpy.array_equal(numpy.asarray(image).reshape(pixels.shape), pixels)


def test_channels_first_is_understood(run: Run, contents: Contents) -> None:
    pixels = numpy.arange(3 * 5 * 7, dtype=numpy.uint8).reshape(3, 5, 7)
    run.log_image(pixels, "x")
    run.finish()
    image = numpy.asarray(Image.open(io.BytesIO(contents("x.png"))))
    assert numpy.array_equal(image, pixels.transpose(1, 2, 0))


def test_values_out_of_range_are_clipped_and_told(run: Run, contents: Contents) -> None:
    with pytest.warns(RunfolioWarning, match="clipped"):
        run.log_image(numpy.array([[-1.0, 2.0]]), "x")
    run.finish()
    assert numpy.asarray(Image.open(io.BytesIO(contents("x.png")))).tolist() == [[0, 255]]


def test_pil_bytes_and_files_are_images(
    run: Run, tmp_path: Path, contents: Contents, info: Info
) -> None:
    image = Image.new("CMYK", (4, 3))
    image.convert("RGB").save(tmp_path / "photo.jpg")
    run.log_image(image, "a.png", caption="empty")
    run.log_image((tmp_path / "photo.jpg").read_bytes(), "b")
    run.log_image(tmp_path / "photo.jpg", "c")
    run.finish()
    assert Image.open(io.BytesIO(contents("a.png"))).size == (4, 3)
    for name in ("a.png", "b.jpg", "c.jpg"):
        told = info("artifact", name)
        assert (told["type"], told["width"], told["height"]) == ("image", 4, 3)
    assert info("artifact", "b.jpg")["media_type"] == "image/jpeg"


@pytest.mark.parametrize(
    "image", [5, "missing.png", b"no image", numpy.zeros((2, 2, 7)), numpy.zeros((0, 4)), [[1], 2]]
)
def test_what_is_no_image_is_told(run: Run, facts: Facts, image: Any) -> None:
    with pytest.warns(RunfolioWarning, match="image 'x'"):
        run.log_image(image, "x")
    run.finish()
    assert facts("artifact") == []


# --- figures


def test_a_matplotlib_figure_is_a_sharp_picture(run: Run, contents: Contents, info: Info) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(2, 1), dpi=100)
    axes.plot([1, 2])
    run.log_figure(figure, "loss", step=5)
    run.log_figure(axes, "again.svg")
    run.finish()
    pyplot.close(figure)
    assert Image.open(io.BytesIO(contents("loss.png"))).size[0] > 300
    assert contents("again.svg").startswith(b"<?xml")
    assert info("artifact", "loss.png")["type"] == "figure"


def test_an_altair_chart_is_its_spec_and_a_picture(
    run: Run, contents: Contents, info: Info
) -> None:
    import altair

    chart = altair.Chart(pandas.DataFrame({"x": [1, 2]})).mark_point().encode(x="x:Q")
    run.log_figure(chart, "points")
    run.finish()
    assert "vega-lite" in json.loads(contents("points.vl.json"))["$schema"]
    assert contents("points.svg").startswith(b"<svg")
    assert info("artifact", "points.vl.json")["media_type"] == "application/vnd.vegalite+json"


def test_other_figures_are_what_a_notebook_would_show(run: Run, contents: Contents) -> None:
    class Graph:
        def _repr_svg_(self) -> str:
            return "<svg/>"

    run.log_figure(Graph(), "graph")
    run.finish()
    assert contents("graph.svg") == b"<svg/>"


def test_a_plotly_figure_is_its_json(run: Run, contents: Contents) -> None:
    figure = type("Figure", (), {"to_json": lambda self: '{"data": []}'})()
    type(figure).__module__ = "plotly.graph_objs"
    run.log_figure(figure, "plot")
    run.finish()
    assert contents("plot.plotly.json") == b'{"data": []}'


def test_what_is_no_figure_is_told(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="figure 'x'.*int"):
        run.log_figure(5, "x")


# --- histograms and matrices


@pytest.mark.parametrize("values", [[0, 1, 1, 4], numpy.array([[0, 1], [1, 4]]), [[0, 1], [1, 4]]])
def test_values_are_counted(run: Run, info: Info, values: Any) -> None:
    run.log_histogram(values, "w", step=2, bins=4)
    run.finish()
    assert info("histogram", "w") == {"edges": [0.0, 1.0, 2.0, 3.0, 4.0], "counts": [1, 2, 0, 1]}


@pytest.mark.parametrize("make", [list, numpy.array])
def test_values_that_are_not_finite_are_counted_apart(run: Run, info: Info, make: Any) -> None:
    run.log_histogram(make([1.0, math.nan, math.inf, 2.0]), "w", bins=2)
    run.finish()
    assert info("histogram")["bad"] == 2
    assert info("histogram")["counts"] == [1, 1]


@pytest.mark.parametrize("make", [list, numpy.array])
@pytest.mark.parametrize(
    "values", [[3.0] * 5, [-1.7e308, 1.7e308, 0.0], [1.0, math.nextafter(1, 2)]]
)
def test_narrow_and_wide_values_are_counted(
    run: Run, info: Info, make: Any, values: list[float]
) -> None:
    run.log_histogram(make(values), "w")
    run.finish()
    found = info("histogram")
    assert sum(found["counts"]) == len(values)
    assert len(found["edges"]) == len(found["counts"]) + 1
    assert found["edges"] == sorted(found["edges"])


def test_counts_from_elsewhere_are_kept(run: Run, info: Info) -> None:
    counts, edges = numpy.histogram([1, 2, 2], bins=2)
    run.log_histogram(counts=counts, edges=edges, name="w")
    run.finish()
    assert info("histogram", "w") == {"edges": [1.0, 1.5, 2.0], "counts": [1.0, 2.0]}


@pytest.mark.parametrize(
    "given",
    [
        {"values": []},
        {"values": "text"},
        {"values": [math.nan]},
        {"values": [None]},
        {},
        {"counts": [1], "edges": [1]},
        {"counts": [1], "edges": [2, 1]},
        {"counts": [1]},
    ],
)
def test_what_cannot_be_counted_is_told(run: Run, given: Any) -> None:
    with pytest.warns(RunfolioWarning, match="histogram 'w'"):
        run.log_histogram(name="w", **given)


def test_a_confusion_matrix_has_true_labels_as_rows(run: Run, info: Info) -> None:
    run.log_confusion_matrix(["a", "a", "b"], ["a", "b", "b"], name="test", step=1)
    run.finish()
    assert info("matrix", "test") == {"labels": ["a", "b"], "rows": [[1, 1], [0, 1]]}


def test_numbered_classes_can_be_named(run: Run, info: Info) -> None:
    run.log_confusion_matrix(numpy.array([0, 1, 1]), numpy.array([0, 0, 1]), ["cat", "dog"])
    run.finish()
    assert info("matrix", "confusion") == {"labels": ["cat", "dog"], "rows": [[1, 0], [1, 1]]}


@pytest.mark.parametrize(("true", "predicted"), [([1], [1, 2]), ([], []), (5, 5)])
def test_labels_that_do_not_match_are_told(run: Run, true: Any, predicted: Any) -> None:
    with pytest.warns(RunfolioWarning, match="confusion matrix"):
        run.log_confusion_matrix(true, predicted)
