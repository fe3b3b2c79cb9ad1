"""Metrics: the part of a run that must cost nothing."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import count
from typing import Any

from runfolio.run import numbers
from runfolio.run.recorder import Recorder
from runfolio.run.trouble import raised_by_signal, spoken
from runfolio.schema import Kind

_FLOATS = frozenset({float})
#: What a writer raises before anything is written.
_REFUSED = (TypeError, ValueError, OverflowError, struct.error)
_MANY_METRICS = 1_000


class Scalars:
    """The methods of a run that record numbers over steps."""

    _recorder: Recorder

    def __init__(self, recorder: Recorder, first_step: int) -> None:
        self._recorder = recorder
        self._points = recorder.writer.points
        self._layouts: set[tuple[str, ...]] = set()
        self._metrics: set[str] = set()
        self._steps = count(first_step)

    def log(
        self, metrics: Mapping[str, object], step: int | None = None, *, time_ns: int | None = None
    ) -> None:
        """Record numbers: ``run.log({"loss": 0.3, "val/accuracy": 0.9})``.

        ``step``: a whole number; without it each call takes the next one, counted from 0 or from
        the last step that was given. ``time_ns``: when it was measured, in nanoseconds since
        1970; now if left out. Nested dictionaries become ``a/b``. NumPy and PyTorch scalars,
        Decimal, Fraction and bool are numbers; NaN and infinities are kept. What is no number is
        left out with one warning, the rest of the call is recorded.
        """
        # The way of a call like those before it: names known, plain numbers, no look at each.
        values: tuple[Any, ...] | None = None
        try:
            names = tuple(metrics)
            if names in self._layouts and (step is None or type(step) is int):
                values = tuple(metrics.values())
                if not _FLOATS.issuperset(map(type, values)):
                    values = tuple(map(numbers.as_number, values))
        except Exception as error:  # whatever it is, the careful way below tells it
            if raised_by_signal(error):
                raise
            values = None
        if values is not None:
            try:
                if step is None:
                    self._points(next(self._steps), names, values, time_ns)
                else:
                    self._points(step, names, values, time_ns)
                    self._steps = count(step + 1)
                return
            except Exception as error:
                if raised_by_signal(error):
                    raise
                if not isinstance(error, _REFUSED):
                    self._tell_of(error)  # no second try: the writer may have written it
                    return
        with self._recorder.guard("A call of log()"):
            self._log_carefully(metrics, step, time_ns)

    def _tell_of(self, error: Exception) -> None:
        with self._recorder.guard("A call of log()"):
            raise error

    def _log_carefully(self, metrics: Mapping[str, object], step: Any, time_ns: int | None) -> None:
        if not isinstance(metrics, Mapping):
            raise numbers.NotANumberError(
                f"it got {numbers.kind_of(metrics)}; give a dictionary of names and numbers"
            )
        if self._recorder.closed:
            self._recorder.fact(Kind.METRIC, "")  # tells that the run is finished
        names: list[str] = []
        values: list[numbers.Number] = []
        clean = True
        for key, value in numbers.flat(metrics):
            name = self._recorder.named(key, "metric")
            try:
                number = numbers.as_number(value)
            except numbers.NotANumberError as error:
                self._recorder.trouble.once(
                    f"metric:{name}", f"The metric {name!r} is not recorded: it is {error}."
                )
                clean = False
                continue
            clean = clean and name == key
            names.append(name)
            values.append(number)
        if names:
            self._points(self._step_of(step), tuple(names), values, time_ns)
            self._learn(tuple(names), clean and tuple(metrics) == tuple(names))

    def _step_of(self, step: object) -> int:
        """The step of this call: the one given if it is a whole number, else the next one."""
        if step is not None:
            whole = numbers.as_step(step)
            if whole is not None:
                self._steps = count(whole + 1)
                return whole
            self._recorder.trouble.once(
                "step",
                f"The step {spoken(step, repr)} is no whole number of 64 bits; the next step is "
                "taken instead.",
            )
        return next(self._steps)

    def _learn(self, names: tuple[str, ...], clean: bool) -> None:
        """Remember names that need no second look."""
        if clean and len(self._layouts) < _MANY_METRICS:
            self._layouts.add(names)
        if len(self._metrics) <= _MANY_METRICS:
            self._metrics.update(names)
            if len(self._metrics) > _MANY_METRICS:
                self._recorder.trouble.once(
                    "many",
                    f"More than {_MANY_METRICS:,} different metric names; pages get hard to read. "
                    "Put changing parts such as file names into steps, params or a table.",
                )

    def log_metric(
        self, name: str, value: object, step: int | None = None, *, time_ns: int | None = None
    ) -> None:
        """Record one number; see ``log``."""
        if type(name) is not str:
            name = self._recorder.named(name, "metric")  # what is no text need not be a key either
        self.log({name: value}, step, time_ns=time_ns)

    def log_metrics(
        self, metrics: Mapping[str, object], step: int | None = None, *, time_ns: int | None = None
    ) -> None:
        """Record numbers; the same as ``log``."""
        self.log(metrics, step, time_ns=time_ns)
