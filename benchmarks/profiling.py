"""The time of a recorded request, by function."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from collections.abc import Callable
from pathlib import Path

from .family import PAGES, Page
from .variants import VARIANTS, WARM_UP, Requests, Variant

REQUESTS = 500
ROWS = 40


def run() -> bool:
    """Profile the recording of each page on the request's own thread, and print the slowest
    functions.
    """
    for page in PAGES.values():
        print(f"\n{page.label}")
        profile_of(page, VARIANTS["recording"])
    return True


def profile_of(page: Page, make: Callable[[Path, Page], Variant]) -> None:
    """Profile a page under a tool."""
    with tempfile.TemporaryDirectory() as folder:
        variant = make(Path(folder), page)
        request = Requests(variant.app, page)
        for _ in range(WARM_UP):
            request()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(REQUESTS):
            request()
        profile.disable()
        variant.finish()
    pstats.Stats(profile).sort_stats("tottime").print_stats(ROWS)
