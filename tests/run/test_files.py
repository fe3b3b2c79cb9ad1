"""Artifacts, datasets and models: what is taken, what is refused, what is said of it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pandas
import polars
import pytest

from runfolio.run import datasets
from runfolio.run.run import Run
from runfolio.run.trouble import RunfolioWarning
from runfolio.store.folder import Folder

from .conftest import SOURCE, Facts

Info = Callable[..., Any]


def blob(store: Path, digest: str) -> bytes:
    return Folder.open(store).blob_path(digest).read_bytes()


def test_a_file_is_kept_with_digest_and_type(
    run: Run, store: Path, tmp_path: Path, facts: Facts, info: Info
) -> None:
    (tmp_path / "weights.pt").write_bytes(b"abc")
    run.log_artifact(tmp_path / "weights.pt", step=7, caption="best")
    run.log_artifact("weights.pt", "checkpoints\\last.bin", type="file")
    run.finish()
    told = info("artifact", "weights.pt")
    assert told["digest"] == hashlib.sha256(b"abc").hexdigest()
    assert (told["type"], told["caption"]) == ("model", "best")
    assert (facts("artifact", "weights.pt")[0]["step"], facts("artifact")[0]["value"]) == (7, 3.0)
    assert blob(store, told["digest"]) == b"abc"
    assert info("artifact", "checkpoints/last.bin")["type"] == "file"


def test_a_folder_is_kept_with_all_its_files(run: Run, tmp_path: Path, facts: Facts) -> None:
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.csv").write_text("b")
    run.log_artifacts(folder)
    run.log_artifacts(folder, "again")
    run.log_artifact(folder)
    run.finish()
    assert [row["key"] for row in facts("artifact")] == [
        "a.txt",
        "deep/b.csv",
        "again/a.txt",
        "again/deep/b.csv",
        "out/a.txt",
        "out/deep/b.csv",
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_that_lead_out_are_left_out(run: Run, tmp_path: Path, facts: Facts) -> None:
    (tmp_path / "secret").write_text("s")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "same.txt").symlink_to(folder / "a.txt")
    (folder / "leak.txt").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "up").symlink_to(tmp_path)
    with pytest.warns(RunfolioWarning, match="not followed: 'loop', 'up', 'leak.txt'"):
        run.log_artifacts(folder)
    run.finish()
    assert [row["key"] for row in facts("artifact")] == ["a.txt", "same.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other special files")
def test_what_is_no_file_is_told_and_does_not_block(run: Run, tmp_path: Path, facts: Facts) -> None:
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    with pytest.warns(RunfolioWarning) as caught:
        for name in ("pipe", "s", "/dev/zero", "missing", "a\x00b"):
            run.log_artifact(name, "x")
        run.log_artifact()
        run.log_artifacts("missing")
    server.close()
    run.finish()
    assert facts("artifact") == []
    assert len(caught) >= 3


@pytest.mark.parametrize(
    "name",
    [
        "../x", "a/../../x", "..\\x", "/etc/passwd", "\\\\host\\share\\x", "C:evil.txt",
        "a.txt:stream", ".", "..", "...", " ", ".git/config", "a/.git/x",
        "..／..／evil", "C:\\x", "．．/x",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(
    run: Run, tmp_path: Path, facts: Facts, name: str
) -> None:
    with pytest.warns(RunfolioWarning, match="not recorded"):
        run.log_text("x", name)
    run.finish()
    assert facts("artifact") == []


def test_a_warning_names_the_line_that_logged(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="no such file") as caught:
        run.log_artifact("nowhere.bin")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("CON", "CON_.txt"),
        ("con.txt", "con_.txt"),
        ("a/LPT9.log", "a/LPT9_.log"),
        ("name. ", "name.txt"),
        ("a//b/./c.txt", "a/b/c.txt"),
        ("a\nb.txt", "a_b.txt"),
        ("%2e%2e%2fevil.txt", "%2e%2e%2fevil.txt"),
        ("~root/x.txt", "~root/x.txt"),
        ("-rf", "-rf.txt"),
        ("a?b#c&d=e f%20+;.txt", "a?b#c&d=e f%20+;.txt"),
        ("_internal.txt", "_internal.txt"),
    ],
)
def test_other_names_are_kept_or_mended(run: Run, facts: Facts, name: str, kept: str) -> None:
    run.log_text("x", name)
    run.finish()
    assert [row["key"] for row in facts("artifact")] == [kept]


def test_endless_names_are_cut_and_stay_apart(run: Run, facts: Facts) -> None:
    run.log_text("x", "a" * 300 + "1.txt")
    run.log_text("x", "a" * 300 + "2.txt")
    run.log_text("x", "/".join(["a" * 90] * 9))
    run.finish()
    keys = [row["key"] for row in facts("artifact")]
    assert len(set(keys)) == 3
    assert all(len(key) <= 240 for key in keys)


def test_a_reference_stays_where_it_is(run: Run, tmp_path: Path, facts: Facts, info: Info) -> None:
    (tmp_path / "data set.bin").write_bytes(b"abc")
    run.log_artifact(uri="s3://ada:pw@bucket/model.pt", type="model")
    run.log_artifact(uri=(tmp_path / "data set.bin").as_uri(), name="data.bin")
    run.finish()
    away = info("artifact", "model.pt")
    assert (away["digest"], away["uri"]) == (None, "s3://bucket/model.pt")
    assert facts("artifact", "model.pt")[0]["value"] is None
    assert info("artifact", "data.bin")["digest"] == hashlib.sha256(b"abc").hexdigest()
    assert list(run.store.glob("blobs/*/*")) == []


def test_the_same_name_twice_is_two_versions(run: Run, facts: Facts) -> None:
    run.log_text("one", "x.txt", step=1)
    run.log_text("two", "x.txt", step=2)
    run.finish()
    assert len({json.loads(row["text"])["digest"] for row in facts("artifact", "x.txt")}) == 2


# --- datasets


def test_a_csv_is_described(run: Run, tmp_path: Path, facts: Facts, info: Info) -> None:
    (tmp_path / "iris.csv").write_text('length,kind\n1,"a\nb"\n2,c\n')
    run.log_dataset("iris.csv", role="test")
    run.finish()
    told = info("dataset", "iris.csv")
    digest = hashlib.sha256((tmp_path / "iris.csv").read_bytes()).hexdigest()
    assert told == {
        "role": "test",
        "digest": digest,
        "rows": 2,
        "columns": 2,
        "schema": [{"name": "length", "type": "text"}, {"name": "kind", "type": "text"}],
        "source": "iris.csv",
        "blob": None,
    }
    assert facts("dataset")[0]["value"] == 24.0
    assert list(run.store.glob("blobs/*/*")) == []


def test_contents_are_kept_when_asked_for(
    run: Run, store: Path, tmp_path: Path, info: Info
) -> None:
    (tmp_path / "x.bin").write_bytes(b"abc")
    run.log_dataset("x.bin", "raw", store=True)
    run.log_dataset(pandas.DataFrame({"a": [1]}), "frame", store=True)
    run.log_dataset((numpy.zeros((2, 3)), numpy.zeros(2)), "arrays", store=True)
    run.finish()
    assert blob(store, info("dataset", "raw")["blob"]) == b"abc"
    assert blob(store, info("dataset", "frame")["blob"])[:4] == b"PAR1"
    assert blob(store, info("dataset", "arrays")["blob"])[:2] == b"PK"


def test_frames_and_arrays_are_described(run: Run, info: Info) -> None:
    run.log_dataset(pandas.DataFrame({"a": [1, 2], "b": ["x", None]}), "pandas")
    run.log_dataset(polars.DataFrame({"a": [1, 2], "b": ["x", None]}), "polars")
    run.log_dataset((numpy.zeros((5, 3)), numpy.zeros(5)), "arrays")
    run.log_dataset({"images": numpy.zeros((5, 8, 8)), "target": numpy.zeros(5)}, "bunch")
    run.log_dataset([{"a": 1}, {"a": 2}], "rows", source="https://ada:pw@example.com/x")
    run.finish()
    sizes = {
        name: (info("dataset", name)["rows"], info("dataset", name)["columns"])
        for name in ("pandas", "polars", "arrays", "bunch", "rows")
    }
    assert sizes == {
        "pandas": (2, 2),
        "polars": (2, 2),
        "arrays": (5, 4),
        "bunch": (5, 9),
        "rows": (2, 1),
    }
    assert info("dataset", "arrays")["schema"][0] == {
        "name": "X",
        "type": "float64",
        "shape": [5, 3],
    }
    assert info("dataset", "rows")["source"] == "https://example.com/x"


DIGESTS = """
import numpy, pandas, sys
sys.path.insert(0, {source!r})
from runfolio.run.datasets import describe
frame = pandas.DataFrame({{"a": [1, 2], "b": ["x", None], "c": [1.5, float("nan")]}})
arrays = (numpy.arange(6).reshape(2, 3), numpy.array(["a", "b"]))
print(describe(frame).digest, describe(arrays).digest, describe([{{"a": "x"}}]).digest)
"""


def test_digests_are_the_same_in_every_process() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS.format(source=str(SOURCE))],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_digests_tell_contents_apart() -> None:
    frames = [
        pandas.DataFrame({"a": ["xy", "z"]}),
        pandas.DataFrame({"a": ["x", "yz"]}),
        pandas.DataFrame({"b": ["x", "yz"]}),
        pandas.DataFrame({"a": [1, 2]}),
        pandas.DataFrame({"a": [1.0, 2.0]}),
    ]
    arrays = [numpy.zeros((2, 3)), numpy.zeros((3, 2)), numpy.zeros((2, 3), dtype="f4")]
    found = [datasets.describe(each).digest for each in [*frames, *arrays]]
    assert len(set(found)) == len(found)


def test_the_order_of_memory_does_not_change_a_digest() -> None:
    array = numpy.arange(6.0).reshape(2, 3)
    fortran = numpy.asfortranarray(array)
    swapped = array.astype(">f8")
    assert len({datasets.describe(each).digest for each in (array, fortran, swapped)}) == 1


def test_a_folder_has_a_digest_of_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a").write_text("1")
    first = datasets.describe(folder)
    (folder / "a").rename(folder / "b")
    assert datasets.describe(folder).digest != first.digest
    assert (first.rows, first.size) == (1, 1)


@pytest.mark.parametrize("data", [5, "missing.csv", b"raw"])
def test_what_is_no_dataset_is_told_or_described_by_its_length(
    run: Run, facts: Facts, data: Any
) -> None:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run.log_dataset(data, "x")
    run.finish()
    assert len(caught) + len(facts("dataset")) == 1


def test_a_folder_is_kept_without_what_git_keeps_in_it(
    run: Run, tmp_path: Path, facts: Facts
) -> None:
    for name in ("x.txt", ".git/config", "sub/y.txt", "sub/.git/config"):
        (tmp_path / "work" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / name).write_text(name)
    with pytest.warns(RunfolioWarning, match="git folder in .* is left out") as caught:
        run.log_artifacts(tmp_path / "work", "work")
    run.finish()
    assert [row["key"] for row in facts("artifact")] == ["work/x.txt", "work/sub/y.txt"]
    assert len(caught) == 1


# --- models


class Linear:
    """A model of no library."""

    weight = 3.0


def test_an_object_is_pickled(run: Run, store: Path, info: Info) -> None:
    model = {"weight": 3.0}
    run.log_model(model, "linear", caption="first")
    run.register_model("Linear", alias="best")
    run.finish()
    told = info("artifact", "models/linear.pkl")
    assert (told["type"], told["format"], told["caption"]) == ("model", "pickle", "first")
    assert pickle.loads(blob(store, told["digest"])) == model
    registered = info("model", "Linear")
    assert registered == {
        "version": None,
        "alias": "best",
        "artifact": "models/linear.pkl",
        "digest": told["digest"],
    }


def test_a_model_among_the_artifacts_is_named_by_digest(
    run: Run, tmp_path: Path, info: Info, facts: Facts
) -> None:
    for text in ("one", "two"):
        (tmp_path / "net.bin").write_text(text)
        run.log_artifact(tmp_path / "net.bin", "nets/net.bin")
        run.register_model("net", artifact="nets/net.bin")
        run.register_model("nets", artifact="nets/")
    with pytest.warns(RunfolioWarning, match="which was not logged here before"):
        run.register_model("lost", artifact="nowhere")
    run.finish()
    told = [json.loads(row["text"]) for row in facts("model") if row["key"] == "net"]
    assert [each["digest"] for each in told] == [
        hashlib.sha256(text).hexdigest() for text in (b"one", b"two")
    ]
    assert info("model", "nets")["artifact"] == "nets"
    assert len({row["text"] for row in facts("model") if row["key"] == "nets"}) == 2


def test_a_scikit_learn_model_is_written_by_joblib(run: Run, store: Path, info: Info) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    import io

    import joblib

    model = linear_model.LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
    run.log_model(model)
    run.finish()
    told = info("artifact", "models/model.joblib")
    assert told["format"] == "joblib"
    loaded = joblib.load(io.BytesIO(blob(store, told["digest"])))
    assert loaded.coef_[0] == pytest.approx(2.0)


def test_a_torch_module_is_its_state(run: Run, info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch is not needed for this: only its ``save`` and the module's ``state_dict`` are."""
    torch = ModuleType("torch")
    torch.save = lambda state, path: Path(path).write_text(json.dumps(state))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    run.log_model(type("Net", (), {"state_dict": lambda self: {"w": 1}})(), "net")
    run.finish()
    assert info("artifact", "models/net.pt")["format"] == "torch state_dict"


def test_a_folder_of_model_files_is_one_model(run: Run, facts: Facts, info: Info) -> None:
    class Pretrained:
        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir()
            (folder / "config.json").write_text("{}")
            (folder / "model.safetensors").write_text("w")

    run.log_model(Pretrained(), "bert")
    run.register_model("bert", artifact="bert")
    run.finish()
    assert [row["key"] for row in facts("artifact")] == [
        "models/bert/config.json",
        "models/bert/model.safetensors",
    ]
    assert info("model", "bert")["artifact"] == "models/bert"
    assert len(info("model", "bert")["digest"]) == 64


def test_a_model_file_is_copied_not_opened(run: Run, tmp_path: Path, info: Info) -> None:
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    run.log_model("evil.pkl", "m")
    run.finish()
    assert info("artifact", "models/m.pkl")["type"] == "model"


def test_a_model_that_cannot_be_written_is_told(run: Run, facts: Facts) -> None:
    with pytest.warns(RunfolioWarning, match="model 'm'"):
        run.log_model(lambda: None, "m")
    with pytest.warns(RunfolioWarning, match="log_model"):
        run.register_model("m")
    run.finish()
    assert facts("artifact") == []
