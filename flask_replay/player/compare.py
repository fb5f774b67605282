"""Compare two moments of one recording or of two: page, parameters, and what the templates read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..insight import Change, PageState, changes, state
from ..recording.model import Recording
from .pages import Pages, elapsed, title
from .panel_data import frame_number
from .panel_views import Panels
from .recent import Recent
from .steps import Step, StepKind, Steps
from .views import PlayerState

_MOMENT = re.compile(r"([0-9a-z]{26}):(\d{1,9})", re.ASCII)
_SIDES = ("a", "b")


class Side(NamedTuple):
    """One of the two moments.

    :ivar page: number of the step with the page that the visitor saw; -1 for none.
    :ivar at_ms: the moment in the recording.
    """

    recording: Recording
    step: Step
    page: int
    at_ms: int
    facts: dict[str, str]
    read: PageState | None

    @property
    def heading(self) -> str:
        """Return the heading of the moment."""
        return f"{title(self.recording.summary)} · {elapsed(self.at_ms)}"


class Fact(NamedTuple):
    """A fact of both moments."""

    name: str
    values: tuple[str, str]

    @property
    def differs(self) -> bool:
        """Whether the two values differ."""
        return self.values[0] != self.values[1]


class Beside(Panels):
    """The view of two moments."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent, pages: Pages) -> None:
        super().__init__(state, recent)
        self._pages = pages

    def compare(self) -> BaseResponse:
        """Show two moments: ``?a=ID:3&b=ID:7``, each a recording and the number of a step."""
        moments = [_MOMENT.fullmatch(request.args.get(name, "")) for name in _SIDES]
        unknown = [name for name in request.args if name not in _SIDES]
        first, second = moments
        if first is None or second is None or unknown:
            self._guard().require("list")
            wrong = unknown[0] if unknown else "a" if first is None else "b"
            return self._pages.refusal(
                f"the parameter {wrong} is wrong: "
                "the address of a comparison ends with ?a=RECORDING:STEP&b=RECORDING:STEP"
            )
        sides = self._side(first[1], int(first[2])), self._side(second[1], int(second[2]))
        found = self._changes(*sides)
        names = dict.fromkeys(name for side in sides for name in side.facts)
        return self._pages.answer(
            "compare.html",
            sides=[(side, self._nearby(sides, place)) for place, side in enumerate(sides)],
            rows=[
                Fact(name, (sides[0].facts.get(name, ""), sides[1].facts.get(name, "")))
                for name in names
            ],
            changes=found,
        )

    def _side(self, id: str, number: int) -> Side:
        recording, step = self._find(id, number)
        frame = frame_number(step.batch, -1)
        read = state(step.batch.frames[frame], self._state().observing) if frame >= 0 else None
        at_ms = step.batch.events[0].offset_ms if step.batch.events else 0
        page = _page_of(self._scenes().steps(recording), step)
        return Side(recording, step, page, at_ms, _facts(step), read)

    @staticmethod
    def _changes(one: Side, other: Side) -> list[Change] | None:
        """Return what the templates read differently, ``None`` if one moment has no render."""
        return None if one.read is None or other.read is None else changes(one.read, other.read)

    @staticmethod
    def _nearby(sides: tuple[Side, Side], place: int) -> list[tuple[str, str]]:
        """Return the addresses of the same comparison with the previous and the next step on one
        side.
        """
        moments = [f"{side.recording.summary.id}:{side.step.number}" for side in sides]
        side, found = sides[place], list[tuple[str, str]]()
        for label, number in (
            ("Previous step", side.step.number - 1),
            ("Next step", side.step.number + 1),
        ):
            if 0 <= number < len(side.recording.batches):
                moments[place] = f"{side.recording.summary.id}:{number}"
                found.append((label, url_for(".compare", a=moments[0], b=moments[1])))
        return found


def _page_of(steps: Steps, step: Step) -> int:
    """Return the number of the step with the page that the visitor saw, -1 if there was none
    yet.
    """
    return next(
        (
            number
            for number in range(step.number, -1, -1)
            if steps[number].shows not in {StepKind.NO_STEP, StepKind.DATA}
        ),
        -1,
    )


def _facts(step: Step) -> dict[str, str]:
    """Return the facts of a step's request, by label."""
    event, batch = step.batch.request, step.batch
    found: dict[str, str] = {}
    if event is not None:
        found |= {
            "Method": event.method,
            "Path": event.path,
            "Endpoint": event.endpoint or "",
            "Status": str(event.status or ""),
            "Time": f"{event.duration_ms:,} ms",
            "Redirect": event.redirect,
        }
        found |= {f"Path: {name}": str(value) for name, value in event.view_args.items()}
        for name, value in parse_qsl(event.query, keep_blank_values=True):
            known = found.get(f"Query: {name}")
            found[f"Query: {name}"] = value if known is None else f"{known}, {value}"
        found |= {
            f"Form: {name}": ", ".join(map(str, values)) for name, values in event.form.items()
        }
    found["Templates"] = ", ".join(frame.template or "(a text)" for frame in batch.frames)
    found["Errors"] = ", ".join(f"{error.type}: {error.message}" for error in batch.errors)
    return {name: value for name, value in found.items() if value}
