"""Pictures of whole apps: every page of the example and of other apps looks as its visitor saw it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from PIL.Image import Image
from playwright.sync_api import Browser

from flask_replay import Replay

from ..browsing import serving
from ..conftest import recordings_of
from ..example.conftest import shop_in
from ..fidelity import test_admin, test_babel, test_bootstrap, test_security
from .pictures import IN_A_FRAME, TOLERATED, context_of, difference, settled, taken_when

SIZE = {"width": 900, "height": 700}


class App(NamedTuple):
    """An app, and the pages that its visitor opens.

    :ivar scripted: pages that their own scripts finish.
    """

    make: Callable[[Path], Flask]
    pages: tuple[str, ...]
    scripted: tuple[str, ...] = ()


APPS = {
    "example": App(
        shop_in,
        (
            "/",
            "/?shelf=NOVEL&sort=price",
            "/book/1",
            "/account/login",
            "/cart/",
            "/gift-card",
            "/no",
        ),
    ),
    "admin": App(
        test_admin.make_app,
        ("/admin/", "/admin/report/"),
        ("/admin/book/", "/admin/book/edit/?id=1"),
    ),
    "Babel": App(test_babel.make_app, ("/texts", "/texts?lang=de", "/formats?lang=de", "/form")),
    "Bootstrap": App(partial(test_bootstrap.make_app, 5), ("/form", "/table", "/?page=3")),
    "Security": App(test_security.make_app, ("/", "/login", "/register", "/reset", "/confirm")),
}


@pytest.mark.parametrize("name", APPS)
def test_whole_apps_look_as_they_did(name: str, tmp_path: Path, browser: Browser) -> None:
    """At the same size. With scripts switched on, what scripts made of a page is there."""
    make, pages, scripted = APPS[name]
    app = make(tmp_path / name)
    app.debug = True
    if "replay" not in app.extensions:
        app.config.update(REPLAY_STORAGE=str(tmp_path / "store"), REPLAY_ENABLED=True)
        Replay(app)
    with serving() as serve:
        address, context = serve(app), context_of(browser, viewport=SIZE)
        visitor, viewer = context.new_page(), context.new_page()
        seen = {}
        for path in (*pages, *scripted):
            # a busy server may be late with images that the browser loads after the page
            visitor.goto(address + path, wait_until="networkidle")
            seen[path] = settled(visitor, lambda picture: True)
        (recording,) = recordings_of(app)
        steps = {
            batch.request.url: n
            for n, batch in enumerate(recording.batches)
            if batch.request is not None
        }
        viewer.goto(f"{address}/replay/")
        differ = {}
        for path, picture in seen.items():
            page = f"/replay/{recording.summary.id}/page/{steps[path]}{'?scripts' if path in scripted else ''}"
            viewer.evaluate(IN_A_FRAME, page)
            right = partial(_agree, picture)
            differ[path] = difference(picture, taken_when(viewer, right))
        context.close()
    assert {path: share for path, share in differ.items() if share > TOLERATED} == {}


def _agree(picture: Image, shown: Image) -> bool:
    return difference(picture, shown) <= TOLERATED
