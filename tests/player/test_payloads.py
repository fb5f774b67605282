"""No known payload runs, in any field of a recording, in any view, in finished and running
recordings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Frame as PageFrame
from turbohtml import parse

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Action, Error, Frame, Message, Request, Run, Socket
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage

from .handmade import STARTED, go_on, keep
from .payloads import HARM, SCRIPTS
from .screen import Screen

PAYLOADS = [text.replace("HARM", HARM) for text in SCRIPTS]
ALL = " ".join(PAYLOADS)
KEPT = {"offset_ms", "sequence", "state", "screenshot", "dom", "trace", "parts"}
"""Fields that contain no text, or whose text is looked up."""


def filled(kind: type[Any], text: str, **fields: Any) -> Any:
    """Return an event with a text in every field that takes one, in names and values, future fields
    included.
    """
    made: dict[str, Any] = {}
    for field in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        if field.name not in KEPT:
            value = holding(field.type, text)
            if value is not None:
                made[field.name] = value
    return kind(**{**made, **fields})


def holding(kind: msgspec.inspect.Type, text: str) -> Any:
    """Return a value of a type with a text wherever possible, ``None`` if it has none."""
    if isinstance(kind, msgspec.inspect.StrType):
        return text
    if isinstance(kind, msgspec.inspect.AnyType):
        return {text: [text, {"__proto__": text, text: text}]}
    if isinstance(kind, msgspec.inspect.UnionType):
        return next(
            (value for inner in kind.types if (value := holding(inner, text)) is not None), None
        )
    if isinstance(kind, msgspec.inspect.DictType):
        value = holding(kind.value_type, text)
        return None if value is None else {text: value}
    if isinstance(kind, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        value = holding(kind.item_type, text)
        return (
            None
            if value is None
            else ([value] if isinstance(kind, msgspec.inspect.ListType) else (value,))
        )
    return None


def steps(text: str) -> list[Batch]:
    """Return a step of each kind, hostile in every field."""
    asked = filled(
        Request, text, offset_ms=0, method="GET", url=f"/{text}", status=200, parts=(text,)
    )
    posted = filled(Request, text, offset_ms=1, status=500, parts=(0,))
    return [
        Batch((asked, filled(Error, text, offset_ms=0, frame=-1))),
        Batch((posted, filled(Frame, text, offset_ms=1))),
        Batch((filled(Message, text, offset_ms=2, sent=True, parts=(text,)),)),
        Batch((filled(Socket, text, offset_ms=3, state="closed"),)),
        Batch((filled(Action, text, offset_ms=4, sequence=1),)),
        Batch((filled(Run, text, offset_ms=5),)),
    ]


def unharmed(tab: Page) -> bool:
    """Whether no script of a payload ran, in the page or in one within it."""
    return all(map(_is_unharmed, tab.frames))


def _is_unharmed(frame: PageFrame) -> bool:
    try:
        return frame.evaluate("() => window.hacked") is None
    except PlaywrightError:
        if frame.is_detached():  # another page has replaced it
            return True
        raise


@pytest.fixture
def quiet(tab: Page) -> Page:
    """Return a tab in which no dialog opens."""
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    return tab


def test_the_payloads_run_if_nothing_forbids_it(
    browser: Browser, serve: Callable[[Flask], str]
) -> None:
    """Otherwise the tests below would prove nothing. Many need a click, an old browser, or a
    certain context.
    """
    app = Flask("open")
    app.add_url_rule(
        "/<int:number>", "page", lambda number: f"<!doctype html><body>{PAYLOADS[number]}</body>"
    )
    frames = "".join(f'<iframe src="/{number}"></iframe>' for number in range(len(PAYLOADS)))
    app.add_url_rule("/", "frames", lambda: f"<!doctype html>{frames}")
    page = browser.new_page()
    page.goto(serve(app), timeout=60_000)
    ran = [frame for frame in page.frames[1:] if frame.evaluate("() => window.hacked") == 1]
    page.close()
    assert len(ran) >= 35


def test_no_payload_runs_as_a_page(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], quiet: Page
) -> None:
    """Each as a whole page and as a fragment, in frames of a page whose scripts run."""
    ids = [
        keep(storage, [Batch((Request(offset_ms=0, method="GET", url="/", parts=(text,)),))])
        for text in PAYLOADS
    ]
    frames = "".join(
        f'<iframe src="/replay/{id}/{view}/0"></iframe>' for id in ids for view in ("page", "piece")
    )
    app.add_url_rule(
        "/frames", "frames", lambda: f"<!doctype html><script>window.scripts = 1</script>{frames}"
    )
    quiet.goto(f"{serve(app)}/frames", timeout=60_000)
    assert quiet.evaluate("() => window.scripts") == 1
    assert len(quiet.frames) > 2 * len(PAYLOADS)
    assert unharmed(quiet)


@pytest.mark.parametrize("running", [False, True])
def test_no_payload_runs_in_any_field(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], quiet: Page, running: bool
) -> None:
    """All of them in each field: as text in the list, in the player at every step, in details and
    in reports.
    """
    batches = steps(ALL)
    if running:
        id = new_id(STARTED)
        go_on(storage, id, batches[:2])
    else:
        id = keep(storage, batches, name=ALL, landing=ALL, flags=(ALL,))
    address = serve(app)
    quiet.goto(f"{address}/replay/")
    assert unharmed(quiet)
    screen = Screen(quiet, f"{address}/replay/{id}", moment="#t=0")
    if running:
        go_on(storage, id, batches[2:], number=2)
    expect(quiet.locator("#events button")).to_have_count(len(batches))
    for index in range(len(batches)):
        quiet.locator("#events button").nth(index).click()
        assert screen.current == index
        quiet.locator("button[data-tab=details]").dispatch_event("click")
        assert unharmed(quiet)
        for place in ("#events", "#details", "#url", "header", "#beside p"):
            hostile = f"{place} :is(script, img, image, iframe, object, embed, marquee, math, form:not([method=post]), [onerror])"
            assert quiet.locator(hostile).count() == 0
    quiet.reload()
    assert unharmed(quiet)


@pytest.mark.parametrize(
    "view", ["", "{id}", "health", "{id}/steps.json", "{id}/step/0.json", "{id}/verdict/1.json"]
)
def test_no_view_of_the_player_has_an_inline_script_or_style(
    app: Flask, storage: FileStorage, view: str
) -> None:
    """None could run, because the policy allows only the player's own files. Data responses are not
    pages.
    """
    id = keep(storage, steps(ALL), name=ALL, landing=ALL, flags=(ALL,))
    answer = app.test_client().get(f"/replay/{view.format(id=id)}")
    policy = answer.headers["Content-Security-Policy"]
    assert (
        "script-src 'self'; style-src 'self';" in policy
        and "unsafe" not in policy
        and "data:" not in policy
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if view.endswith(".json"):
        assert answer.mimetype == "application/json"
        return
    page = parse(answer.get_data(as_text=True))
    assert (
        page.select(
            "script:not([src]), style, iframe, object, embed, base, meta[http-equiv], [style]"
        )
        == []
    )
    names = {name for element in page.select("*") for name in element.attrs}
    assert {"class", "href"} <= names and not [name for name in names if name.startswith("on")]
