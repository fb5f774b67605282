"""A tracer's compiled helpers do the same as those in Python, whatever the objects of an app are."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any, NamedTuple

import msgspec
import pytest
from jinja2 import Environment, Undefined, pass_context, pass_environment, pass_eval_context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from flask_replay.engine.recording.setups import setup_of
from flask_replay.engine.recording.tracer import Tracer
from tests.conformance.harness import Site, frames_of, without_addresses
from tests.cores import running_on
from tests.fuzzing.compare import make, visit
from tests.fuzzing.environments import KINDS


def tracer_of(module: ModuleType | None, environment: Environment) -> Tracer:
    """Make a tracer with compiled helpers, or without."""
    with running_on(module):
        return Tracer(environment, lambda template, setup: None, 10_000, setup_of(environment))


def recorded(module: ModuleType | None, site: Site, templates: dict[str, str]) -> tuple[Any, str]:
    """Return the output of a page, the calls on its objects, and what is kept, without addresses."""
    with running_on(module):
        seen = visit(site, templates)
        frames, _ = frames_of(seen)
    kept = [msgspec.structs.replace(frame, digest=b"") for frame in frames]
    page = without_addresses(seen.body.decode()), without_addresses(seen.error), seen.log
    return page, without_addresses(repr(kept))


@pytest.mark.parametrize("part", range(6))
def test_random_pages_are_recorded_alike(part: int, compiled: ModuleType) -> None:
    """The pages, the calls on their objects, and every answer, in all kinds of environments."""
    for seed in range(part * 100, part * 100 + 5):
        kind, templates = make(seed, 1)
        found, expected = (
            recorded(module, Site({}, KINDS[kind].prepare, recorded=True), templates)
            for module in (compiled, None)
        )
        assert found == expected, f"seed {seed} ({kind}): {templates}"


@pytest.mark.parametrize(
    "template",
    [
        "{% macro m(a, b=2) %}{{ a }}{{ b }}<{% endmacro %}{{ m('<', ann) }}{{ m(1) }}{{ m(b=3, a=4) }}",
        "{% macro m(a) %}{{ a.name }}{% endmacro %}{{ m(ann) }}{{ m() }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
        "{% macro m(a) %}{{ a|stop }}{% endmacro %}[{{ m(1) }}][{{ m(ann) }}]",
        "{% autoescape false %}{% macro m(a) %}{{ a }}{% endmacro %}{{ m('<') ~ m(ann) }}{% endautoescape %}",
        "{% autoescape flag %}{% macro m(a) %}{{ a }}{% endmacro %}{{ m('<')|upper }}{% endautoescape %}",
        "{% macro m(a) %}{% if a %}{{ m(a[1:]) }}{{ a[0] }}{% endif %}{% endmacro %}{{ m(people) }}",
        "{% for one in people %}{{ loop.cycle('a', 'b') }}{{ loop.cycle(one, bob) }}{% endfor %}",
        "{% for one in people %}{{ loop.cycle(*numbers) }}{{ loop.changed(one) }}{% endfor %}",
        "{% for one in people %}{{ loop.cycle() }}{% endfor %}",
        "{% for one in people recursive %}{{ loop.cycle(1) }}{{ loop(one.friends) }}{% endfor %}",
        "{{ ann|shout }}{{ 'a'|shout }}{{ [ann]|shout }}{{ ann.friend|shout }}{{ shout|default(1) }}",
        "{{ ann.greet('<', bob, more=word) }}{{ greet(*people, **labels) }}{{ ann.gone() }}",
        "{{ word.upper() }}{{ word.join(people) }}{{ team.get('lead').name }}{{ team.gone }}{{ ann.x.y }}",
    ],
)
def test_compiled_helpers_record_alike(template: str, compiled: ModuleType) -> None:
    """Macros, loops, filters and calls, including what each leaves to Python."""
    site = Site({}, KINDS["plain"].prepare, recorded=True)

    def stop(value: Any) -> Any:
        raise StopIteration

    site.app.jinja_env.filters["stop"] = stop
    found, expected = (
        recorded(module, site, {"page.html": template}) for module in (compiled, None)
    )
    assert found == expected


ERRORS = (AttributeError, KeyError, IndexError, TypeError, ValueError, StopIteration, SystemExit)


class Raising:
    """Raises on any operation.

    :param kind: what attributes raise.
    :param item: what items raise, ``None`` to give them.
    """

    def __init__(self, kind: type[BaseException], item: type[BaseException] | None) -> None:
        self.__dict__.update(kind=kind, item=item)

    def __getattr__(self, name: str) -> Any:
        raise self.kind(name)

    def __getitem__(self, name: str) -> Any:
        if self.item is not None:
            raise self.item(name)
        return f"item {name}"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        raise self.kind("called")

    def __str__(self) -> str:
        raise self.kind("text")

    def __eq__(self, other: object) -> bool:
        raise self.kind("equal")

    def __hash__(self) -> int:
        raise self.kind("hash")

    def method(self, *arguments: Any, **keywords: Any) -> Any:
        raise self.kind("method")


class Thing:
    """An ordinary object of an app."""

    def __init__(self, inner: Any = None) -> None:
        self.inner = inner
        self.name = "thing"
        self.arguments = ["a"]

    def method(self, *arguments: Any, **keywords: Any) -> Any:
        return arguments, keywords

    @classmethod
    def of_class(cls, *arguments: Any) -> Any:
        return len(arguments)

    @staticmethod
    def of_none(*arguments: Any, **keywords: Any) -> Any:
        return sorted(keywords)

    @pass_context
    def passed(self, context: Any, *arguments: Any) -> Any:
        return type(context).__name__, arguments

    def stops(self, *arguments: Any, **keywords: Any) -> Any:
        raise StopIteration


class Marked(Thing):
    """Claims to be a function that wants the context, and more with each question."""

    jinja_pass_arg = None

    def __html__(self) -> str:
        return "<i>marked</i>"


def function(*arguments: Any, **keywords: Any) -> Any:
    """A function of an app."""
    return [*arguments, *keywords.values()]


def stop(*arguments: Any, **keywords: Any) -> Any:
    """A function that raises ``StopIteration``."""
    raise StopIteration


class Told(NamedTuple):
    """The result or exception of a helper, and the state of the tracer afterwards."""

    answer: Any
    error: Any
    log: list[Any]
    lent: list[int]


def tried(tracer: Tracer, known: list[Any], name: str, *arguments: Any, **keywords: Any) -> Told:
    """Call a helper.

    :param known: objects that existed before. Others are described by their types.
    """
    answer, error = None, None
    try:
        filters: Any = tracer.environment.filters
        ask = filters[name[1:]] if name[0] == "|" else getattr(tracer, name)
        answer = ask(*arguments, **keywords)
    except BaseException as raised:
        error = type(raised), raised.args
    places = {id(one): place for place, one in enumerate(known)}

    def described(value: Any) -> tuple[Any, ...]:
        """Return a description of a value without calling it."""
        kind = type(value)
        if kind is Undefined:
            return kind, value._undefined_name, type(value._undefined_obj)
        if kind in {str, int, float, Markup, type(None), Decimal}:
            return kind, str(value)
        if kind in {list, tuple, dict}:
            return kind, *map(described, value.items() if kind is dict else value)
        if kind in {MethodType, BuiltinMethodType}:
            return kind, described(value.__self__), value.__name__
        return kind, places.get(id(value))

    return Told(described(answer), error, [*map(described, tracer.log)], list(tracer.lent))


def values() -> list[Any]:
    """Return values that a template may handle."""
    thing = Thing(Thing(Raising(KeyError, None)))
    raising = [Raising(kind, item) for kind in ERRORS for item in (None, KeyError, ValueError)]
    containers: list[Any] = [
        {"name": 1, "inner": {"name": "x"}},
        ["a"],
        ("a", "b"),
        {thing},
        iter([1]),
    ]
    plain: list[Any] = ["text", Markup("<b>"), 7, 2**70, 1.5, None, True, b"x", Decimal(2)]
    own = [Undefined(name="gone"), Thing, Marked(), range(3), {}.items()]
    functions = [function, stop, len, partial(function, 1), thing.method, thing.stops, "a".upper]
    more = [
        thing.passed,
        Thing.of_class,
        Thing.of_none,
        [1, 2].copy,
        {"name": 2}.get,
        Marked().method,
    ]
    return [thing, *raising, *containers, *plain, *own, *functions, *more]


@pass_context
def of_context(context: Any, *operands: Any, **keywords: Any) -> Any:
    """A filter that wants the context."""
    return type(context).__name__, len(operands), list(keywords)


@pass_eval_context
def of_evaluation(context: Any, *operands: Any, **keywords: Any) -> Any:
    """A filter that wants the evaluation context."""
    return context.autoescape, len(operands), list(keywords)


@pass_environment
def of_environment(environment: Any, *operands: Any, **keywords: Any) -> Any:
    """A filter that wants the environment."""
    return type(environment).__name__, len(operands), list(keywords)


FILTERS: dict[str, Callable[..., Any]] = {
    "function": function,
    "stop": stop,
    "first_one": lambda value, *more: value,
    "of_context": of_context,
    "of_evaluation": of_evaluation,
    "of_environment": of_environment,
}

ENVIRONMENTS: dict[str, Callable[[], Environment]] = {
    "plain": lambda: Environment(autoescape=True),
    "sandboxed": lambda: SandboxedEnvironment(autoescape=True),
    "own undefined": lambda: Environment(undefined=type("Own", (Undefined,), {})),
}


def environment_of(name: str) -> Environment:
    """Return an environment with filters of an app."""
    environment = ENVIRONMENTS[name]()
    environment.filters.update(FILTERS)
    return environment


@pytest.fixture(params=ENVIRONMENTS)
def tracers(request: pytest.FixtureRequest, compiled: ModuleType) -> tuple[Tracer, Tracer]:
    """Return a compiled tracer, and one in Python."""
    environment = environment_of(request.param)
    return tracer_of(compiled, environment), tracer_of(None, environment)


def asked(
    chance: random.Random, found: list[Any]
) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Yield questions that a template's code asks."""
    context = Environment().from_string("").new_context({"a": 1})
    names = ("name", "inner", "arguments", "method", "missing", "upper", "get", "passed", "stops")
    while True:
        value, first, second = chance.choice(found), chance.choice(names), chance.choice(names)
        given = tuple(chance.sample(found, chance.randrange(3)))
        named = {"key": chance.choice(found)} if chance.random() < 0.3 else {}
        yield "getattr", (value, first), {}
        yield "getattr_pair", (value, first, second, f"{first}.{second}"), {}
        yield "escape", (value,), {}
        yield "call", (context, None, None, value, *given), named
        yield "call_method", (context, None, None, value, first, f"{first}()", *given), named
        yield f"|{chance.choice([*FILTERS])}", (context, value, *given), named


@pytest.mark.parametrize("seed", range(8))
def test_answers_errors_and_entries_are_the_same(tracers: tuple[Tracer, Tracer], seed: int) -> None:
    """For any object and any question, after both have learnt the same."""
    chance, found = random.Random(seed), values()
    questions = asked(chance, found)
    for number in range(300):
        if number == 150 and seed % 2:
            for tracer in tracers:
                tracer.hide(found[0], "password")
        if number % 20 == 0:
            made = chance.choice(found)
            for tracer in tracers:
                tracer.made(made)
        name, arguments, keywords = next(questions)
        one, other = (tried(tracer, found, name, *arguments, **keywords) for tracer in tracers)
        assert one == other, (name, arguments)
        for tracer in tracers:
            tracer.log.clear()


def test_macros_and_loops_answer_for_themselves(compiled: ModuleType) -> None:
    """They are objects of Jinja, so only the fact that the template has them is noted."""
    for module in (compiled, None):
        tracer = tracer_of(module, Environment())
        loop = tracer.LoopContext([1, 2], Undefined)
        next(iter(loop))
        macro = tracer.Macro(tracer.environment, function, "m", ["a"], False, False, False, False)
        tracer.log.clear()
        assert tracer.getattr(loop, "index") == 1
        assert tracer.getattr(macro, "name") == "m"
        arguments = tracer.getattr(macro, "arguments")
        assert arguments == ["a"]
        assert id(arguments) in tracer.own
        assert tracer.log == []


def test_reads_made_by_a_call_are_discarded(compiled: ModuleType) -> None:
    """A function of the app that uses a tracer, or lends or hides its result, affects both versions
    alike.
    """
    for tracer in (tracer_of(compiled, Environment()), tracer_of(None, Environment())):
        own = tracer.made([1])

        def meddle(tracer: Tracer = tracer, own: Any = own) -> str:
            tracer.getattr(Thing(), "name")
            tracer.lend((own,))
            return "answer"

        assert tracer.call(None, None, None, meddle) == "answer"
        assert [meddle, "()", "answer"] == tracer.log[-3:]
        assert len(tracer.log) == 3
        assert id(own) in tracer.own

        def hiding(tracer: Tracer = tracer) -> str:
            return str(tracer.hide("s3cret-word", "password"))

        assert tracer.call(None, None, None, hiding) == "s3cret-word"
        assert tracer.secret


def test_reads_made_by_a_filter_are_discarded(compiled: ModuleType) -> None:
    """A filter of the app may use a tracer, too. In a replay it does not run."""
    environment, asking = Environment(), list[Tracer]()
    environment.filters["meddle"] = lambda value: asking[-1].getattr(Thing(), "name")
    for module in (compiled, None):
        asking.append(tracer_of(module, environment))
        filters: Any = asking[-1].environment.filters
        assert filters["meddle"](None, 7) == "thing"
        assert asking[-1].log == [7, "| meddle", "thing"]


def test_invalid_calls_are_refused(compiled: ModuleType) -> None:
    """With an error, because code that was not generated might make them."""
    helpers: Any = tracer_of(compiled, Environment()).getattr.__self__  # type: ignore[attr-defined]
    assert type(helpers) is compiled.Helpers
    for name, most in (("getattr", 2), ("getattr_pair", 4), ("call", 4), ("call_method", 6)):
        with pytest.raises(TypeError, match=f"{name}.. takes {most} arguments, got {most - 1}"):
            getattr(helpers, name)(*"abcdef"[: most - 1])
    for arguments in ((), (1, 2), (object(), len, len)):
        with pytest.raises((TypeError, AttributeError)):
            compiled.Helpers(*arguments)
    with pytest.raises(TypeError):
        compiled.Helpers(tracer=None)
    for wanted in ((), (len, 4, "| x", len), (len, -1, "| x", len), (len, "0", "| x", len)):
        with pytest.raises((TypeError, ValueError)):
            helpers.foreign(*wanted)
    assert helpers.foreign(len, 0, "| x", lambda: "the rest")() == "the rest"
    with pytest.raises(TypeError):
        type(helpers.foreign(len, 0, "| x", len))()
    with pytest.raises(TypeError):
        compiled.know({}, 1)


def test_reference_counts_stay_level(compiled: ModuleType) -> None:
    """However often helpers run, and whatever they raise. A released tracer is freed."""
    found = values()
    # not ``None``, to which everything refers
    few = [one for one in found if sys.getrefcount(one) < 1000]
    chance = random.Random(5)
    questions = [question for question, _ in zip(asked(chance, found), range(200), strict=False)]

    def once() -> None:
        tracer = tracer_of(compiled, environment)
        for name, arguments, keywords in questions:
            tried(tracer, [], name, *arguments, **keywords)
        tracer.release()

    environment = environment_of("plain")
    once()
    once()
    gc.collect()
    gc.freeze()  # objects released by threads of other tests do not count
    before, objects = [*map(sys.getrefcount, few)], len(gc.get_objects())
    for _ in range(5):
        once()
    gc.collect()
    assert [*map(sys.getrefcount, few)] == before
    assert abs(len(gc.get_objects()) - objects) < 60


def test_a_tracer_in_a_cycle_is_collected(compiled: ModuleType) -> None:
    """Its helpers refer to it, and it refers to them."""
    tracer_of(compiled, Environment())
    gc.collect()
    assert not any(type(one) is compiled.Helpers for one in gc.get_objects())
