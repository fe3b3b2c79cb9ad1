"""Parameters of any shape, flattened to dotted names and encoded as the facts want them."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

from runfolio.environment.secrets import MASK, is_secret, without_credentials
from runfolio.run.names import clean_name, clean_text
from runfolio.run.numbers import kind_of

DEPTH_LIMIT = 32
VALUE_LIMIT_BYTES = 64 << 10
COUNT_LIMIT = 10_000
_ARRAY_LIMIT = 1_000
_LIST_LIMIT = 100_000

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclasses.dataclass(frozen=True)
class Param:
    """One parameter as a fact: ``text`` is JSON, ``value`` the number if it is one.

    ``plain`` is the value as JSON types, before it was cut; ``remark`` tells what was changed.
    """

    key: str
    text: str
    value: float | None
    plain: object
    remark: str = ""


def fields_of(value: object) -> Mapping[Any, Any] | None:
    """The named fields of ``value``, or None if it is a single value.

    Understands mappings (OmegaConf's too), argparse and simple namespaces, dataclasses, attrs,
    pydantic models of both generations and named tuples.
    """
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type | enum.Enum):
        return None
    kind: Any = type(value)
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(kind, "__attrs_attrs__"):
        return {item.name: getattr(value, item.name) for item in kind.__attrs_attrs__}
    for listing in ("model_fields", "__pydantic_fields__", "__fields__", "_fields"):
        names = getattr(kind, listing, None)
        if isinstance(names, Mapping) or (names is not None and isinstance(value, tuple)):
            return {str(name): getattr(value, str(name)) for name in names}
    if kind.__name__ in ("Namespace", "SimpleNamespace"):
        return vars(value)
    return None


def _items(fields: Mapping[Any, Any]) -> Iterator[tuple[str, object]]:
    for key in fields:
        try:
            yield str(key), fields[key]
        except Exception as error:  # an interpolation that cannot be resolved, a lazy field
            yield str(key), f"<unreadable: {type(error).__name__}>"


@dataclasses.dataclass
class _Walk:
    """One pass over the params; knows the way down, so that it sees a cycle."""

    leaves: list[tuple[str, object, str]] = dataclasses.field(default_factory=list)
    path: dict[int, str] = dataclasses.field(default_factory=dict)

    def go(self, key: str, value: object) -> None:
        fields = fields_of(value)
        if fields is None or (key and not fields):
            plain, remark = plain_value(value, key)
            self.leaves.append((key, plain, remark))
        elif id(value) in self.path:
            above = self.path[id(value)] or "the params themselves"
            self.leaves.append((key, f"<cycle: {above}>", f"holds {above}, which holds it"))
        elif len(self.path) >= DEPTH_LIMIT:
            text = f"<deeper than {DEPTH_LIMIT} levels: {kind_of(value)}>"
            self.leaves.append((key, text, f"lies deeper than {DEPTH_LIMIT} levels"))
        else:
            self.path[id(value)] = key
            for name, inner in _items(fields):
                if len(self.leaves) > COUNT_LIMIT:
                    break
                self.go(f"{key}.{name}" if key else name, inner)
            del self.path[id(value)]


def plain_value(value: object, key: str = "") -> tuple[object, str]:
    """``value`` as JSON types and a remark if something was lost; secrets are masked."""
    if is_secret(key, value):
        return MASK, "" if value in ("", MASK) else "looks like a secret and was masked"
    try:
        return _plain(value, frozenset()), ""
    except Exception as error:  # a hostile __repr__ or a lazy object that cannot be read
        return f"<unreadable: {kind_of(value)}>", f"could not be read ({type(error).__name__})"


def _plain(value: object, above: frozenset[int]) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, str):
        return without_credentials(clean_text(str(value)))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Decimal | Fraction):
        return value
    if _is_list(value) or fields_of(value) is not None:
        return _container(value, above)
    return _foreign(value)


def _is_list(value: object) -> bool:
    singles = (str, bytes, bytearray, memoryview, range)
    return isinstance(value, Sequence | Set) and not isinstance(value, singles)


def _sorted(values: Iterable[Any]) -> list[object]:
    try:
        return sorted(values)
    except TypeError:  # values of several types
        return sorted(values, key=repr)


def _container(value: Any, above: frozenset[int]) -> object:
    if id(value) in above:
        return "<cycle>"
    if len(above) >= DEPTH_LIMIT:
        return f"<deeper than {DEPTH_LIMIT} levels>"
    above = above | {id(value)}
    fields = fields_of(value)
    if fields is not None:
        return {
            clean_text(name): MASK if is_secret(name, inner) else _plain(inner, above)
            for name, inner in _items(fields)
        }
    if len(value) > _LIST_LIMIT:
        return f"<{kind_of(value)} of {len(value):,} items>"
    return [_plain(item, above) for item in (_sorted(value) if isinstance(value, Set) else value)]


def _foreign(value: object) -> object:
    """What is no JSON type: arrays as lists if short, the rest as a text that does not vary."""
    size = getattr(value, "size", None)
    if callable(size):  # a tensor
        size = getattr(value, "numel", lambda: None)()
    if hasattr(value, "tolist") and hasattr(value, "dtype") and isinstance(size, int):
        if size <= _ARRAY_LIMIT:
            return _plain(value.tolist(), frozenset())
        shape = "×".join(map(str, getattr(value, "shape", ())))
        return f"<{kind_of(value)} {shape} {value.dtype}>"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if hasattr(value, "__fspath__"):
        return clean_text(str(value))
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{getattr(value, '__module__', None) or ''}.{value.__qualname__}".lstrip(".")
    text = _ADDRESS.sub("", without_credentials(clean_text(str(value))))
    return text


def _number(plain: object) -> float | None:
    if isinstance(plain, bool) or not isinstance(plain, int | float | Decimal | Fraction):
        return None
    try:
        return float(plain)
    except (OverflowError, ValueError):
        return None


def _jsonable(plain: object) -> object:
    """Python's own JSON knows no NaN, Decimal or Fraction: they become text inside of lists."""
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else str(plain)
    if isinstance(plain, Decimal | Fraction):
        return str(plain)
    if isinstance(plain, dict):
        return {key: _jsonable(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_jsonable(value) for value in plain]
    return plain


def encode(plain: object) -> tuple[str, float | None]:
    """The JSON text of a parameter and its number: infinities are the text ``"inf"``.

    Decimals are written with all their digits, fractions as the text ``"1/3"``.
    """
    number = _number(plain)
    if isinstance(plain, Decimal) and plain.is_finite():
        return str(plain), number
    return json.dumps(_jsonable(plain), ensure_ascii=False, allow_nan=False), number


def _param(key: str, plain: object, remark: str) -> Param:
    try:
        text, number = encode(plain)
    except ValueError:  # an int of more digits than Python writes
        plain, remark = f"<{kind_of(plain)} too long to write>", "is too long to write"
        text, number = encode(plain)
    size = len(text.encode("utf-8"))
    if size > VALUE_LIMIT_BYTES:
        start = plain if isinstance(plain, str) else text
        kept = start.encode("utf-8")[: VALUE_LIMIT_BYTES // 2].decode("utf-8", "ignore")
        text = json.dumps(f"{kept} … cut: {size:,} bytes", ensure_ascii=False)
        remark = f"has {size:,} bytes and was cut; use log_text or log_artifact for long values"
    cleaned = clean_name(key)
    if cleaned != key:
        remark = remark or f"was renamed to {cleaned!r}"
    return Param(cleaned, text, number, plain, remark)


def flatten(params: object, prefix: str = "") -> list[Param]:
    """All parameters in ``params`` (see ``fields_of``), nested ones under dotted names.

    At most 32 levels and 10,000 parameters; cycles are named instead of followed; secrets are
    masked and credentials removed from URLs; values above 64 KiB are cut.
    """
    walk = _Walk()
    walk.go(prefix, params)
    leaves = walk.leaves
    if len(leaves) > COUNT_LIMIT:
        rest = f"<only the first {COUNT_LIMIT:,} parameters are kept>"
        leaves = [*leaves[:COUNT_LIMIT], ("runfolio.cut", rest, "stands for parameters left out")]
    return [_param(key, plain, remark) for key, plain, remark in leaves]
