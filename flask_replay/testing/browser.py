"""Record what a test or an agent does in a real browser, through Playwright's own calls.

Importing this module does not need Playwright. Any object with Playwright's methods can be
recorded.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from ..errors import SnapshotRefused

_ACTIONS = {
    "goto": "navigate", "go_back": "navigate", "go_forward": "navigate", "reload": "navigate",
    "click": "click", "dblclick": "click", "tap": "click", "check": "click", "uncheck": "click",
    "fill": "type", "type": "type", "press_sequentially": "type", "press": "key_press",
    "select_option": "select", "hover": "hover", "set_input_files": "upload", "drag_to": "drag",
    "drag_and_drop": "drag", "scroll_into_view_if_needed": "scroll", "evaluate": "evaluate",
    "wait_for_selector": "wait", "wait_for_url": "wait",
}  # fmt: skip
"""Playwright's methods, with the types of their actions."""

_FINDERS = ("locator", "get_by_", "frame_locator", "first", "last", "nth", "filter")
_ON_ELEMENT = frozenset(
    {"click", "type", "key_press", "select", "hover", "upload", "drag", "scroll"}
)

_PATIENCE = 5000.0


class Records(Protocol):
    """The part of a recording that is needed here."""

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that the browser must send."""

    @property
    def elapsed_ms(self) -> int:
        """Return the milliseconds since the start."""

    def record_action(
        self,
        type: str,
        selector: str | None = None,
        value: Any = None,
        screenshot: bytes | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        timestamp_ms: int | None = None,
    ) -> object:
        """Record an action."""


def record_page(page: Any, recording: Records) -> Any:
    """Return a page that records the actions on it, each with a screenshot, including failed ones.

    ::

        with replay.start("checkout") as recording:
            page = record_page(browser.new_page(), recording)
            page.goto("http://127.0.0.1:5000/")
            page.get_by_role("button", name="Buy").click()

    The pages that the app serves to this browser are in the recording, too. The browser sends
    ``recording.headers`` with every request, so let it visit no other site.

    :param page: a page of Playwright's synchronous or asynchronous API.
    """
    if isinstance(page, _Recorded):  # the page is already being recorded
        page = page._target
    if inspect.iscoroutinefunction(page.goto):
        return _Awaited(page, _Tab(page, recording), "")
    if recording.headers:
        page.set_extra_http_headers(recording.headers)
    return _Recorded(page, _Tab(page, recording), "")


class _Tab:
    """What a page and its locators share.

    :ivar unsent: the headers that the browser does not send yet.
    """

    def __init__(self, page: Any, recording: Records) -> None:
        self.page = page
        self.recording = recording
        self.unsent = recording.headers


class _Act:
    """One running action: its start, and what is known of it.

    :ivar patience: milliseconds for which an element is searched for, to mark it.
    :ivar picture: a screenshot before an action on an element, which may remove the element.
    """

    def __init__(
        self,
        tab: _Tab,
        name: str,
        selector: str,
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> None:
        self.tab = tab
        self.patience = min(options.get("timeout") or _PATIENCE, _PATIENCE)
        self.kind = _ACTIONS[name]
        self.selector = selector
        self.values = [str(argument) for argument in arguments]
        if not selector and self.kind in (*_ON_ELEMENT, "wait") and self.values:
            self.selector = self.values.pop(0)
        self.on_element = self.kind in _ON_ELEMENT
        self.noted: dict[str, Any] = {"url": str(tab.page.url)} if self.on_element else {}
        self.picture: bytes | None = None
        self.began = 0

    def begin(self, box: dict[str, float] | None) -> None:
        """Note the start of the action, which all its effects follow."""
        if box is not None:
            self.noted["box"] = [round(box[side]) for side in ("x", "y", "width", "height")]
        self.began = self.tab.recording.elapsed_ms

    def note(self, picture: bytes | None, error: Exception | None = None) -> None:
        """Record the action after it ended or failed, at its start time, before the pages that it
        led to.
        """
        self.noted.setdefault("url", str(self.tab.page.url))
        if error is not None:
            self.noted["failed"] = str(error)
        action = self.kind, self.selector, " ".join(self.values) or None
        more: dict[str, Any] = {"metadata": self.noted, "timestamp_ms": self.began}
        try:
            self.tab.recording.record_action(*action, self.picture or picture, **more)
        except SnapshotRefused:
            self.tab.recording.record_action(*action, None, **more)


class _Recorded:
    """A page, or a locator in it. It reports the class of the wrapped object, which Playwright's
    ``expect`` checks.
    """

    def __init__(self, target: Any, tab: _Tab, selector: str) -> None:
        self._target = target
        self._tab = tab
        self._selector = selector

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._target)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name in _ACTIONS:
            return lambda *arguments, **options: self._do(
                found, _Act(self._tab, name, self._selector, arguments, options), arguments, options
            )
        if not name.startswith(_FINDERS):
            return found
        if not callable(found):
            return self._within(found, name)
        return lambda *arguments, **options: self._within(
            found(*arguments, **options), _locator_text(name, arguments, options)
        )

    def _within(self, target: Any, inner: str) -> _Recorded:
        selector = f"{self._selector} >> {inner}" if self._selector else inner
        return type(self)(target, self._tab, selector)

    def _element(self, act: _Act) -> Any:
        return self._target if self._selector else self._tab.page.locator(act.selector)

    def _do(
        self, action: Any, act: _Act, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        """Do an action, and record it."""
        box = None
        if act.on_element:
            with suppress(Exception):  # a missing element makes the action itself fail
                element = self._element(act)
                element.scroll_into_view_if_needed(timeout=act.patience)
                box = element.bounding_box(timeout=act.patience)
            act.picture = self._picture()
        act.begin(box)
        try:
            result = action(*arguments, **options)
        except Exception as error:
            act.note(act.picture or self._picture(), error)
            raise
        act.note(act.picture or self._picture())
        return result

    def _picture(self) -> bytes | None:
        with suppress(Exception):  # a page that is closed or navigating has no screenshot
            return bytes(self._tab.page.screenshot(scale="css"))
        return None


class _Awaited(_Recorded):
    """The same for Playwright's asynchronous API."""

    async def _do(
        self, action: Any, act: _Act, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        if self._tab.unsent:
            headers, self._tab.unsent = self._tab.unsent, {}
            await self._tab.page.set_extra_http_headers(headers)
        box = None
        if act.on_element:
            with suppress(Exception):
                element = self._element(act)
                await element.scroll_into_view_if_needed(timeout=act.patience)
                box = await element.bounding_box(timeout=act.patience)
            act.picture = await self._picture_now()
        act.begin(box)
        try:
            result = await action(*arguments, **options)
        except Exception as error:
            act.note(act.picture or await self._picture_now(), error)
            raise
        act.note(act.picture or await self._picture_now())
        return result

    async def _picture_now(self) -> bytes | None:
        with suppress(Exception):
            return bytes(await self._tab.page.screenshot(scale="css"))
        return None


def _locator_text(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    """Return a locator as text: its selector, or its method with the arguments."""
    if name == "locator" and len(arguments) == 1 and not options:
        return str(arguments[0])
    parts = [*map(repr, arguments), *(f"{key}={value!r}" for key, value in options.items())]
    return f"{name}({', '.join(parts)})"
