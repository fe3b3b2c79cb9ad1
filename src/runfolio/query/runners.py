"""Who computes the index: this process, several, or the workers of Ray, Spark or Dask.

The heavy step is one pure function over a bucket of whole runs (``ingest.build_segment``). A
runner calls it for each job, wherever and in whatever order it likes, and hands back the answers;
since the function is pure, they are the same everywhere. All workers must see the store's folder
under the same path and have runfolio installed.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import secrets
import shutil
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.errors import MissingPackageError, RunfolioError

if TYPE_CHECKING:
    from runfolio.query.index import Job, Runner

#: What came of a job: "done" and the answer; or "changed", "failed" or "bug" and what is wrong.
Outcome = tuple[str, str]
_SAME_PATH = "All workers must see the store under the same path, and may write to its .runfolio."

RUNNERS = ("process", "ray", "spark", "dask")


def runner(name: str, workers: int | None = None) -> Runner:
    """The runner of this name; MissingPackageError without its package.

    ``workers``: how many processes at once on this machine (as many as it has cores for None).
    Where a cluster is named by its own means (RAY_ADDRESS, spark-submit or SPARK_REMOTE,
    DASK_SCHEDULER_ADDRESS) the jobs go there instead.
    """
    made: dict[str, tuple[str, Callable[[Sequence[Job], int], Generator[Outcome]]]] = {
        "process": ("concurrent.futures", _process),
        "ray": ("ray", _ray),
        "spark": ("pyspark", _spark),
        "dask": ("distributed", _dask),
    }
    package, run = made[name]
    if importlib.util.find_spec(package) is None:
        raise MissingPackageError(
            f"The runner {name} needs the package {package}, which is not installed.",
            hint=f"pip install 'runfolio[{name}]'",
        )
    number = workers or _cores()

    def answers(jobs: Sequence[Job]) -> Iterator[str]:
        if jobs:
            with closing(run(jobs, number)) as outcomes:  # ends the workers, whatever happens
                yield from map(_answer, outcomes)

    return answers


def attempt(task: str, out: str) -> Outcome:
    """Do one job in a worker. The file appears whole, also if a job is done twice or killed."""
    import duckdb

    from runfolio.query.ingest import build_segment
    from runfolio.store.reading import ChangedError

    temp = f"{out}.{secrets.token_hex(4)}"
    try:
        answer = json.loads(build_segment(task, temp))
        Path(temp).replace(out)
        return "done", json.dumps({**answer, "out": out})
    except ChangedError as error:
        return "changed", str(error)
    except (OSError, duckdb.Error) as error:
        return "failed", str(error)
    except Exception:
        return "bug", traceback.format_exc()


def _answer(outcome: Outcome) -> str:
    """The answer of a job; what went wrong in a worker is raised here."""
    from runfolio.store.reading import ChangedError

    kind, told = outcome
    if kind == "changed":
        raise ChangedError(told)
    if kind == "failed":
        reason = told.split("\n")[0]
        raise RunfolioError(f"A worker could not write the index: {reason}", hint=_SAME_PATH)
    if kind == "bug":
        raise RuntimeError(f"a worker failed:\n{told}")
    return told


@contextmanager
def _starting(name: str) -> Iterator[None]:
    """Say in one line that workers could not be had."""
    try:
        yield
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise RunfolioError(f"{name} could not be started: {reason}") from error


def _process(jobs: Sequence[Job], workers: int) -> Generator[Outcome]:
    """New processes of this machine, each with one job at a time."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        try:  # a worker may die while others are still given their work
            waiting = [pool.submit(attempt, job.task, job.out) for job in jobs]
            for done in as_completed(waiting):
                yield done.result()
        except BrokenProcessPool:
            raise RunfolioError(
                "A process that computed the index was killed, perhaps for want of memory.",
                hint="Take fewer at once: --workers 1",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _ray(jobs: Sequence[Job], workers: int) -> Generator[Outcome]:
    """Tasks of a Ray cluster (RAY_ADDRESS), or of one that is started here."""
    import ray

    started = not ray.is_initialized()
    if started:
        local: dict[str, Any] = {"address": "local", "num_cpus": workers}
        local |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
        options = {} if os.environ.get("RAY_ADDRESS") else local
        with _starting("Ray"):
            ray.init(log_to_driver=False, logging_level=logging.WARNING, **options)
    try:
        work = ray.remote(num_cpus=1)(attempt)
        waiting = [work.remote(job.task, job.out) for job in jobs]
        while waiting:
            done, waiting = ray.wait(waiting)
            yield from ray.get(done)
    finally:
        if started:
            ray.shutdown()


def _spark(jobs: Sequence[Job], workers: int) -> Generator[Outcome]:
    """Tasks of the Spark session that is active or configured, or of a local one."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    with _starting("Spark"):
        session = active or _spark_session(workers)
    try:
        tasks = [(job.task, job.out) for job in jobs]
        spread = session.sparkContext.parallelize(tasks, len(tasks))
        yield from spread.map(lambda task: attempt(*task)).collect()
    finally:
        if active is None:
            session.stop()


def _spark_session(workers: int) -> Any:
    """A session as configured outside; on this machine alone where nothing is configured."""
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise RuntimeError("there is no Java; on Debian, apt-get install default-jre-headless")
    builder: Any = SparkSession.builder.appName("runfolio index")
    configured = "PYSPARK_SUBMIT_ARGS" in os.environ or SparkConf().contains("spark.master")
    if not configured:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = (
            builder.master(f"local[{workers}]")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
        )
    return builder.getOrCreate()


def _dask(jobs: Sequence[Job], workers: int) -> Generator[Outcome]:
    """Tasks of a Dask cluster (DASK_SCHEDULER_ADDRESS or the current client), or of a local one."""
    from distributed import as_completed

    with ExitStack() as stack:
        with _starting("Dask"):
            client = _dask_client(stack, min(workers, len(jobs)))
        tasks, outs = [job.task for job in jobs], [job.out for job in jobs]
        for done in as_completed(client.map(attempt, tasks, outs, pure=False)):
            yield done.result()


def _dask_client(stack: ExitStack, workers: int) -> Any:
    from distributed import Client, LocalCluster, get_client

    with suppress(ValueError):  # there is none
        return get_client()
    if os.environ.get("DASK_SCHEDULER_ADDRESS"):
        return stack.enter_context(Client())
    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    return stack.enter_context(Client(stack.enter_context(cluster)))


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
