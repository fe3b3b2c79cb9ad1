"""Everything of a run that is no metric: params, tags, notes, files, figures, data, models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runfolio.environment import seeds
from runfolio.environment.secrets import without_credentials
from runfolio.run import files, keep, numbers
from runfolio.run.files import NotTakenError
from runfolio.run.keep import KeptModel
from runfolio.run.names import UnfitAliasError, clean_alias, clean_text
from runfolio.run.params import fields_of, flatten
from runfolio.run.recorder import TEXT_LIMIT, Fact, Recorder, to_json
from runfolio.schema import Kind


class Values:
    """The methods of a run that record what is not a number over steps."""

    _recorder: Recorder
    _models: dict[str, KeptModel]

    def log_param(self, name: str, value: object) -> None:
        """Record one parameter; a dictionary or config object is recorded field by field."""
        with self._recorder.guard("The param", name):
            self._record_params(value, str(name))

    def log_params(self, params: object) -> None:
        """Record parameters: a dictionary or any config object.

        argparse's Namespace, dataclasses, attrs, pydantic, OmegaConf and nested dictionaries are
        understood; nested names are joined by dots. A param that is given again is corrected: the
        last value counts. Values under names of secrets are masked.
        """
        with self._recorder.guard("A call of log_params()"):
            if fields_of(params) is None:
                raise numbers.NotANumberError(
                    f"it got {numbers.kind_of(params)}; give a dictionary or a config object"
                )
            self._record_params(params, "")

    def _record_params(self, params: object, prefix: str) -> None:
        found = flatten(params, prefix)
        facts: list[Fact] = [(Kind.PARAM, one.key, None, one.value, one.text) for one in found]
        for start in range(0, len(facts), 100):
            self._recorder.facts(facts[start : start + 100])
        for one in found:
            if one.remark:
                cause = f"param:{one.key}"
                self._recorder.trouble.once(cause, f"The param {one.key!r} {one.remark}.")
        seed = seeds.seed_among((one.key, one.plain) for one in found)
        if seed is not None:
            self.record_seed(seed[1], seed[0], [])

    def record_seed(self, value: int, where: str, libraries: list[str]) -> None:
        """Record with which seed the run was made; called by ``seed_everything`` and for params."""
        facts = {"value": value, "where": where, "libraries": libraries}
        with self._recorder.guard("The seed", value):
            self._recorder.section("seed", {**facts, "hash_seed": seeds.hash_seed()})

    def set_tag(self, name: str, value: object = "") -> None:
        """Put a tag on the run, with a value or without; a later value replaces an earlier one."""
        with self._recorder.guard("The tag", name):
            text = "" if value is None else without_credentials(clean_text(str(value)))
            key = self._recorder.named(name, "tag")
            self._recorder.fact(Kind.TAG, key, text=text[:TEXT_LIMIT])

    def set_tags(self, tags: Mapping[str, object] | Iterable[str] | str) -> None:
        """Put several tags on the run: a dictionary, a list of names, or one name."""
        with self._recorder.guard("A call of set_tags()"):
            if isinstance(tags, str):
                tags = [tags]
            pairs = tags.items() if isinstance(tags, Mapping) else [(name, "") for name in tags]
            for name, value in pairs:
                self.set_tag(name, value)

    def remove_tag(self, name: str) -> None:
        """Take a tag off the run."""
        with self._recorder.guard("The tag", name):
            self._recorder.fact(Kind.UNTAG, self._recorder.named(name, "tag"))

    def note(self, markdown: str, name: str = "") -> None:
        """Write a note in Markdown; '' is the run's main note. A later text replaces it."""
        with self._recorder.guard("The note", name):
            text = clean_text(str(markdown))
            if len(text) > TEXT_LIMIT:
                self._recorder.trouble.once(
                    f"note:{name}", f"The note {name!r} was cut at {TEXT_LIMIT:,} characters."
                )
                text = text[:TEXT_LIMIT]
            key = self._recorder.named(name, "note") if name else ""
            self._recorder.fact(Kind.NOTE, key, text=text)

    # --- files

    def log_artifact(
        self,
        path: str | Path | None = None,
        name: str | None = None,
        type: str | None = None,
        *,
        uri: str | None = None,
        store: bool | None = None,
        digest: str | None = None,
        size: int | None = None,
        step: int | None = None,
        caption: str = "",
    ) -> None:
        """Keep a file under ``name`` (default: its own), or name one that stays where it is.

        ``type``: file, image, table, text, model, audio or html; told by the suffix if left out.
        A folder is kept with all its files. Contents are stored once, however often they are
        logged, and read in pieces, however large they are.

        ``store=False`` only refers to a file, with its digest and size: for what is too large to
        keep twice. ``uri`` instead of ``path`` refers to a file elsewhere; nothing is fetched
        (give ``digest``, a SHA-256, and ``size`` if you know them), unless ``store=True`` asks
        for its contents.
        """
        with self._recorder.guard("The artifact", _given(name, path, uri)):
            if path is None and uri is None:
                raise NotTakenError("neither a path nor a uri is given")
            source = str(uri if path is None else path)
            target = name or source.replace("\\", "/").rstrip("/").rpartition("/")[2]
            place = keep.place(target, step, caption)
            if path is None and store:
                keep.fetched(self._recorder, source, place, type, digest)
            elif path is None:
                keep.reference(self._recorder, source, place, type, digest=digest, size=size)
            elif Path(path).is_dir():
                keep.folder(self._recorder, Path(path), place.path, type, store=store is not False)
            elif store is False:
                local = files.named(Path(path)).path.absolute()
                keep.reference(self._recorder, str(local), place, type, digest=digest)
            else:
                keep.file(self._recorder, Path(path), place, type)

    def log_artifacts(
        self, folder: str | Path, name: str = "", *, store: bool | None = None
    ) -> None:
        """Keep all files below ``folder``, under the folder ``name`` of the run.

        Links that lead out of the folder are left out, with a warning; at most 10,000 files are
        taken. ``store=False`` only refers to them.
        """
        with self._recorder.guard("The folder", folder):
            keep.folder(self._recorder, Path(folder), name, store=store is not False)

    def log_text(self, text: str, name: str, *, step: int | None = None, caption: str = "") -> None:
        """Keep a text as the file ``name`` (``.txt`` is added if it has no suffix)."""
        with self._recorder.guard("The text", name):
            keep.text(self._recorder, str(text), keep.place(name, step, caption))

    def log_figure(
        self, figure: Any, name: str, *, step: int | None = None, caption: str = ""
    ) -> None:
        """Keep a figure of matplotlib (PNG), Altair (Vega-Lite and SVG) or Plotly (JSON).

        Name it ``x.svg``, ``x.pdf`` or ``x.jpg`` for another format of matplotlib.
        """
        with self._recorder.guard("The figure", name):
            keep.figure(self._recorder, figure, keep.place(name, step, caption))

    def log_image(
        self, image: Any, name: str, *, step: int | None = None, caption: str = ""
    ) -> None:
        """Keep an image: a path, PNG or JPEG bytes, a PIL image, or pixels.

        Pixels: an array or nested lists H×W, H×W×3 or H×W×4; floats from 0 to 1, integers from 0
        to 255. Needs no imaging library.
        """
        with self._recorder.guard("The image", name):
            keep.image(self._recorder, image, keep.place(name, step, caption))

    def log_table(
        self, table: Any, name: str, *, step: int | None = None, caption: str = ""
    ) -> None:
        """Keep a table as Parquet: rows (dictionaries), columns, a DataFrame, or Arrow.

        A column of several types becomes text.
        """
        with self._recorder.guard("The table", name):
            keep.table(self._recorder, table, keep.place(name, step, caption))

    def log_histogram(
        self,
        values: Any = None,
        name: str = "histogram",
        *,
        step: int | None = None,
        bins: int = 64,
        counts: Any = None,
        edges: Any = None,
    ) -> None:
        """Record how values are spread: a list, array or tensor, counted into ``bins``.

        Or give n ``counts`` and n + 1 ``edges`` that were counted elsewhere. Values that are not
        finite are counted apart.
        """
        with self._recorder.guard("The histogram", name):
            key = self._recorder.named(name, "histogram")
            keep.histogram(self._recorder, key, _step(step), values, counts, edges, bins)

    def log_confusion_matrix(
        self,
        y_true: Any,
        y_pred: Any,
        labels: Sequence[object] | None = None,
        *,
        name: str = "confusion",
        step: int | None = None,
    ) -> None:
        """Record how often each true label was taken for each predicted one.

        ``labels``: which ones and in which order; or names for classes that are numbered from 0.
        """
        with self._recorder.guard("The confusion matrix", name):
            key = self._recorder.named(name, "confusion matrix")
            keep.matrix(self._recorder, key, _step(step), y_true, y_pred, labels)

    # --- data and models

    def log_dataset(
        self,
        data: Any,
        name: str | None = None,
        *,
        role: str = "train",
        source: str = "",
        store: bool = False,
    ) -> None:
        """Record which data was used: a path, DataFrame, table, array or ``(X, y)``.

        Kept are name, role, digest (sha256, the same in every process), rows, columns and schema;
        the contents only with ``store``. The index of a DataFrame does not count.
        """
        with self._recorder.guard("The dataset", _given(name, "dataset")):
            if name is None:
                is_path = isinstance(data, str) or hasattr(data, "__fspath__")
                name = Path(data).name if is_path else role
            key = self._recorder.named(name, "dataset")
            keep.dataset(self._recorder, data, key, str(role), source, store=store)

    def log_model(self, model: Any, name: str = "model", *, caption: str = "") -> None:
        """Keep a model under ``models/``: a file, a folder, or the object itself.

        PyTorch modules are kept as their state_dict, transformers by save_pretrained, Keras,
        XGBoost and LightGBM in their own formats, scikit-learn by joblib, anything else as a
        pickle. runfolio never opens a pickle.
        """
        with self._recorder.guard("The model", name):
            self._models[name] = keep.model(self._recorder, model, name, caption)

    def register_model(self, name: str, *, alias: str = "", artifact: str | None = None) -> None:
        """Give a model of this run a name that people can ask for, and an alias (``best``).

        ``artifact``: the name given to ``log_model``, or a path among the artifacts; the model
        that was logged last if left out. Versions are counted when the store is read.
        """
        with self._recorder.guard("The registered model", name):
            logged = next(reversed(self._models.values()), None) if artifact is None else None
            if artifact is not None:
                logged = self._models.get(artifact) or keep.known(self._recorder, artifact)
            info = {
                "version": None,
                "alias": self._fit_alias(alias),
                "artifact": artifact if logged is None else logged.path,
                "digest": None if logged is None else logged.digest,
            }
            key = self._recorder.named(name, "model")
            self._recorder.fact(Kind.MODEL, key, text=to_json(info))
            if info["artifact"] is None:
                self._recorder.trouble.once(
                    f"model:{name}", f"The model {name!r} has no files; call log_model before."
                )
            elif logged is None:
                self._recorder.trouble.once(
                    f"model:{name}:{artifact}",
                    f"The model {name!r} names {artifact!r}, which was not logged here before.",
                )

    def _fit_alias(self, alias: object) -> str:
        if alias in (None, ""):
            return ""
        try:
            return clean_alias(alias)
        except UnfitAliasError as error:
            self._recorder.trouble.once(
                f"alias:{alias}", f"The alias {str(alias)!r} is not given: {error}."
            )
            return ""


def _given(*values: object) -> object:
    """The first that is not None."""
    return next((value for value in values if value is not None), "")


def _step(step: object) -> int | None:
    """A step that the store can hold, or None."""
    return None if step is None else numbers.as_step(step)
