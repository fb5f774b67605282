"""A server for an app and a browser for a visitor: one browser for all tests of a process."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = next(
    filter(
        None,
        map(
            shutil.which,
            ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        ),
    ),
    None,
)
"""The system's browser. Without one, Playwright's is used."""

OPTIONS = ("--no-sandbox", "--disable-gpu")
PATIENCE = 30_000
"""Milliseconds for which a test waits for what it expects of a page."""


@contextmanager
def serving() -> Iterator[Callable[[Flask], str]]:
    """Yield a function that serves an app and returns its address. The servers stop at the end."""
    stops: list[Callable[[], None]] = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stops.extend((server.shutdown, thread.join))
        return f"http://127.0.0.1:{server.server_port}"

    try:
        yield start
    finally:
        for stop in stops:
            stop()


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Yield a function that serves an app and returns its address."""
    with serving() as start:
        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once: the system's or Playwright's. Without either, tests that use it fail."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """Open a tab. An error in the player's script fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert not failures
