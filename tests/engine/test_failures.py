"""A failure of the recorder never becomes an error page, and exceptions of the app are the same as
without it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, render_template
from jinja2 import Environment

from flask_replay.engine import operations as op
from flask_replay.engine.recording import includes, log, secrets, sensitive
from flask_replay.engine.recording.setups import setup_of
from flask_replay.engine.recording.tracer import Tracer
from flask_replay.recorder.templates.render import RECORDER_FAILED
from tests.conformance.harness import Seen, Site, without_addresses
from tests.cores import running_on


class Person:
    """Counts reads."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.friends = [1, 2]

    @property
    def name(self) -> str:
        self.log.append("name")
        return "ann"

    @property
    def password(self) -> str:
        self.log.append("password")
        return "correct horse"

    def greet(self, *who: object) -> str:
        self.log.append("greet")
        return f"hello {len(who)}"

    @property
    def broken(self) -> str:
        self.log.append("broken")
        raise ValueError("broken")

    def __getitem__(self, key: object) -> str:
        raise OverflowError(f"no item {key}")


TEMPLATES = {
    "page.html": "",
    "library.html": "{% macro m(a) %}<{{ a.name }}>{% endmacro %}{% set label = 1 %}",
}


@pytest.fixture(params=["compiled", "python"])
def core(request: pytest.FixtureRequest, compiled: ModuleType) -> Iterator[None]:
    """Record with the compiled core, and with Python."""
    with running_on(compiled if request.param == "compiled" else None):
        yield


def visit(page: str, *, recorded: bool, view: Callable[[Any], Any] | None = None) -> Seen:
    """Return the result of a page."""

    def setup(app: Flask) -> None:
        app.jinja_env.filters["shout"] = lambda value: f"{value}!"
        app.jinja_env.filters["fails"] = lambda value: int("no number")

    log: list[str] = []
    site = Site({**TEMPLATES, "page.html": page}, setup, recorded=recorded)
    context = {"log": log, "ann": Person(log), "fail": int, "rows": iter([1, 2, 3])}
    return site.visit(lambda: context, view or (lambda it: render_template("page.html", **it)))


FAULTS: list[tuple[Any, str, str]] = [
    (op, "items_in", "{{ [ann]|length }}{% for a in [ann, 1] %}{{ a }}{% endfor %}"),
    (op, "items_in", "{{ ann.greet([ann], 'x') }}{{ [ann]|shout|length }}"),
    (op, "items_in", "{% set d = dict(a=ann) %}{{ d.get('a').name }}{{ d == 1 }}{{ 'a' in d }}"),
    (op, "has_address", "{{ (ann.name, 1)|string }}{{ [ann.name]|join }}"),
    (log, "Slot", "{% set d = {ann: [1]} %}{{ d[ann] }}{{ ann.name }}"),
    (log, "Made", "{% set d = [] %}{{ d.extend([ann]) }}{{ d|length }}{{ ann.name }}"),
    (log, "SEQUENCES", "{% set d = [1] %}{{ d.extend([ann]) }}{{ d|length }}{{ ann.name }}"),
    (secrets, "_copy", "{{ ann.password }}{{ ann.password|upper }}{{ ann.name }}"),
    (secrets, "Secret", "{{ ann.name }}{{ ann.password }}{{ ann.password ~ 1 }}"),
    (secrets, "TEXTS", "{{ ann.name }}{{ ann.password }}{{ ann.greet(ann.password) }}"),
    (sensitive, "name_of_type", "{{ ann.name }}{{ ann.password }}"),
    (includes, "adopt_module", "{% from 'library.html' import m, label %}{{ m(ann) }}{{ label }}"),
]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(("module", "name", "page"), FAULTS)
def test_a_page_is_not_affected_by_a_failing_recorder(
    module: Any, name: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is complete, nothing is read twice, and nothing of it is kept."""
    page = f"{{% for row in rows %}}{{{{ row }}}}{{% endfor %}}{page}"
    plain = visit(page, recorded=False)
    monkeypatch.setattr(module, name, None)
    seen = visit(page, recorded=True)
    assert seen.error == ""
    assert without_addresses(seen.body.decode()) == without_addresses(plain.body.decode())
    assert seen.log == plain.log
    assert [render.unrecorded for render in seen.renders] == [f"{RECORDER_FAILED}: TypeError"]


@pytest.mark.usefixtures("core")
def test_an_exception_of_a_signal_handler_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to the app, although it is raised within the recorder's code."""

    def interrupted(value: object) -> None:
        raise TimeoutError("the app's own limit")

    monkeypatch.setattr(op, "items_in", interrupted)
    seen = visit("{{ ann.name }}{{ [ann]|shout }}", recorded=True)
    assert seen.error == "TimeoutError: the app's own limit"


FAILING = (
    "{{ ann.broken }}",
    "{{ ann.name }}{{ ann.broken.more }}",
    "{{ ann.missing }}",
    "{{ ann.missing.more }}",
    "{{ ann.friends.missing.more }}",
    "{{ ann['x'] }}",
    "{{ fail('x') }}",
    "{{ ann.name }}{{ fail('x') }}",
    "{{ ann.name.index('q') }}",
    "{{ ann.friends.index(7) }}",
    "{{ ann.name|fails }}",
    "{{ ann.name + 1 }}",
    "{{ 1 / (ann.friends|length - 2) }}",
    "{% for a in ann.greet %}{% endfor %}",
    "{% for a in rows %}{{ a < ann.name }}{% endfor %}",
    "{% set a, b = ann.name %}",
    "{% from 'library.html' import m %}{{ m(1, 2, 3) }}",
    "{% include 'absent.html' %}",
)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("page", FAILING)
def test_an_exception_of_the_app_is_as_without_a_recorder(page: str) -> None:
    """With its traceback, except for frames within Jinja, and without another exception as its
    context.
    """
    found = []

    def view(context: Any) -> str:
        with pytest.raises(Exception) as raised:  # noqa: PT011
            render_template("page.html", **context)
        told = traceback.TracebackException.from_exception(raised.value)
        steps = [
            (step.name, step.lineno, step.line)
            for step in told.stack[1:]
            if "jinja2" not in Path(step.filename).parts
        ]
        found.append((type(raised.value), str(raised.value), steps, told.__context__ is None))
        return "done"

    plain, seen = (visit(page, recorded=recorded, view=view) for recorded in (False, True))
    assert seen.log == plain.log
    assert found[1] == found[0]


@contextmanager
def without_memory(after: int) -> Iterator[None]:
    """Let one allocation fail."""
    testing = pytest.importorskip("_testcapi")
    testing.set_nomemory(after, after + 1)
    try:
        yield
    finally:
        testing.remove_mem_hooks()


class Plain:
    """An object with plain attributes."""

    __slots__ = ("inner", "name")
    inner: Any
    name: str


def test_the_core_survives_a_lack_of_memory(compiled: ModuleType) -> None:
    """Whichever allocation fails: it has no stack frame that would distinguish its failures from
    the app's.
    """
    with running_on(compiled):
        environment = Environment()
        value = Plain()
        value.inner, value.name = value, "name"
        kept = failed = 0
        for after in range(12):
            tracer: Any = Tracer(
                environment, lambda template, setup: None, 1000, setup_of(environment)
            )
            tracer.made([])
            with without_memory(after):
                answers = (
                    tracer.getattr(value, "name"),
                    tracer.getattr_pair(value, "inner", "name", "inner.name"),
                )
            assert answers == ("name", "name")
            assert len(tracer.log) % 3 == 0
            kept, failed = kept + (tracer.failure is None), failed + (tracer.failure is not None)
    assert kept
    assert failed
