"""A decorator that makes every call of a function a run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from runfolio.run import active
from runfolio.run.numbers import NotANumberError, as_number, flat
from runfolio.run.run import Run
from runfolio.run.start import init

P = ParamSpec("P")
R = TypeVar("R")


@overload
def track(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def track(
    function: str | None = None, /, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def track(function: Any = None, /, **options: Any) -> Any:
    """Make each call of a function a run: ``@runfolio.track(experiment="digits")``.

    Arguments become params (``self`` is left out), numbers of a returned dictionary become
    metrics; the value is returned as it is. ``options`` are those of ``init``; without an
    experiment the function's name is taken. A call inside of a run is a part of that run.
    Coroutine functions are tracked as well.
    """
    if callable(function):
        return _tracked(function, options)
    if function is not None:
        options = {"experiment": function, **options}
    return lambda inner: _tracked(inner, options)


def _tracked(function: Callable[..., Any], options: Mapping[str, Any]) -> Callable[..., Any]:
    import inspect

    signature = inspect.signature(function)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            with _run_of(function, signature.bind(*args, **kwargs), options) as run:
                result = await function(*args, **kwargs)
                _record(run, result)
                return result

        return call_async

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with _run_of(function, signature.bind(*args, **kwargs), options) as run:
            result = function(*args, **kwargs)
            _record(run, result)
            return result

    return call


def _run_of(function: Callable[..., Any], bound: Any, options: Mapping[str, Any]) -> Run:
    bound.apply_defaults()
    arguments = {name: value for name, value in bound.arguments.items() if name != "self"}
    settings: dict[str, Any] = {
        "experiment": function.__name__,
        "nested": active.active() is not None,
        **options,
    }
    given = settings.pop("params", None)
    run = init(**settings)
    run.log_params(arguments)
    if given is not None:
        run.log_params(given)
    return run


def _record(run: Run, result: object) -> None:
    """The numbers of a returned dictionary as metrics; other values belong to the caller."""
    if not isinstance(result, Mapping):
        return
    numbers: dict[str, object] = {}
    for name, value in flat(result):
        try:
            numbers[name] = as_number(value)
        except NotANumberError:
            continue
    if numbers:
        run.log(numbers)
