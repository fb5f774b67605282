"""If a trace does not fit its page, no answer is shown in place of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from flask_replay.engine.replaying import Rendered, Renderer
from flask_replay.recording.events import Frame

from .harness import Case, Site, frames_of, nothing

_TEMPLATE = (
    "<h1>{{ title }}</h1>{% for p in people %}<p>{{ p.name }}, {{ p.age }}, {{ p.home.town "
    "}}</p>{% endfor %}"
    "<i>{{ greet('x') }}</i>{% if people|length > 1 %}several{% endif %}"
)


class Home:
    def __init__(self, town: str) -> None:
        self.town = town


class Person:
    def __init__(self, name: str, age: int, town: str) -> None:
        self.name = name
        self.age = age
        self.home = Home(town)


def _context() -> dict[str, Any]:
    people = [Person("Ann", 31, "Rome"), Person("Bob", 42, "Oslo"), Person("Cid", 53, "Bern")]
    return {"title": "All", "people": people, "greet": lambda whom: f"hi {whom}"}


@pytest.fixture(scope="module")
def recorded() -> tuple[Frame, dict[str, bytes]]:
    """Return the frame of a page, and the documents that it names."""
    case = Case(_TEMPLATE, _context)
    site = Site({"page.html": _TEMPLATE}, nothing, recorded=True)
    frames, documents = frames_of(site.visit(case.context, case.view))
    return frames[0], documents


def render(
    recorded: tuple[Frame, dict[str, bytes]], change: Callable[[dict[str, list[Any]]], object]
) -> Rendered:
    """Render the page after a change of its trace's answers."""
    frame, documents = recorded
    answers = {word: list(column) for word, column in frame.trace.answers.items()}
    change(answers)
    trace = msgspec.structs.replace(frame.trace, answers=answers)
    return Renderer(documents.__getitem__).render(msgspec.structs.replace(frame, trace=trace))


def test_a_trace_in_step_is_used_completely(recorded: tuple[Frame, dict[str, bytes]]) -> None:
    """All of its answers."""
    rendered = render(recorded, lambda answers: None)
    assert "<p>Bob, 42, Oslo</p>" in rendered.html and "hi x" in rendered.html
    assert rendered.problem == ""


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_surplus_answer_is_not_shown(
    recorded: tuple[Frame, dict[str, bytes]], place: int
) -> None:
    """Wherever it is: no value appears under a wrong name, and unambiguous answers are used."""
    rendered = render(recorded, lambda answers: answers["name"].insert(place, "Eve"))
    assert "<p>, 42, Oslo</p>" in rendered.html
    assert not any(name in rendered.html for name in ("Ann", "Bob", "Cid", "Eve"))
    assert "hi x" in rendered.html and "several" in rendered.html
    assert "the answers to name do not match" in rendered.problem


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_missing_answer_shifts_no_other(
    recorded: tuple[Frame, dict[str, bytes]], place: int
) -> None:
    """It is missing somewhere, and nobody knows where."""
    rendered = render(recorded, lambda answers: answers["age"].pop(place))
    assert "<p>Bob, , Oslo</p>" in rendered.html
    assert not any(age in rendered.html for age in ("31", "42", "53"))
    assert "the answers to age do not match" in rendered.problem


def test_reads_in_one_step_and_loops_are_omitted_alike(
    recorded: tuple[Frame, dict[str, bytes]],
) -> None:
    """They are not read in another way, which would put other reads out of step."""
    rendered = render(recorded, lambda answers: answers["home.town"].pop())
    assert "<p>Bob, 42, </p>" in rendered.html
    rendered = render(recorded, lambda answers: answers["iter()"].insert(0, ["l", "iter"]))
    assert "<p>" not in rendered.html and "hi x" in rendered.html


def test_with_an_unsuitable_trace_the_template_shows_its_own_text(
    recorded: tuple[Frame, dict[str, bytes]],
) -> None:
    """Whatever the trace contains."""

    def change(answers: dict[str, list[Any]]) -> None:
        for column in answers.values():
            column.insert(0, "Eve")

    rendered = render(recorded, change)
    assert "<h1></h1>" in rendered.html and "Eve" not in rendered.html
    assert rendered.problem
