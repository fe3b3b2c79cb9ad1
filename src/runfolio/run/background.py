"""One quiet thread for each run: learns the slow facts first, then samples the machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from runfolio.config import CaptureConfig
from runfolio.environment import command, git, host, packages, source
from runfolio.environment.usage import Usage
from runfolio.run.recorder import Fact, Recorder
from runfolio.schema import Kind

FIRST_SAMPLE_SECONDS = 1.0


def record_source(recorder: Recorder) -> None:
    """Record the script, or what was run in the notebook until now."""
    found = source.current()
    if found is not None:
        digest = recorder.keep(found.data).digest
        recorder.section("source", {"path": found.path, "digest": digest, "kind": found.kind})


def record_git(recorder: Recorder, *, diff: bool) -> None:
    """Record commit, branch, remote and changes; nothing outside a repository."""
    state = git.code_state(host.working_folder(), command.script(), diff=diff)
    if not state.facts:
        return
    digest = None if state.diff is None else recorder.keep(state.diff).digest
    recorder.section("git", {**state.facts, "diff_digest": digest})


class Background(threading.Thread):
    """Records the surroundings of a run and samples of the machine until ``stop``."""

    def __init__(self, recorder: Recorder, capture: CaptureConfig, *, first: bool) -> None:
        super().__init__(name=f"runfolio {recorder.run_id}", daemon=True)
        self._recorder = recorder
        self._capture = capture
        self._first = first
        self._ended = threading.Event()

    def run(self) -> None:
        """The thread's work; an error in one part leaves the others."""
        for part in self._parts():
            try:
                part()
            except Exception:  # the surroundings are never worth a warning in a training
                continue
        if self._capture.system:
            try:
                self._sample()
            except Exception:
                return

    def _parts(self) -> list[Callable[[], None]]:
        """The sections to record; code and packages are told by the first rank alone."""
        capture, recorder = self._capture, self._recorder
        parts: list[tuple[bool, Callable[[], None]]] = [
            (capture.host, lambda: recorder.section("host", host.facts())),
            (capture.command, lambda: recorder.section("command", command.facts())),
            (
                capture.command or capture.packages,
                lambda: recorder.section("python", host.python()),
            ),
            (capture.git and self._first, lambda: record_git(recorder, diff=capture.diff)),
            (capture.source and self._first, lambda: record_source(recorder)),
            (
                capture.packages and self._first,
                lambda: recorder.section("packages", packages.installed()),
            ),
        ]
        return [part for wanted, part in parts if wanted]

    def _sample(self) -> None:
        seconds = self._capture.system_seconds
        if self._ended.wait(min(FIRST_SAMPLE_SECONDS, seconds) / 2):
            return  # a run of a blink: sensors are not worth their start
        usage = Usage()
        pause = min(FIRST_SAMPLE_SECONDS, seconds) / 2
        due = time.monotonic()
        while not self._ended.wait(pause):
            self._record(usage.sample())
            due = max(due + seconds, time.monotonic())
            pause = max(due - time.monotonic(), 0.1 * seconds)
        self._record(usage.sample())

    def _record(self, found: dict[str, float]) -> None:
        facts: list[Fact] = [(Kind.SYSTEM, key, None, value, None) for key, value in found.items()]
        self._recorder.facts(facts)

    @property
    def idle(self) -> bool:
        """Whether everything is switched off, so that the thread need not start."""
        return not self._capture.system and not self._parts()

    def stop(self, seconds: float) -> None:
        """End the thread; waits at most ``seconds`` for what it is just learning."""
        self._ended.set()
        if self.is_alive() and threading.current_thread() is not self:
            self.join(seconds)
