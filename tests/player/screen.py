"""The player as a viewer sees it."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Page

_SLICE = 100
"""Milliseconds that pass at once, about six frames."""


class Screen:
    """A tab with a recording open.

    :param address: of the player page.
    :param stopped: whether the tab's clock stands still until :meth:`wait` advances it.
    """

    def __init__(self, tab: Page, address: str, *, moment: str = "", stopped: bool = False) -> None:
        self.tab = tab
        if stopped:
            tab.clock.install(time=0)
            tab.clock.pause_at(1000)
        tab.goto(address + moment)
        tab.wait_for_selector("body[data-ready]")
        self.settle()

    def settle(self) -> None:
        """Wait until the requested step is shown."""
        self.tab.wait_for_selector("body:not([data-loading])")

    @property
    def current(self) -> int:
        """Return the number of the current event."""
        self.settle()
        row = self.tab.locator("#events li:has([aria-current])")
        return int(row.get_attribute("aria-posinset") or 0) - 1 if row.count() else -1

    @property
    def position(self) -> int:
        """Return the position in milliseconds."""
        self.settle()
        return int(self.tab.input_value("#scrubber"))

    @property
    def playing(self) -> bool:
        """Whether it is playing."""
        return self.tab.get_attribute("#play", "aria-label") == "Pause"

    @property
    def url(self) -> str:
        """Return the address of the page that is shown."""
        self.settle()
        return self.tab.inner_text("#url")

    @property
    def page(self) -> FrameLocator:
        """Return the recorded page that is shown. Others are prepared below it."""
        self.settle()
        return self.tab.frame_locator("#screen iframe:not(.coming)")

    @property
    def title(self) -> str:
        """Return the heading of the recorded page."""
        return self.page.locator("h1").inner_text()

    def quiet(self) -> None:
        """Wait until requests that the page has already started would have reached the server."""
        self.settle()
        self.tab.evaluate("""async () => {
            for (let n = 0; n < 3; n++) {
                await new Promise(requestAnimationFrame)
                await fetch(location.href, { cache: 'no-store' })
            }
        }""")

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.tab.keyboard.press(key)

    def wait(self, milliseconds: int) -> None:
        """Let time pass in a tab with a stopped clock, in which pages load instantly."""
        for _ in range(0, milliseconds, _SLICE):
            self.tab.clock.run_for(min(_SLICE, milliseconds))
            self.tab.wait_for_selector("body:not([data-loading=true])")

    def drag(self, milliseconds: float) -> None:
        """Drag the scrubber to a position."""
        box = self.tab.locator("#scrubber").bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        self.tab.mouse.move(box["x"] + 8 + (box["width"] - 16) * self.position / self._length, y)
        self.tab.mouse.down()
        self.drag_on(milliseconds)

    def drag_on(self, milliseconds: float) -> None:
        """Drag the scrubber further, to another position."""
        box = self.tab.locator("#scrubber").bounding_box()
        assert box is not None
        share = milliseconds / self._length
        y = box["y"] + box["height"] / 2
        self.tab.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, y, steps=4)

    @property
    def _length(self) -> float:
        return float(self.tab.get_attribute("#scrubber", "max") or 1)
