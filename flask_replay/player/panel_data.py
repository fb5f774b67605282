"""The data of the player's panels: what a template read, what changed, and the sources that
produced the page.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from difflib import unified_diff
from typing import Any
from weakref import ref

import msgspec
from jinja2 import Environment, TemplateNotFound

from ..engine.documents import TemplateDocument, read_template
from ..errors import ReplayError
from ..insight import ObservingRenderer, PageState, changes, story
from ..recording.batch import Batch
from ..recording.events import Frame
from ..recording.model import Recording
from ..single_flight import SingleFlight
from ..storage import Recordings
from .steps import STRING, Step

_MAX_SOURCE = 200_000
"""Characters of a template that is compared with its present version."""

_STORIES = 8
"""Number of cached stories."""


def frame_number(batch: Batch, wanted: int) -> int:
    """Return the number of the requested frame of a batch, or else of the first frame of its page.

    :returns: -1 if there is none.
    """
    count = len(batch.frames)
    if 0 <= wanted < count:
        return wanted
    shown = (part for part in batch.parts if isinstance(part, int) and 0 <= part < count)
    return next(shown, count - 1)


def frame_before(recording: Recording, step: Step, number: int) -> tuple[int, Frame] | None:
    """Return the previous render of the same template before a frame, with the number of its
    step.
    """
    frame = step.batch.frames[number]
    what = _what(frame)
    for place in range(step.number, -1, -1):
        frames = recording.batches[place].frames
        for other in reversed(frames[:number] if place == step.number else frames):
            if _what(other) == what:
                return place, other
    return None


def _what(frame: Frame) -> tuple[str, str, str]:
    """Return what a frame rendered. A template from a string is identified by its content."""
    return frame.template, frame.block, "" if frame.template else frame.entry


FindState = Callable[[Frame], PageState]


def state_data(recording: Recording, step: Step, wanted: int, find: FindState) -> dict[str, Any]:
    """Return what a template of a step read, and what changed since its last render.

    ``visible`` has the paths of values that appear in the output.
    """
    number = frame_number(step.batch, wanted)
    if number < 0:
        return {"number": step.number, "frame": -1, "frames": []}
    frames = step.batch.frames
    found = find(frames[number])
    before = frame_before(recording, step, number)
    return {
        "number": step.number,
        "frame": number,
        "frames": [frame.template or STRING for frame in frames],
        "reads": found.reads,
        "visible": sorted({path for spot in found.spots for path in spot.reads}),
        "missing": found.missing,
        "problem": found.problem,
        "notes": found.notes,
        "since": None if before is None else _since(recording, before[0]),
        "changes": [] if before is None else changes(find(before[1]), found),
    }


def _since(recording: Recording, number: int) -> dict[str, int]:
    events = recording.batches[number].events
    return {"number": number, "t": events[0].offset_ms if events else 0}


def source_data(
    step: Step, wanted: int, find: FindState, recordings: Recordings, now: Environment | None
) -> dict[str, Any]:
    """Return the templates that produced a frame's output, and the output and reads of each line.

    :param now: the app's present environment; ``None`` for users who may not see its templates.
    """
    number = frame_number(step.batch, wanted)
    if number < 0:
        return {"frame": -1, "sources": [], "made": []}
    found = find(step.batch.frames[number])
    return {
        "frame": number,
        "frames": [frame.template or STRING for frame in step.batch.frames],
        "sources": [
            _source(source.name, source.key, recordings, now) for source in found.templates
        ],
        "made": found.made(),
    }


def _source(name: str, key: str, recordings: Recordings, now: Environment | None) -> dict[str, Any]:
    try:
        document = read_template(recordings.document(key))
    except ReplayError as error:
        return {
            "name": name or STRING,
            "text": "",
            "problem": str(error),
            "today": "unknown",
            "diff": "",
        }
    today, diff = ("unknown", "") if now is None else _today(document, now)
    return {
        "name": name or STRING,
        "text": document.source,
        "problem": "",
        "today": today,
        "diff": diff,
    }


def _today(document: TemplateDocument, now: Environment) -> tuple[str, str]:
    """Return in one word whether the present template is the same, and the differences."""
    if not document.name or now.loader is None:
        return "unknown", ""
    try:
        source = now.loader.get_source(now, document.name)[0]
    except TemplateNotFound:
        return "gone", ""
    except Exception:  # noqa: BLE001 - a loader is the app's: it may raise anything
        return "unknown", ""
    if source == document.source:
        return "same", ""
    if len(source) + len(document.source) > _MAX_SOURCE:
        return "changed", ""
    lines = unified_diff(
        document.source.splitlines(), source.splitlines(), "then", "now", lineterm=""
    )
    return "changed", "\n".join(lines)


class Stories:
    """Caches the stories of the last few recordings that people look at, because a story needs all
    pages.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[ref[Recording], dict[str, Any]]] = OrderedDict()
        self._turns = SingleFlight()

    def of(self, recording: Recording, observing: ObservingRenderer) -> dict[str, Any]:
        """Return the story of a recording; for a running one, the story so far."""
        name = recording.summary.id
        with self._turns.of(name):
            known = self._known.get(name)
            if known is not None and known[0]() is recording:
                return known[1]
            data = story_data(recording, observing)
            self._known[name] = ref(recording), data
            while len(self._known) > _STORIES:
                self._known.popitem(last=False)
        return data


def story_data(recording: Recording, observing: ObservingRenderer) -> dict[str, Any]:
    """Return the story of a session, as lines and as Markdown."""
    session = story(recording, observing)
    return {**msgspec.to_builtins(session), "markdown": session.markdown()}
