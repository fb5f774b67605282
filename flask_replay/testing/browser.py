"""Record what a test or an agent does in a real browser, through Playwright's own calls.

Playwright is not needed to import this: whatever has its methods is recorded.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..capture.programs import ProgramRecording
from ..errors import SnapshotRefused

_ACTIONS = {
    "goto": "navigate", "go_back": "navigate", "go_forward": "navigate", "reload": "navigate", "click": "click",
    "dblclick": "click", "tap": "click", "check": "click", "uncheck": "click", "fill": "type", "type": "type",
    "press_sequentially": "type", "press": "key_press", "select_option": "select", "hover": "hover",
    "set_input_files": "upload", "drag_to": "drag", "drag_and_drop": "drag", "scroll_into_view_if_needed": "scroll",
    "evaluate": "evaluate", "wait_for_selector": "wait", "wait_for_url": "wait",
}  # fmt: skip
"""Playwright's methods, and what they are as actions."""

_FINDERS = ("locator", "get_by_", "frame_locator", "first", "last", "nth", "filter")
_ON_ELEMENT = frozenset({"click", "type", "key_press", "select", "hover", "upload", "drag", "scroll"})


def record_page(page: Any, recording: ProgramRecording) -> Any:
    """Give a page that records what is done with it, each action with a screenshot, and what fails, too.

    ::

        with replay.start("checkout") as recording:
            page = record_page(browser.new_page(), recording)
            page.goto("http://127.0.0.1:5000/")
            page.get_by_role("button", name="Buy").click()

    The pages that the app serves it are in the recording, too: the browser sends ``recording.headers``
    with every request, so let it visit no other site.

    :param page: of Playwright's synchronous API.
    """
    page.set_extra_http_headers(recording.headers)
    return _Recorded(page, page, recording, "")


class _Recorded:
    """A page, or a locator in it."""

    def __init__(self, target: Any, page: Any, recording: ProgramRecording, selector: str) -> None:
        self._target = target
        self._page = page
        self._recording = recording
        self._selector = selector

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name in _ACTIONS:
            return lambda *arguments, **options: self._act(name, found, arguments, options)
        if not name.startswith(_FINDERS):
            return found
        if not callable(found):
            return self._within(found, name)
        return lambda *arguments, **options: self._within(found(*arguments, **options), _said(name, arguments, options))

    def _within(self, target: Any, said: str) -> _Recorded:
        selector = f"{self._selector} >> {said}" if self._selector else said
        return _Recorded(target, self._page, self._recording, selector)

    def _act(self, name: str, action: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Do something, and note it when it has ended, or failed.

        The screenshot of what is done to an element is of the moment before, with the element marked.
        """
        kind = _ACTIONS[name]
        selector, values = self._selector, [str(argument) for argument in arguments]
        if not selector and kind in (*_ON_ELEMENT, "wait") and values:
            selector = values.pop(0)
        noted: dict[str, Any] = {}
        picture = None
        if kind in _ON_ELEMENT:
            noted, picture = {"url": str(self._page.url), **self._box(selector)}, self._picture()
        try:
            result = action(*arguments, **options)
        except Exception as error:
            self._note(kind, selector, values, picture or self._picture(), {**noted, "failed": str(error)})
            raise
        self._note(kind, selector, values, picture or self._picture(), noted)
        return result

    def _note(self, kind: str, selector: str, values: list[str], picture: bytes | None, noted: dict[str, Any]) -> None:
        noted.setdefault("url", str(self._page.url))
        try:
            self._recording.record_action(kind, selector, " ".join(values) or None, picture, metadata=noted)
        except SnapshotRefused:
            self._recording.record_action(kind, selector, " ".join(values) or None, metadata=noted)

    def _picture(self) -> bytes | None:
        with suppress(Exception):  # a page that is closed, or on its way, has no picture
            return bytes(self._page.screenshot(scale="css"))
        return None

    def _box(self, selector: str) -> dict[str, Any]:
        """Tell where an element is."""
        target = self._target if self._selector else self._page.locator(selector)
        with suppress(Exception):  # what is not there will fail, and says so itself
            target.scroll_into_view_if_needed(timeout=1000)
            box = target.bounding_box(timeout=1000)
            return {"box": [round(box[side]) for side in ("x", "y", "width", "height")]}
        return {}


def _said(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    """Write a locator: a selector as it is, else the method with what it was given."""
    if name == "locator" and len(arguments) == 1 and not options:
        return str(arguments[0])
    parts = [*map(repr, arguments), *(f"{key}={value!r}" for key, value in options.items())]
    return f"{name}({', '.join(parts)})"
