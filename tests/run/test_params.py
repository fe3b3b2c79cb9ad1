"""log_params(): configs of every kind, flattened, encoded exactly, and without secrets."""

from __future__ import annotations

import argparse
import dataclasses
import enum
import json
import math
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from runfolio.run.run import Run
from runfolio.run.trouble import RunfolioWarning

from .conftest import Facts

Logged = Callable[..., dict[str, tuple[str, float | None]]]


@pytest.fixture
def logged(run: Run, facts: Facts) -> Logged:
    """Log params and read back a map of key to text and value."""

    def log(params: object) -> dict[str, tuple[str, float | None]]:
        run.log_params(params)
        run.finish()
        return {row["key"]: (row["text"], row["value"]) for row in facts("param")}

    return log


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Optimizer:
    lr: float = 0.1
    betas: tuple[float, float] = (0.9, 0.999)


Pair = namedtuple("Pair", "first second")


class OmegaConf(Mapping[str, Any]):
    """A mapping whose values are resolved on access, and may fail to."""

    def __init__(self, **values: Any) -> None:
        self.values_ = values

    def __getitem__(self, key: str) -> Any:
        if self.values_[key] == "${missing}":
            raise KeyError("InterpolationKeyError: missing")
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


@pytest.mark.parametrize(
    "config",
    [
        {"model": {"lr": 0.1}},
        argparse.Namespace(model={"lr": 0.1}),
        SimpleNamespace(model=SimpleNamespace(lr=0.1)),
        OmegaConf(model=OmegaConf(lr=0.1)),
    ],
    ids=lambda config: type(config).__name__,
)
def test_configs_of_many_kinds_become_dotted_names(logged: Logged, config: object) -> None:
    assert logged(config) == {"model.lr": ("0.1", 0.1)}


def test_dataclasses_attrs_pydantic_and_named_tuples_are_configs(logged: Logged) -> None:
    attrs = pytest.importorskip("attrs")
    pydantic = pytest.importorskip("pydantic")
    attrs_config = attrs.make_class("AttrsConfig", {"depth": attrs.field(default=3)})
    pydantic_config = pydantic.create_model("PydanticConfig", width=(int, 64))
    found = logged(
        {"o": Optimizer(), "a": attrs_config(), "p": pydantic_config(), "n": Pair(1, "x")}
    )
    assert found["o.lr"] == ("0.1", 0.1)
    assert found["o.betas"] == ("[0.9, 0.999]", None)
    assert found["a.depth"] == ("3", 3.0)
    assert found["p.width"] == ("64", 64.0)
    assert (found["n.first"], found["n.second"]) == (("1", 1.0), ('"x"', None))


@pytest.mark.parametrize(
    ("value", "text", "number"),
    [
        (1, "1", 1.0),
        (0.1, "0.1", 0.1),
        (-0.0, "-0.0", -0.0),
        (math.inf, '"inf"', math.inf),
        (-math.inf, '"-inf"', -math.inf),
        (True, "true", None),
        (None, "null", None),
        ("", '""', None),
        ("0.1", '"0.1"', None),
        ("a\x00b", '"a\\u0000b"', None),
        ("naïve 👩‍👧", '"naïve 👩‍👧"', None),
        (2**70, str(2**70), float(2**70)),
        (10**400, "1" + "0" * 400, None),
        (Decimal("0.10"), "0.10", 0.1),
        (Fraction(1, 4), '"1/4"', 0.25),
        (numpy.float32(0.5), "0.5", 0.5),
        (numpy.arange(3), "[0, 1, 2]", None),
        (numpy.zeros((100, 100)), '"<numpy.ndarray 100×100 float64>"', None),
        ([1, "a", None, math.nan], '[1, "a", null, "nan"]', None),
        ((1, 2), "[1, 2]", None),
        ({3, 10, 9}, "[3, 9, 10]", None),
        ([{"lr": 1}], '[{"lr": 1}]', None),
        ({}, "{}", None),
        (Colour.RED, '"RED"', None),
        (Path("/data/x.csv"), '"/data/x.csv"', None),
        (b"ab\xff", '"ab\\\\xff"', None),
        (len, '"builtins.len"', None),
        (range(10**9), '"range(0, 1000000000)"', None),
    ],
)
def test_values_are_written_as_json_with_their_number(
    logged: Logged, value: object, text: str, number: float | None
) -> None:
    found = logged({"x": value})["x"]
    assert found[0] == text
    assert str(found[1]) == str(number)


def test_nan_is_text_and_number(logged: Logged) -> None:
    text, number = logged({"x": math.nan})["x"]
    assert text == '"nan"'
    assert number is not None and math.isnan(number)


def test_objects_are_written_without_their_address(logged: Logged) -> None:
    assert logged({"x": object()})["x"] == ('"<object object>"', None)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("password", "hunter2", '"***"'),
        ("db.password", 123456, '"***"'),
        ("HF_TOKEN", "abc", '"***"'),
        ("api_key", "abc", '"***"'),
        ("apiKey", "abc", '"***"'),
        ("authToken", "abc", '"***"'),
        ("credentials", ["abc"], '"***"'),
        ("dsn", "abc", '"***"'),
        ("tokenizer", "bert-base", '"bert-base"'),
        ("max_tokens", 512, "512"),
        ("pad_token", "<pad>", '"<pad>"'),
        ("author", "Ada", '"Ada"'),
        ("passes", "two", '"two"'),
        ("token_dropout", 0.1, "0.1"),
        ("use_auth", True, "true"),
    ],
)
@pytest.mark.filterwarnings("ignore::runfolio.run.trouble.RunfolioWarning")
def test_secrets_are_masked_and_settings_are_not(
    logged: Logged, key: str, value: object, kept: str
) -> None:
    assert logged({key: value})[key][0] == kept


@pytest.mark.filterwarnings("ignore::runfolio.run.trouble.RunfolioWarning")
def test_secrets_are_masked_at_every_depth(logged: Logged) -> None:
    found = logged({"servers": [{"host": "a", "password": "b"}], "auth": {"user": "ada"}})
    assert json.loads(found["servers"][0]) == [{"host": "a", "password": "***"}]
    assert found["auth.user"][0] == '"***"'


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://ada:hunter2@example.com/r.git", "https://example.com/r.git"),
        ("postgres://ada:p/a?s@db/x", "postgres://db/x"),
        ("http://localhost:8080/a@b", "http://localhost:8080/a@b"),
        ("s3://bucket/key@v1", "s3://bucket/key@v1"),
        ("git@example.com:ada/r.git", "git@example.com:ada/r.git"),
        ("host=db password=hunter2 port=1", "host=db password=*** port=1"),
        ("hf_" + "a" * 34, "***"),
    ],
)
def test_credentials_are_taken_out_of_values(logged: Logged, url: str, kept: str) -> None:
    assert json.loads(logged({"data": url})["data"][0]) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Namespace(password='a b', lr=0.1)", "Namespace(password='***', lr=0.1)"),
        ("{'api_key': 'abc', 'lr': 1}", "{'api_key': '***', 'lr': 1}"),
        ('{"db": {"password":"x"}}', '{"db": {"password":"***"}}'),
        ("password: hunter2", "password: ***"),
        ("AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=***"),
        ('DB_PASSWORD="a b" train.py', 'DB_PASSWORD="***" train.py'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("max_tokens=512 token: the, key=3", "max_tokens=512 token: the, key=3"),
    ],
)
def test_credentials_inside_of_texts_are_removed(logged: Logged, text: str, kept: str) -> None:
    assert json.loads(logged({"text": text})["text"][0]) == kept


def test_long_texts_are_searched_in_one_pass(logged: Logged) -> None:
    text = "a" * 60_000 + "://"  # took minutes when each letter could begin an address
    assert json.loads(logged({"text": text})["text"][0]) == text


def test_a_masked_value_is_told_by_its_name_alone(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="db.password") as caught:
        run.log_param("db.password", "hunter2")
    assert "hunter2" not in str(caught[0].message)


def test_cycles_are_named(logged: Logged) -> None:
    config: dict[str, Any] = {"a": {"b": {}}}
    config["a"]["b"]["up"] = config["a"]
    config["list"] = [1]
    config["list"].append(config["list"])
    with pytest.warns(RunfolioWarning, match="a.b.up"):
        found = logged(config)
    assert found["a.b.up"][0] == '"<cycle: a>"'
    assert found["list"][0] == '[1, "<cycle>"]'


def test_depth_ends_at_32(logged: Logged) -> None:
    config: dict[str, Any] = {}
    inner = config
    for _ in range(100):
        inner["k"] = {}
        inner = inner["k"]
    with pytest.warns(RunfolioWarning, match="32 levels"):
        found = logged(config)
    assert list(found) == [".".join(["k"] * 32)]


def test_the_same_object_twice_is_no_cycle(logged: Logged) -> None:
    shared = {"lr": 1}
    assert set(logged({"a": shared, "b": shared})) == {"a.lr", "b.lr"}


def test_long_values_are_cut_with_a_warning(logged: Logged) -> None:
    with pytest.warns(RunfolioWarning, match="65,"):
        found = logged({"text": "é" * 32_768, "short": "x" * 60_000})
    assert len(found["text"][0]) < 40_000
    assert json.loads(found["text"][0]).startswith("é")
    assert len(found["short"][0]) == 60_002


def test_ten_thousand_params_are_enough(logged: Logged) -> None:
    with pytest.warns(RunfolioWarning, match="left out"):
        found = logged({f"p{number}": number for number in range(12_000)})
    assert len(found) == 10_001


def test_unreadable_values_are_named_and_the_rest_is_kept(logged: Logged) -> None:
    class Evil:
        def __str__(self) -> str:
            raise RuntimeError("no")

    with pytest.warns(RunfolioWarning, match="'evil'"):
        found = logged({"evil": Evil(), "missing": 1, "huge": [0] * 200_000})
    assert found["evil"][0] == '"<unreadable: tests.Evil>"' or "unreadable" in found["evil"][0]
    assert found["missing"] == ("1", 1.0)
    assert found["huge"][0] == '"<list of 200,000 items>"'


def test_an_interpolation_that_fails_is_named(logged: Logged) -> None:
    found = logged(OmegaConf(a=1, b="${missing}"))
    assert found == {"a": ("1", 1.0), "b": ('"<unreadable: KeyError>"', None)}


def test_something_without_fields_is_told(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="dictionary or a config object"):
        run.log_params(5)


def test_a_param_given_again_is_corrected(run: Run, facts: Facts) -> None:
    run.log_param("lr", 0.1)
    run.log_param("lr", 0.2)
    run.finish()
    assert [row["value"] for row in facts("param", "lr")] == [0.1, 0.2]


@pytest.mark.filterwarnings("ignore::runfolio.run.trouble.RunfolioWarning")
def test_hostile_names_are_kept_or_cleaned(logged: Logged) -> None:
    names = ["__proto__", "constructor", "{{7*7}}", "a\x00b", "", "\ud800", "select", "x" * 999]
    found = logged(dict.fromkeys(names, 1))
    assert len(found) == len(names)
    assert all(len(name) <= 250 and "\x00" not in name for name in found)


def test_the_seed_among_the_params_is_recorded(run: Run, info: Callable[..., Any]) -> None:
    run.log_params({"data": {"random_state": 3}, "seed": 7})
    run.finish()
    found = info("start", "seed")
    assert (found["value"], found["where"], found["libraries"]) == (7, "seed", [])
