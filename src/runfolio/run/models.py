"""Models as files: written by their own library where it has a way, else pickled.

runfolio writes pickles if it must and never opens one: reading a pickle runs the code in it.
"""

from __future__ import annotations

import importlib
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.run.numbers import kind_of
from runfolio.run.trouble import NotRecordedError


class NotAModelError(NotRecordedError):
    """The object cannot be written; the message says why."""


@dataclass(frozen=True)
class Saved:
    """Where a model was written (a file, or a folder of files) and in which format."""

    path: Path
    format: str


def save(model: Any, folder: Path) -> Saved:
    """Write ``model`` into the empty ``folder``.

    transformers and the like: ``save_pretrained``. PyTorch: the ``state_dict``. Keras, XGBoost,
    LightGBM, CatBoost: their own files. scikit-learn: joblib. Anything else: pickle.
    """
    try:
        return _save(model, folder)
    except Exception as error:
        raise NotAModelError(f"{kind_of(model)} ({type(error).__name__}: {error})") from error


def _save(model: Any, folder: Path) -> Saved:
    library = type(model).__module__.partition(".")[0]
    torch = sys.modules.get("torch")
    if hasattr(model, "save_pretrained"):
        target = folder / "model"
        model.save_pretrained(target)
        return Saved(target, "save_pretrained")
    if torch is not None and hasattr(model, "state_dict"):
        torch.save(model.state_dict(), folder / "model.pt")
        return Saved(folder / "model.pt", "torch state_dict")
    if library in ("keras", "tensorflow", "tf_keras"):
        model.save(folder / "model.keras")
        return Saved(folder / "model.keras", "keras")
    if library in ("xgboost", "lightgbm", "catboost") and hasattr(model, "save_model"):
        target = folder / ("model.ubj" if library == "xgboost" else f"model.{library}")
        model.save_model(str(target))
        return Saved(target, library)
    if library == "sklearn":
        joblib = importlib.import_module("joblib")
        joblib.dump(model, folder / "model.joblib")
        return Saved(folder / "model.joblib", "joblib")
    with (folder / "model.pkl").open("wb") as file:
        pickle.dump(model, file, protocol=5)
    return Saved(folder / "model.pkl", "pickle")
