"""Every kind of value that a page may get: a name, and a function that creates such a value."""

from __future__ import annotations

import collections
import datetime as dt
import functools
import math
import operator
import types
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g, request, session
from jinja2 import ChainableUndefined, DebugUndefined, StrictUndefined, Undefined
from markupsafe import Markup
from werkzeug.datastructures import Headers, ImmutableDict, MultiDict
from werkzeug.local import LocalProxy

from . import hostile, things
from .library import LIBRARY

NOON = dt.datetime(2024, 5, 6, 12, 30, 15, 250)

PLAIN: dict[str, Callable[[], Any]] = {
    "str": lambda: "<b>ann</b> & co",
    "empty_str": lambda: "",
    "lone_surrogate": lambda: "\ud800",
    "markup": lambda: Markup("<i>safe</i>"),
    "int": lambda: 3,
    "zero": lambda: 0,
    "big_int": lambda: 2**80,
    "float": lambda: 2.5,
    "nan": lambda: math.nan,
    "infinity": lambda: -math.inf,
    "minus_zero": lambda: -0.0,
    "true": lambda: True,
    "false": lambda: False,
    "none": lambda: None,
    "bytes": lambda: b"by\xfftes",
    "complex": lambda: complex(1, -2),
    "decimal": lambda: Decimal("1.50"),
    "fraction": lambda: Fraction(3, 4),
    "uuid": lambda: uuid.UUID(int=7),
    "date": lambda: NOON.date(),
    "time": lambda: NOON.time(),
    "time_with_zone": lambda: NOON.time().replace(tzinfo=dt.UTC),
    "datetime": lambda: NOON,
    "datetime_utc": lambda: NOON.replace(tzinfo=dt.UTC),
    "datetime_fixed": lambda: NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=-3), "BRT")),
    "datetime_zoneinfo": lambda: dt.datetime(
        2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")
    ),
    "datetime_own_zone": lambda: NOON.replace(tzinfo=things.Zone()),
    "timedelta": lambda: dt.timedelta(days=-1, seconds=5),
    "enum": lambda: things.Colour.RED,
    "int_enum": lambda: things.Level.HIGH,
    "str_enum": lambda: things.State.OPEN,
    "flag": lambda: things.Right.READ | things.Right.WRITE,
    "str_subclass": lambda: things.Slug("a-slug"),
    "int_subclass": lambda: things.Count(3),
    "float_subclass": lambda: things.Ratio(0.5),
    "decimal_subclass": lambda: things.Price("9.90"),
    "datetime_subclass": lambda: type("Moment", (dt.datetime,), {})(2024, 1, 2),
}

CONTAINERS: dict[str, Callable[[], Any]] = {
    "list": lambda: ["b", "a"],
    "empty_list": list,
    "nested_list": lambda: [["b", 1], ["a", 2]],
    "list_of_objects": lambda: [things.Plain("ann"), things.Plain("bob")],
    "dict": lambda: {"name": "ann", "b": 1},
    "nested_dict": lambda: {"name": {"first": "ann"}, "items": [1]},
    "dict_of_objects": lambda: {"name": things.Plain("ann")},
    "tuple": lambda: ("a", 1),
    "set": lambda: {"a", "b", "c", "d"},
    "frozenset": lambda: frozenset({3, 1, 2}),
    "named_tuple": lambda: things.Pair("a", 1),
    "list_subclass": lambda: things.Basket([2, 1]),
    "dict_subclass": lambda: things.Register(name="ann"),
    "tuple_subclass": lambda: things.Row(("a", 2)),
    "multi_dict": lambda: MultiDict([("name", "a"), ("name", "b")]),
    "headers": lambda: Headers([("Name", "a"), ("Accept", "b")]),
    "ordered_dict": lambda: collections.OrderedDict(b=1, a=2),
    "default_dict": lambda: collections.defaultdict(list, name=["a"]),
    "immutable_dict": lambda: ImmutableDict(name="ann"),
    "mapping_proxy": lambda: types.MappingProxyType({"name": "ann"}),
    "counter": lambda: collections.Counter("abba"),
    "chain_map": lambda: collections.ChainMap({"name": "a"}, {"b": 2}),
    "user_dict": lambda: collections.UserDict(name="ann"),
    "user_list": lambda: collections.UserList(["b", "a"]),
    "deque": lambda: collections.deque(["b", "a"]),
    "range": lambda: range(1, 4),
    "generator": lambda: (letter for letter in "ba"),
    "iterator": lambda: iter(["b", "a"]),
    "keys": lambda: {"b": 1, "a": 2}.keys(),
    "values": lambda: {"b": 1, "a": 2}.values(),
    "items": lambda: {"b": 1, "a": 2}.items(),
    "map": lambda: map(str.upper, "ba"),
    "zip": lambda: zip("ba", [1, 2], strict=True),
    "enumerate": lambda: enumerate("ba"),
    "reversed": lambda: reversed(["b", "a"]),
    "list_in_itself": lambda: _list_in_itself(),
    "dict_in_itself": lambda: _dict_in_itself(),
    "sequenced": things.Sequenced,
    "registered_sequence": things.Registered,
}

CALLABLES: dict[str, Callable[[], Any]] = {
    "function": lambda: _function,
    "lambda": lambda: lambda *arguments, **keywords: f"{arguments} {keywords}",
    "partial": lambda: functools.partial(_function, "first"),
    "bound_method": lambda: things.Described().method,
    "class_method": lambda: things.Described.make,
    "static_method": lambda: things.Described.still,
    "class": lambda: things.Described,
    "callable_object": things.Callable,
    "builtin": lambda: max,
    "str_method": lambda: "a-b".split,
    "item_getter": lambda: operator.itemgetter(0),
    "cached_function": lambda: functools.lru_cache(_function),
    "async_function": lambda: _async_function,
}

OBJECTS: dict[str, Callable[[], Any]] = {
    "object": things.Plain,
    "dataclass": lambda: things.Author("ann"),
    "ordered_dataclass": lambda: things.Version(1, 2),
    "compared": lambda: things.Compared(3),
    "slotted": things.Slotted,
    "described": things.Described,
    "html": things.Html,
    "tree": lambda: things.Tree("root", things.Tree("leaf")),
    "module": lambda: math,
    "exception": lambda: ValueError("went wrong", 3),
    "changing": hostile.Changing,
    "repr_raises": hostile.ReprRaises,
    "hash_raises": hostile.HashRaises,
    "eq_raises": hostile.EqRaises,
    "len_raises": hostile.LenRaises,
    "bool_raises": hostile.BoolRaises,
    "iter_raises": hostile.IterRaises,
    "attributes_raise": hostile.AttributesRaise,
    "class_raises": hostile.ClassRaises,
    "type_without_hash": hostile.TypeWithoutHash,
    "type_raises": lambda: hostile.TypeRaises(),
    "type_lies": hostile.TypeLies,
    "answers_all": hostile.AnswersAll,
    "undefined": lambda: Undefined(name="gone"),
    "chainable_undefined": lambda: ChainableUndefined(name="gone"),
    "debug_undefined": lambda: DebugUndefined(name="gone"),
    "strict_undefined": lambda: StrictUndefined(name="gone"),
    "ellipsis": lambda: ...,
}

_PLAIN = things.Plain()
PROXIES: dict[str, Callable[[], Any]] = {
    "proxy_to_object": lambda: LocalProxy(lambda: _PLAIN),
    "proxy_to_str": lambda: LocalProxy(lambda: "<b>ann</b>"),
    "proxy_to_list": lambda: LocalProxy(lambda: ["b", "a"]),
    "proxy_to_none": lambda: LocalProxy(lambda: None),
    "proxy_unbound": lambda: LocalProxy(_unbound),
    "request": lambda: request,
    "request_args": lambda: request.args,
    "session": lambda: _filled(session),
    "g": lambda: g,
    "config": lambda: current_app.config,
}

COUNTED: dict[str, Callable[[list[str]], Any]] = {
    "counting": hostile.Counting,
    "counting_html": hostile.CountingHtml,
    "counting_false": lambda log: hostile.Counting(log, true=False),
    "counting_generator": lambda log: _told(log),
}
"""Kinds that log the operations on them. They are created with the log."""


def kinds() -> dict[str, Callable[[list[str]], Any]]:
    """Return all kinds by name. Each is created with a log, which most ignore."""
    silent = PLAIN | CONTAINERS | CALLABLES | OBJECTS | PROXIES
    return (
        {name: functools.partial(_silent, make) for name, make in silent.items()}
        | COUNTED
        | LIBRARY
    )


def _silent(make: Callable[[], Any], log: list[str]) -> Any:
    return make()


def _function(*arguments: Any, **keywords: Any) -> str:
    return f"function {arguments} {keywords}"


async def _async_function(*arguments: Any) -> str:
    return f"awaited {arguments}"


def _list_in_itself() -> list[Any]:
    items: list[Any] = ["a"]
    items.append(items)
    return items


def _dict_in_itself() -> dict[str, Any]:
    items: dict[str, Any] = {"name": "a"}
    items["self"] = items
    return items


def _unbound() -> Any:
    raise RuntimeError("working outside of something")


def _filled(proxy: Any) -> Any:
    proxy["name"] = "ann"
    return proxy


def _told(log: list[str]) -> Iterator[str]:
    for letter in "abc":
        log.append(letter)
        yield letter
