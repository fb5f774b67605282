"""The views of lists (recordings, errors, one visitor's recordings), and the actions on all
recordings.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlencode

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..capture_state import ActiveSession
from ..errors import (
    DecodeError,
    NoActiveRecording,
    RecordingInProgress,
    RecordingNotFound,
    StorageError,
)
from ..recording.ids import made_at
from ..recording.summary import PARTED, Summary
from ..storage import Filter
from ..storage.finding.totals import Opens
from ..web import responses
from . import charts
from .guard import Guard
from .list_query import ListQuery
from .pages import Pages
from .recent import Recent
from .views import PlayerState, Views

_MAX_NAME = 200

_NEWEST = 50
"""Recordings that an open list requests to count the new ones."""

_CHAIN = 5
"""Recordings that a visitor's page follows through logins and logouts in one browser."""

_SOON = 200
"""Recordings in which the continuation after a logout is searched for."""

_NEAR = 0.002
"""Seconds around the creation time of an id."""


class Row(NamedTuple):
    """A recording on a visitor's page.

    :ivar relation: how it is related, if it does not have the visitor's name.
    """

    summary: Summary
    relation: str


class Lists(Views):
    """The views of lists."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent, pages: Pages) -> None:
        super().__init__(state, recent)
        self._pages = pages

    def recordings(self) -> BaseResponse:
        """List the recordings that the user may see, a page at a time."""
        guard = self._guard()
        guard.admit("list")
        wanted = self._wanted("list", ("sort", "before", "unconfirmed"))
        if isinstance(wanted, BaseResponse):
            return wanted
        found = self._state().recordings.found(
            wanted.where,
            sort=wanted.sort,
            before=wanted.before or None,
            unconfirmed=wanted.everything,
            opens=_opens(guard, wanted),
        )
        capture = self._capture()
        return self._pages.answer(
            "list.html",
            found=found,
            wanted=wanted,
            chart=charts.chart(found.totals.starts),
            reasons={
                summary.id: self._reason(summary.id)
                for summary in found.summaries
                if _unreadable(summary)
            },
            obstacles=self._state().obstacles(self._app()),
            health=guard.allows("health"),
            record_token=guard.token("record")
            if (capture or not self._blocked()) and guard.allows("record")
            else "",
            capture=capture,
            clear_token=guard.token("clear") if guard.allows("clear") else "",
        )

    def newest(self) -> BaseResponse:
        """Return the ids of the newest recordings of a list. An open list polls this."""
        guard = self._guard()
        guard.require("list")
        wanted = ListQuery(
            "newest", request.args.items(multi=True), ("sort", "before", "unconfirmed")
        )
        opens = _opens(guard, wanted)
        newest = self._state().recordings.summaries(
            where=wanted.where, limit=_NEWEST, unconfirmed=wanted.everything
        )
        return responses.json({"ids": [summary.id for summary in newest if opens(summary)]})

    def errors(self) -> BaseResponse:
        """List the kinds of errors in recordings that the user may see."""
        guard = self._guard()
        guard.admit("list")
        wanted = self._wanted("errors", ("unconfirmed",))
        if isinstance(wanted, BaseResponse):
            return wanted
        kinds = self._state().recordings.errors(
            wanted.where,
            unconfirmed=wanted.everything,
            opens=lambda summary: guard.allows("view", recording=summary),
        )
        times = [time for kind in kinds for time in kind.times]
        span = (min(times), max(times)) if times else None
        return self._pages.answer(
            "errors.html",
            kinds=[(kind, charts.chart(kind.times, span, 30)) for kind in kinds],
            wanted=wanted,
            chart=charts.chart(times),
        )

    def visitor(self) -> BaseResponse:
        """List the recordings of one visitor, with those of their browser before a login and after
        a logout.
        """
        guard = self._guard()
        guard.require("list")
        name = request.args.get("user", "")
        if not name:
            guard.missing()
        wanted = ListQuery("visitor", request.args.items(multi=True), ("before",))
        wanted.unknown += [
            (field, value) for field, value in wanted.written.items() if field != "user"
        ]
        found = self._state().recordings.found(
            Filter(name=name),
            before=wanted.before or None,
            opens=lambda summary: guard.allows("view", recording=summary),
        )
        if not found.totals.recordings:
            guard.missing()
        guard.note("list")
        rows = self._together(guard, found.summaries)
        return self._pages.answer(
            "visitor.html",
            visitor=name,
            rows=rows,
            found=found,
            wanted=wanted,
            lanes=charts.lanes([row.summary for row in rows]),
        )

    def _together(self, guard: Guard, own: list[Summary]) -> list[Row]:
        """Return recordings and those related to them, if the user may see them, newest first."""
        found = {summary.id: Row(summary, "") for summary in own}
        for summary in own:
            previous = summary.previous
            for _ in range(_CHAIN):
                before = self._summary(previous) if previous and previous not in found else None
                if before is None or not guard.allows("view", recording=before):
                    break
                found[before.id] = Row(
                    before, "this browser, before" if before.name else "before login"
                )
                previous = before.previous
            after = self._after(summary) if PARTED in summary.flags else None
            if (
                after is not None
                and after.id not in found
                and guard.allows("view", recording=after)
            ):
                found[after.id] = Row(after, "after logout")
        return sorted(found.values(), key=lambda row: row.summary.id, reverse=True)

    def _summary(self, id: str) -> Summary | None:
        """Return the summary of a recording without reading all of it."""
        made = made_at(id)
        near = self._state().recordings.summaries(
            where=Filter(since=max(0, made - _NEAR), until=made + _NEAR)
        )
        return next((summary for summary in near if summary.id == id), None)

    def _after(self, summary: Summary) -> Summary | None:
        """Return the anonymous recording that continues after a logout."""
        begin, state = made_at(summary.id), self._state()
        end = begin + summary.duration_ms / 1000 + state.settings.idle_timeout
        nameless = Filter(name="", since=begin, until=end)
        found = state.recordings.summaries(where=nameless, limit=_SOON)
        return next((other for other in found if other.previous == summary.id), None)

    def _wanted(self, view: str, beside: tuple[str, ...]) -> ListQuery | BaseResponse:
        """Return the query of the address; or a redirect to the same address without empty fields
        of a form.
        """
        pairs = list(request.args.items(multi=True))
        filled = [(name, value) for name, value in pairs if value.strip() or name == "user"]
        if len(filled) < len(pairs):
            return redirect(
                f"{url_for(f'.{view}')}?{urlencode(filled)}" if filled else url_for(f".{view}")
            )
        return ListQuery(view, pairs, beside)

    def _reason(self, id: str) -> str:
        """Return the reason why a recording cannot be read."""
        try:
            self._recent.get(self._state().recordings, id)
        except (RecordingNotFound, DecodeError, StorageError) as error:
            return str(error)
        return "it could not be read a moment ago"

    # Actions on all recordings

    def clear(self) -> BaseResponse:
        """Delete all finished recordings that are not pinned."""
        guard = self._guard()
        guard.require("clear")
        guard.require_change(request, "clear")
        self._state().recordings.clear()
        return redirect(url_for(".list"))

    def record(self) -> BaseResponse:
        """Start a capture by hand, or stop it and finalize its recordings."""
        guard = self._guard()
        guard.require("record")
        guard.require_change(request, "record")
        state = self._state()
        with suppress(RecordingInProgress, NoActiveRecording):  # another user was faster
            if not request.form.get("name"):
                state.stop_capture()
            elif not self._blocked():
                state.start_capture(request.form["name"][:_MAX_NAME])
        return redirect(url_for(".list"))

    def _blocked(self) -> bool:
        """Whether a capture by hand could record nothing."""
        return bool(self._state().blocking(self._app()))

    def _capture(self) -> ActiveSession | None:
        """Return the running capture by hand, or ``None``."""
        try:
            return self._state().capture()
        except NoActiveRecording:
            return None


def _opens(guard: Guard, wanted: ListQuery) -> Opens:
    """Return a function that tells whether a list shows a recording: the user may see it, and the
    visitor interacted.
    """

    def opens(summary: Summary) -> bool:
        worth = (
            wanted.everything
            or summary.tally.interaction
            or summary.captured
            or _unreadable(summary)
        )
        return worth and guard.allows("view", recording=summary)

    return opens


def _unreadable(summary: Summary) -> bool:
    return "unreadable" in summary.flags
