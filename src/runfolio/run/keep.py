"""Rich values become artifacts: contents as blobs, and a fact that says what they are.

What draws, counts or hashes is imported when it is first needed, so that a run opens quickly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.run import files, png
from runfolio.run.names import clean_text, safe_path
from runfolio.run.numbers import as_step
from runfolio.run.recorder import Recorder, to_json
from runfolio.schema import Kind
from runfolio.store.blobs import Blob, digest_file
from runfolio.store.checkout import is_git


@dataclass(frozen=True)
class Place:
    """Where an artifact goes: its path in the run, the step and a caption for people."""

    path: str
    step: int | None = None
    caption: str = ""


def place(name: object, step: object = None, caption: str = "") -> Place:
    """The place for an artifact that a person calls ``name``; raises for unsafe names."""
    whole = None if step is None else as_step(step)
    return Place(safe_path(str(name)), whole, clean_text(str(caption)))


def with_suffix(name: str, suffix: str) -> str:
    """``name``, ending in ``suffix`` if it does not already."""
    return name if name.lower().endswith(suffix) else name + suffix


def contents(
    recorder: Recorder,
    data: bytes | Path | files.Found,
    place: Place,
    type: str,
    media_type: str = "",
    **more: object,
) -> str:
    """Store ``data`` as an artifact and return its digest; ``more`` goes into the fact's JSON."""
    path = safe_path(place.path)
    if isinstance(data, Path):
        data = files.named(data)
    size = None
    if type in ("image", "figure"):
        size = png.size_of(data[:65536] if isinstance(data, bytes) else files.head_of(data.open))
    blob = recorder.keep(data)
    _tell_changes(recorder, path, blob)
    info: dict[str, object] = {
        "digest": blob.digest,
        "type": type,
        "media_type": media_type or files.media_type_of(path),
    }
    if place.caption:
        info["caption"] = place.caption
    if size is not None:
        info |= {"width": size[0], "height": size[1]}
    info |= {key: value for key, value in more.items() if value is not None}
    recorder.artifact(path, info, float(blob.size), place.step)
    return blob.digest


def _tell_changes(recorder: Recorder, path: str, blob: Blob) -> None:
    if blob.changed:
        recorder.trouble.once(
            f"changed:{path}",
            f"The artifact {path!r} was written to while it was read, twice: first its digest was "
            f"{blob.first[:12]}…, then {blob.digest[:12]}…, which is what is recorded.",
        )


def file(recorder: Recorder, path: Path, place: Place, type: str | None = None) -> str:
    """Keep one file; returns its digest."""
    return contents(recorder, path, place, type or files.type_of(place.path))


def folder(
    recorder: Recorder, path: Path, prefix: str, type: str | None = None, *, store: bool = True
) -> list[str]:
    """Keep the files below a folder under ``prefix``; returns ``name digest`` lines.

    Without ``store`` they are only referred to. A file that cannot be taken is warned of, and the
    others are kept. Links that lead out of the folder, or to folders, are left out and told, and
    so is what git keeps in ``.git``.
    """
    if not path.is_dir():
        raise files.NotTakenError(f"{path} is no folder")
    kept: list[str] = []
    left = files.Left()
    seen: set[str] = set()
    number = 0
    for found in files.below(path, left):
        if any(map(is_git, found.name.split("/"))):
            recorder.trouble.once(f"git:{path}", f"The .git folder in {str(path)!r} is left out.")
            continue
        if number >= files.FILES_LIMIT:
            raise files.NotTakenError(f"more than {files.FILES_LIMIT:,} files; the first are kept")
        number += 1
        with recorder.guard("The artifact", found.name):
            files.regular(found.path)
            place = Place(_apart(f"{prefix}/{found.name}" if prefix else found.name, seen))
            if store:
                digest = contents(recorder, found, place, type or files.type_of(place.path))
            else:
                uri = found.path.absolute().as_posix()
                digest = _refer(recorder, uri, place, type, digest_file(uri, opener=found.open))
            kept.append(f"{found.name} {digest}")
    if left.links:
        names = ", ".join(map(repr, left.links[:3])) + (" …" if len(left.links) > 3 else "")
        recorder.trouble.once(
            f"links:{path}",
            f"Links in {str(path)!r} that lead out of it, or to folders, are not followed: {names}",
        )
    return kept


def _apart(name: str, seen: set[str]) -> str:
    """``name``, or another where it would take the place of a file of the same folder.

    Two names can differ in bytes that are no text, and be the same when these are mended.
    """
    path = safe_path(name)
    if path in seen:
        mark = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
        stem, dot, suffix = path.rpartition(".")
        path = f"{stem}~{mark}.{suffix}" if dot and "/" not in suffix else f"{path}~{mark}"
    seen.add(path)
    return path


def reference(
    recorder: Recorder,
    uri: str,
    place: Place,
    type: str | None = None,
    *,
    digest: str | None = None,
    size: int | None = None,
) -> None:
    """Name a file that stays where it is; with its digest if it lies on this machine.

    ``digest`` and ``size`` are what the caller knows of one that lies elsewhere.
    """
    local = files.local_path(uri)
    if local is not None and local.is_file():
        blob = digest_file(local)
        _tell_changes(recorder, place.path, blob)
        if digest and blob.digest != files.sha256_of(digest):
            raise files.NotTakenError(f"its digest is {blob.digest}, not the one given")
        _refer(recorder, uri, place, type, blob)
    else:
        known = None if digest is None else files.sha256_of(digest)
        _refer(recorder, uri, place, type, Blob(known or "", -1 if size is None else int(size)))


def _refer(recorder: Recorder, uri: str, place: Place, type: str | None, blob: Blob) -> str:
    """Record a reference; an empty digest and a negative size are not known."""
    path = safe_path(place.path)
    info: dict[str, object] = {
        "digest": blob.digest or None,
        "type": type or files.type_of(path),
        "media_type": files.media_type_of(path),
        "uri": without_credentials(uri),
    }
    if place.caption:
        info["caption"] = place.caption
    size = float(blob.size) if blob.size >= 0 else None
    recorder.artifact(path, info, size, place.step)
    return blob.digest


def fetched(
    recorder: Recorder, uri: str, place: Place, type: str | None = None, digest: str | None = None
) -> None:
    """Fetch a file from elsewhere and keep its contents; nothing if the digest is another."""
    from runfolio.store.fetch import pieces

    wanted = None if digest is None else files.sha256_of(digest)
    path = safe_path(place.path)
    blob = recorder.keep(pieces(uri), wanted)
    info = {
        "digest": blob.digest,
        "type": type or files.type_of(path),
        "media_type": files.media_type_of(path),
        "source": without_credentials(uri),
        **({"caption": place.caption} if place.caption else {}),
    }
    recorder.artifact(path, info, float(blob.size), place.step)


def text(recorder: Recorder, value: str, place: Place) -> None:
    """Keep a text as a file."""
    path = place.path if Path(place.path).suffix else f"{place.path}.txt"
    kind = "html" if path.lower().endswith((".html", ".htm")) else "text"
    data = value.encode("utf-8", "replace")
    contents(recorder, data, Place(path, place.step, place.caption), kind)


def figure(recorder: Recorder, value: Any, place: Place) -> None:
    """Keep a figure as the files that ``figures.draw`` makes of it."""
    from runfolio.run import figures

    suffix = Path(place.path).suffix.lower()
    stem = place.path.removesuffix(".json").removesuffix(".vl").removesuffix(".plotly")
    for drawing in figures.draw(value, suffix):
        if suffix in (".png", ".svg", ".pdf", ".jpg", ".html"):
            stem = place.path[: -len(suffix)]
        path = stem + drawing.suffix
        contents(
            recorder,
            drawing.data,
            Place(path, place.step, place.caption),
            "figure",
            drawing.media_type,
        )


def image(recorder: Recorder, value: Any, place: Place) -> None:
    """Keep an image: a path, the bytes of an image file, a PIL image, or an array of pixels."""
    if isinstance(value, str) or hasattr(value, "__fspath__"):
        path = Path(value)
        named = with_suffix(place.path, path.suffix.lower())
        contents(recorder, path, Place(named, place.step, place.caption), "image")
        return
    data, media_type = _image_bytes(recorder, value, place.path)
    suffix = ".jpg" if media_type == "image/jpeg" else f".{media_type.rpartition('/')[2]}"
    named = with_suffix(place.path, suffix)
    contents(recorder, data, Place(named, place.step, place.caption), "image", media_type)


def _image_bytes(recorder: Recorder, value: Any, name: str) -> tuple[bytes, str]:
    if isinstance(value, bytes | bytearray):
        media_type = png.media_type_of(bytes(value))
        if media_type is None:
            raise png.NotAnImageError("bytes that are no PNG, JPEG, GIF or WebP")
        return bytes(value), media_type
    if hasattr(value, "save") and hasattr(value, "mode"):
        return _pil_bytes(value), "image/png"
    data, remark = png.from_array(value)
    if remark:
        recorder.trouble.once(f"image:{name}", f"The image {name!r} {remark}.")
    return data, "image/png"


def _pil_bytes(image: Any) -> bytes:
    import io

    buffer = io.BytesIO()
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = image.convert("RGB")
    image.save(buffer, "PNG")
    return buffer.getvalue()


def table(recorder: Recorder, value: Any, place: Place) -> None:
    """Keep a table as Parquet."""
    from runfolio.run import tables

    made = tables.as_parquet(value)
    named = Place(with_suffix(place.path, ".parquet"), place.step, place.caption)
    contents(recorder, made.data, named, "table", rows=made.rows, columns=made.columns)


def histogram(
    recorder: Recorder, name: str, step: int | None, values: Any, counts: Any, edges: Any, bins: int
) -> None:
    """Keep a histogram, counted here or elsewhere."""
    from runfolio.run import distributions

    if counts is not None or edges is not None:
        found = distributions.counted(counts, edges)
    elif values is None:
        raise distributions.NotCountableError("neither values nor counts and edges are given")
    else:
        found = distributions.histogram(values, bins)
    recorder.fact(Kind.HISTOGRAM, name, step=step, text=to_json(found))


def matrix(
    recorder: Recorder,
    name: str,
    step: int | None,
    y_true: Any,
    y_pred: Any,
    labels: Sequence[object] | None,
) -> None:
    """Keep a confusion matrix."""
    from runfolio.run import distributions

    found = distributions.confusion(y_true, y_pred, labels)
    recorder.fact(Kind.MATRIX, name, step=step, text=to_json(found))


def dataset(
    recorder: Recorder, value: Any, name: str, role: str, source: str, *, store: bool
) -> None:
    """Keep the description of a dataset, and with ``store`` its contents."""
    from runfolio.run import datasets

    found = datasets.describe(value, store=store)
    blob = None
    if store and found.path is not None:
        blob = recorder.keep(found.path)
    elif store and found.data is not None:
        blob = recorder.keep(found.data)
    where = source or (str(value) if isinstance(value, str) or hasattr(value, "__fspath__") else "")
    info = {
        "role": role,
        "digest": found.digest,
        "rows": found.rows,
        "columns": found.columns,
        "schema": found.schema[:1000],
        "source": without_credentials(where),
        "blob": None if blob is None else blob.digest,
    }
    size = None if found.size is None else float(found.size)
    recorder.fact(Kind.DATASET, name, value=size, text=to_json(info))


@dataclass(frozen=True)
class KeptModel:
    """A model that was kept: its path among the artifacts, and a digest of all its files."""

    path: str
    digest: str | None


def model(recorder: Recorder, value: Any, name: str, caption: str) -> KeptModel:
    """Keep a model: a file, a folder of files, or an object that is written first."""
    if isinstance(value, str) or hasattr(value, "__fspath__"):
        return _model_files(recorder, Path(value), name, caption, None)
    import tempfile

    from runfolio.run import models

    with tempfile.TemporaryDirectory(prefix="runfolio-model-") as temporary:
        saved = models.save(value, Path(temporary))
        return _model_files(recorder, saved.path, name, caption, saved.format)


def _model_files(
    recorder: Recorder, path: Path, name: str, caption: str, format: str | None
) -> KeptModel:
    if path.is_dir():
        target = safe_path(f"models/{name}")
        lines = folder(recorder, path, target, "model")
        return KeptModel(target, _digest_of(lines))
    target = safe_path(with_suffix(f"models/{name}", "".join(path.suffixes[-1:]).lower()))
    place = Place(target, caption=caption)
    digest = contents(recorder, path, place, "model", "application/octet-stream", format=format)
    return KeptModel(target, digest)


def known(recorder: Recorder, path: str) -> KeptModel | None:
    """The file or folder that this process logged as ``path``, with its digest as it is now."""
    path = safe_path(path)
    if path in recorder.kept:
        return KeptModel(path, recorder.kept[path])
    start = f"{path}/"
    lines = [
        f"{name.removeprefix(start)} {digest}"
        for name, digest in list(recorder.kept.items())
        if name.startswith(start)
    ]
    return KeptModel(path, _digest_of(lines)) if lines else None


def _digest_of(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "replace")).hexdigest()
