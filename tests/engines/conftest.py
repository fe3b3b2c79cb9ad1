"""Engines for tests: each is asked in its own SQL, over the files that ``sql --files`` names.

Spark, Ray and Dask take minutes and packages that the other tests do without. Their tests are
skipped, and say so; `make engines` installs what they need (and Java), and demands that they pass.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.store.folder import Folder

from .stores import fill

DEMANDED = bool(os.environ.get("RUNFOLIO_ENGINES"))
HEAVY = {"pyspark", "ray", "distributed", "java"}


def need(*names: str) -> None:
    """Skip the test if a package is missing or takes minutes; fail it where they are demanded."""
    for name in names:
        missing = shutil.which("java") is None if name == "java" else not _installed(name)
        if missing and DEMANDED:
            pytest.fail(f"{name} is not installed: `make engines` installs it")
        if missing or (name in HEAVY and not DEMANDED):
            pytest.skip(f"{name}: `make engines` installs it and runs this test")


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Spark session on two cores of this machine, reachable from nowhere else."""
    need("pyspark", "java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    work = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2]")
        .appName("runfolio-tests")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(work / "warehouse"))
        .config("spark.local.dir", str(work))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ray with two workers of this machine; it keeps a key in the home of who starts it."""
    need("ray")
    home = os.environ.get("HOME", "")
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))
    import ray

    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        _node_ip_address="127.0.0.1",
    )
    os.environ["HOME"] = home
    yield ray
    ray.shutdown()


@pytest.fixture(scope="session")
def dask() -> Iterator[Any]:
    """A Dask cluster of two processes of this machine, which is the current one."""
    need("distributed")
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A store of parts; tests work on copies of it."""
    return fill(Folder.create(tmp_path_factory.mktemp("filled") / "runs"))


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of the person who runs the tests."""
    monkeypatch.chdir(tmp_path)
