"""A real store for tests of the query room."""

from __future__ import annotations

from pathlib import Path

import pytest

from runfolio.store.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty store."""
    return Folder.create(tmp_path / "runs")
