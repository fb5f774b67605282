"""The table: every operation that a template can apply to a value, on every kind of value."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import flask.templating
import jinja2.filters
import jinja2.tests
import pytest
from flask import Flask, render_template
from jinja2.sandbox import SandboxedEnvironment

from flask_replay.codec import BATCH_FORMATS

from . import builtin_functions, things
from .harness import Context, Replaying, Seen, Site, frames_of, without_addresses
from .kinds import kinds
from .operations import OPERATIONS, PARTS

TABLE = (
    OPERATIONS
    | {f"filter {name}": template for name, template in builtin_functions.FILTERS.items()}
    | {f"filter {name}": template for name, template in builtin_functions.MORE_FILTERS.items()}
    | {f"test {name}": template for name, template in builtin_functions.TESTS.items()}
)

KINDS = kinds()


def show(*arguments: Any, **keywords: Any) -> str:
    """A function of the app that reads only the type of its arguments."""
    return f"{[type(one).__name__ for one in arguments]} {sorted(keywords)}"


def shout(value: Any, more: Any = None) -> str:
    """A filter of the app."""
    return f"{type(value).__name__}!"


def odd_one(value: Any, other: Any = None) -> bool:
    """A test of the app."""
    return len(type(value).__name__) % 2 == 1


def _translated(message: str) -> str:
    return f"~{message}"


def _numbered(singular: str, plural: str, number: Any) -> str:
    return singular if number == 1 else plural


def setup(app: Flask) -> None:
    """Give an app the functions that the operations use."""
    environment = app.jinja_env
    for extension in ("do", "loopcontrols", "i18n"):
        environment.add_extension(f"jinja2.ext.{extension}")
    translations: Any = environment
    translations.install_gettext_callables(_translated, _numbered, newstyle=True)
    environment.filters["shout"] = shout
    environment.tests["odd_one"] = odd_one
    environment.globals["show"] = show


def templates() -> dict[str, str]:
    """Return each operation as a template, after a text that stays if the operation fails."""
    return {f"{name}.html": f"<p>{template}</p>" for name, template in TABLE.items()} | PARTS


class World(NamedTuple):
    """An app without and with recording, and the kinds of values that are tried in it."""

    plain: Site
    traced: Site
    kinds: tuple[str, ...]


class Sandbox(SandboxedEnvironment, flask.templating.Environment):
    """A sandbox, as in an app whose users write templates."""


def _asynchronous(app: Flask) -> None:
    app.jinja_options = {"enable_async": True}
    setup(app)


def _sandboxed(app: Flask) -> None:
    app.jinja_environment = Sandbox
    setup(app)


ENVIRONMENTS = {"plain": setup, "asynchronous": _asynchronous, "sandboxed": _sandboxed}

EVERYWHERE = (
    "str", "markup", "int", "str_enum", "list_of_objects", "set", "named_tuple", "dict_subclass", "generator",
    "function", "bound_method", "object", "compared", "html", "changing", "counting_html", "proxy_to_object",
    "form_field", "lazy_relation", "row", "lazy_text", "undefined",
)  # fmt: skip
"""Kinds that are tried in every environment. The plain one tries all."""


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def world(request: pytest.FixtureRequest) -> World:
    """Return two sites with all operations, one of them recorded, and the kinds to try there."""
    chosen = ENVIRONMENTS[request.param]
    kinds = tuple(KINDS) if request.param == "plain" else EVERYWHERE
    plain, traced = (Site(templates(), chosen, recorded=recorded) for recorded in (False, True))
    return World(plain, traced, kinds)


@pytest.fixture(autouse=True)
def _without_warnings() -> Iterator[None]:
    """Ignore warnings about values that are used carelessly, such as coroutines that are never
    awaited.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Row(NamedTuple):
    """The result of an operation on one kind of value.

    :param output: of the template, or the error it raised.
    :param log: what the value took down.
    """

    kind: str
    output: str
    log: tuple[str, ...]


def _rows(operation: str, kinds: tuple[str, ...]) -> list[Row]:
    """Render an operation on each kind of value."""
    rows = []
    for kind in kinds:
        log: list[str] = []
        random.seed(7)
        try:
            output = render_template(f"{operation}.html", x=KINDS[kind](log), o=things.Compared(3))
        except Exception as error:
            output = type(error).__name__  # its message may contain the name of the called function
        rows.append(Row(kind, output, tuple(log)))
    return rows


def _visit(site: Site, operation: str, kinds: tuple[str, ...]) -> tuple[list[Row], Seen]:
    rows: list[Row] = []

    def view(context: Context) -> str:
        rows.extend(_rows(operation, kinds))
        return "done"

    seen = site.visit(dict, view)
    assert seen.body == b"done"
    return rows, seen


@pytest.mark.parametrize("operation", TABLE)
def test_operation_on_every_kind(operation: str, world: World, replaying: Replaying) -> None:
    """A recorded page and its replay equal the page, for one operation on each kind of value.

    Operations take turns with the format, so that each kind is read in both by half of them.
    """
    format = BATCH_FORMATS[list(TABLE).index(operation) % len(BATCH_FORMATS)]
    plain, _ = _visit(world.plain, operation, world.kinds)
    traced, seen = _visit(world.traced, operation, world.kinds)
    frames, documents = frames_of(seen)
    wrong: dict[str, tuple[Any, Any]] = {}
    for row, recorded in zip(plain, traced, strict=True):
        if (
            without_addresses(recorded.output) != without_addresses(row.output)
            or recorded.log != row.log
        ):
            wrong[f"recorded {row.kind}"] = (recorded, row)
    replays = replaying.replay(frames, documents, format)
    for row, render, replayed in zip(traced, seen.renders, replays, strict=True):
        if render.output is None:
            if (
                not replayed.problem
                or not replayed.text.startswith("<p>")
                or len(replayed.missing) > 9
            ):
                wrong[f"replayed {row.kind} ({format})"] = (
                    repr(replayed)[:300],
                    "a problem in few words",
                )
        elif (
            replayed.text != render.output or replayed.missing or replayed.problem or replayed.left
        ):
            wrong[f"replayed {row.kind} ({format})"] = (replayed, render.output)
    assert not wrong, "\n".join(
        f"{kind}: {found}, not {expected}" for kind, (found, expected) in wrong.items()
    )


def test_every_filter_is_in_the_table() -> None:
    """No built-in filter of Jinja is missing."""
    assert set(builtin_functions.FILTERS) == set(jinja2.filters.FILTERS)


def test_every_test_is_in_the_table() -> None:
    """No built-in test of Jinja is missing."""
    assert set(builtin_functions.TESTS) == set(jinja2.tests.TESTS)
