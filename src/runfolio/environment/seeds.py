"""Seeds: set in one call, and recognised among the parameters of a run."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterable

_NAMES = ("seed", "random_seed", "random_state", "rng_seed", "manual_seed", "global_seed")
_LIMIT = 1 << 32  # NumPy takes no larger seed


def seed_libraries(value: int) -> list[str]:
    """Seed every random generator that this process has loaded and return their names.

    ``random`` always; NumPy, PyTorch (with its GPUs) and TensorFlow if they are imported. None
    of them is imported for this. NumPy and TensorFlow get the seed modulo 2**32.
    """
    random.seed(value)
    seeded = ["random"]
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(value % _LIMIT)
        seeded.append("numpy")
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(value)
        seeded.append("torch")
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        tensorflow.random.set_seed(value % _LIMIT)
        seeded.append("tensorflow")
    return seeded


def hash_seed() -> str:
    """The environment's PYTHONHASHSEED, '' where hashes of text differ from run to run."""
    return os.environ.get("PYTHONHASHSEED", "")


def seed_among(params: Iterable[tuple[str, object]]) -> tuple[str, int] | None:
    """Name and value of the parameter that is the seed, or None.

    ``seed`` is preferred to ``train.random_state``: first the usual names, then the shorter one.
    """
    found: list[tuple[int, int, str, int]] = []
    for name, value in params:
        last = name.rpartition(".")[2].lower()
        if last in _NAMES and isinstance(value, int) and not isinstance(value, bool):
            found.append((_NAMES.index(last), len(name), name, value))
    if not found:
        return None
    _, _, name, value = min(found)
    return name, value
