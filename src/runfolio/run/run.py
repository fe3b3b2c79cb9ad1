"""The run: what a training script holds in its hand."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from runfolio.environment.command import entry
from runfolio.environment.secrets import without_credentials
from runfolio.errors import UsageError
from runfolio.run import active, ending
from runfolio.run.background import Background, record_source
from runfolio.run.identity import Identity
from runfolio.run.output import Output
from runfolio.run.recorder import Recorder, to_json
from runfolio.run.scalars import Scalars
from runfolio.run.uses import Uses
from runfolio.run.values import Values
from runfolio.schema import Kind

if TYPE_CHECKING:
    from runfolio.store.spool import Uploader

_WAIT_SECONDS = 2.0
_STATUSES = ("finished", "failed", "killed")


class Run(Scalars, Values, Uses):
    """One run of an experiment; made by ``runfolio.init``, used as a context or with ``finish``.

    No method that starts with ``log``, ``set``, ``note`` or ``register`` ever raises because of a
    value, a file, the disk or a missing package: it warns once (``RunfolioWarning``) and goes on.
    Safe in threads; a forked child may log and never finishes its parent's run.
    """

    def __init__(
        self,
        identity: Identity,
        recorder: Recorder,
        *,
        background: Background | None = None,
        output: bool = False,
        source: bool = False,
        before: active.OpenRun | None = None,
    ) -> None:
        super().__init__(recorder, identity.first_step)
        self._identity = identity
        self._models = {}
        self._background = background
        self._output = Output(self._record_line) if output else None
        self._source = source
        self._before = before
        self._uploader: Uploader | None = None
        self._ending = self._ended = False
        self._pid = os.getpid()
        self._clock = time.monotonic()

    # --- who it is

    @property
    def id(self) -> str:
        """The run's id in the store, such as ``20261121-081500-x7k2mq``."""
        return self._identity.id

    @property
    def name(self) -> str:
        """The name that people call it by."""
        return self._identity.name

    @property
    def experiment(self) -> str:
        """The experiment it belongs to."""
        return self._identity.experiment

    @property
    def group(self) -> str | None:
        """The group it was put in, or None."""
        return self._identity.group

    @property
    def parent(self) -> str | None:
        """The id of the run that it is a part of, or None."""
        return self._identity.parent

    @property
    def resumed(self) -> bool:
        """Whether it goes on where an earlier process stopped."""
        return self._identity.resumed

    @property
    def store(self) -> Path:
        """The store's folder."""
        return self._recorder.folder.path

    @property
    def finished(self) -> bool:
        """Whether it was finished in this process."""
        return self._recorder.closed

    @property
    def pending(self) -> int:
        """How many facts wait in memory since the disk refuses them (0 on a good day)."""
        return self._recorder.writer.pending

    def __repr__(self) -> str:
        state = "finished" if self.finished else "open"
        return f"<runfolio.Run {self.id} {self.name!r} of {self.experiment!r}, {state}>"

    # --- its life

    def begin(self) -> None:
        """Listen to the output, learn the surroundings, watch for the end; called by ``init``."""
        if self._output is not None:
            self._output.start()
        if self._background is not None:
            self._background.start()
        active.enter(self)
        ending.process_end.watch()

    def upload_with(self, uploader: Uploader) -> None:
        """Send the run to the store elsewhere while it goes on; called by ``init``."""
        self._uploader = uploader
        uploader.start()

    def _record_line(self, stream: str, number: int, line: str) -> None:
        if not self._recorder.closed:
            text = without_credentials(line)
            self._recorder.fact(Kind.OUTPUT, stream, step=number, text=text)

    def finish(
        self,
        status: str = "finished",
        *,
        exit_code: int | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """End the run: finished, failed or killed. A second call does nothing.

        Waits at most 2 seconds for the surroundings to be learnt, then seals what was written.
        In a forked child it does nothing: the run is the parent's to finish.
        """
        if status not in _STATUSES:
            raise UsageError(
                f"finish({status!r}): a run ends finished, failed or killed.",
                hint="Call finish() with nothing for a run that went well.",
            )
        if self._recorder.closed or os.getpid() != self._pid:
            return
        if exit_code is None:
            exit_code = {"finished": 0, "failed": 1}.get(status)
        if self._ending:
            if status == "killed":  # SIGTERM came in the middle of finish(), and is the end of it
                self._record_end(status, exit_code, exception)
            return
        self._ending = True
        self._stop_listening()
        with self._recorder.guard("The end of the run", self.id):
            self._record_end(status, exit_code, exception)
        self._close()

    def _stop_listening(self) -> None:
        steps: list[Callable[[], None]] = []
        if self._background is not None:
            background = self._background
            steps.append(lambda: background.stop(_WAIT_SECONDS))
        if self._source and entry() in ("notebook", "interactive"):
            # Cells were run since the start; the last record of the source counts.
            steps.append(lambda: record_source(self._recorder))
        if self._output is not None:
            steps.append(self._output.stop)
        for step in steps:
            with self._recorder.guard("The end of the run", self.id):
                step()

    def _record_end(
        self, status: str, exit_code: int | None, exception: BaseException | None
    ) -> None:
        if self._ended:
            return
        self._ended = True
        info = {
            "exit_code": exit_code,
            "exception": ending.describe(exception),
            "dropped": getattr(self._recorder.writer, "dropped", 0),
        }
        seconds = time.monotonic() - self._clock
        self._recorder.fact(Kind.END, status, value=seconds, text=to_json(info))

    def _close(self) -> None:
        self._layouts.clear()  # from here on log() takes the careful way, which tells it
        self._recorder.closed = True
        active.leave(self, self._before)
        with self._recorder.guard("The end of the run", self.id):
            self._recorder.writer.close()
        if self._uploader is not None:
            with self._recorder.guard("The upload of the run", self.id):
                self._uploader.finish()
        ending.process_end.rest()

    def __enter__(self) -> Run:
        """The run itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the run: failed with the exception if there was one. The exception goes on."""
        status, code = ending.verdict(error)
        self.finish(status, exit_code=code, exception=error)
