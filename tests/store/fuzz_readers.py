"""Atheris over the readers: `python fuzz_readers.py CORPUS [libFuzzer's options]`.

Whatever is no clear error is a finding: the exception goes out, and atheris keeps the bytes.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["runfolio.store"]):
    import reading_bytes


def one(data: bytes) -> None:
    """Read these bytes as what their first one says."""
    if data[:1] in reading_bytes.READERS:
        reading_bytes.answer(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
