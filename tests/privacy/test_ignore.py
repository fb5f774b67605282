"""``{% replay_ignore %}`` keeps a part of a page out of recordings, and visitors do not notice
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import (
    Flask,
    Response,
    jsonify,
    render_template,
    render_template_string,
    stream_template_string,
    stream_with_context,
)
from jinja2 import DictLoader, Environment
from markupsafe import Markup

from flask_replay import REDACTED, Replay, ReplayIgnore
from flask_replay.engine.ignoring import BOX
from flask_replay.engine.replaying import verify
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of

PIN = "481502"
"""Texts that no recording may contain."""

TEMPLATES = {
    "layout.html": (
        "<title>{{ title }}</title>{% block account %}{% replay_ignore %}<i>{{ user.pin }}</i>{% "
        "endreplay_ignore %}"
        "{% endblock %}<main>{% block main %}{% endblock %}</main>"
    ),
    "child.html": "{% extends 'layout.html' %}{% block main %}Hello {{ user.name }}{% endblock %}",
    "super.html": "{% extends 'layout.html' %}{% block account %}<b>{{ super() }}</b>{% endblock %}",
    "pin.html": "<i>{{ user.pin }}</i>",
    "ignoring.html": "{% replay_ignore %}{{ user.pin }}{% endreplay_ignore %}",
    "macros.html": (
        "{% macro of(user) %}<p>{% replay_ignore %}{{ user.pin }}{% endreplay_ignore %}</p>{% "
        "endmacro %}"
        "{% macro twice() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    ),
}
IGNORE, END = "{% replay_ignore %}", "{% endreplay_ignore %}"

EXACT = {
    "a variable": "Hi {{ user.name }}, {% replay_ignore %}{{ pin }}{% endreplay_ignore %}!",
    "an attribute": "{{ user.name }}{% replay_ignore %}<b>{{ user.pin }}</b>{% endreplay_ignore %}{{ user.name }}",
    "a call": "{% replay_ignore %}{{ fetch() }}{% endreplay_ignore %}{{ user.name }}",
    "a filter": "{% replay_ignore %}{{ pin|spaced }}{{ pin|upper }}{% endreplay_ignore %}{{ user.name|spaced }}",
    "a test": "{% replay_ignore %}{% if pin == '481502' %}{{ pin }}{% endif %}{% endreplay_ignore %}{{ user.name }}",
    "a loop": "{% replay_ignore %}{% for p in user.pins %}{{ loop.index }}{{ p }}{% endfor %}{% endreplay_ignore %}.",
    "in a loop": "{% for n in range(3) %}{{ n }}{% replay_ignore %}{{ user.pin }}{% endreplay_ignore %}{% endfor %}",
    "in another": f"{IGNORE}a{IGNORE}{{{{ pin }}}}{END}{{{{ pin }}}}{END}{{{{ user.name }}}}",
    "twice": f"{IGNORE}{{{{ pin }}}}{END}{{{{ user.name }}}}{IGNORE}{{{{ user.pin }}}}{END}",
    "nothing": "{% replay_ignore %}{% endreplay_ignore %}{{ user.name }}",
    "an include within": "{% replay_ignore %}{% include 'pin.html' %}{% endreplay_ignore %}{{ user.name }}",
    "in an include": "{{ user.name }}{% include 'ignoring.html' %}{{ user.name }}",
    "a macro within": "{% from 'macros.html' import of %}{% replay_ignore %}{{ of(user) }}{% endreplay_ignore %}.",
    "in a macro": "{% from 'macros.html' import of %}{{ of(user) }}{{ of(user) }}{{ user.name }}",
    "in a macro with context": "{% import 'macros.html' as m with context %}{{ m.of(user) }}{{ user.name }}",
    "in a caller": (
        "{% from 'macros.html' import twice %}{% call twice() %}<p>{% replay_ignore %}{{ pin }}{% "
        "endreplay_ignore %}"
        "</p>{% endcall %}{{ user.name }}"
    ),
    "in a set block": "{% set x %}<p>{% replay_ignore %}{{ pin }}{% endreplay_ignore %}</p>{% endset %}{{ x }}{{ x }}",
    "in the branch of a test": "{% if user.name %}{% replay_ignore %}{{ pin }}{% endreplay_ignore %}{% endif %}",
    "inheritance": "{% extends 'child.html' %}",
    "super": "{% extends 'super.html' %}",
    "in a called block": "{% block a %}{% replay_ignore %}{{ pin }}{% endreplay_ignore %}{% endblock %}{{ self.a() }}",
    "a block within": "{% replay_ignore %}{% block a %}{{ pin }}{% endblock %}{% endreplay_ignore %}{{ user.name }}",
    "a set within": "{% replay_ignore %}{% set x = user.pin %}{{ x }}{% endreplay_ignore %}{{ user.name }}",
    "a name that is set anew": "{% replay_ignore %}{% set pin = pin ~ '!' %}{{ pin }}{% endreplay_ignore %}{{ user.name }}",
    "an import within": (
        "{% replay_ignore %}{% from 'macros.html' import of %}{{ of(user) }}{% endreplay_ignore "
        "%}{{ user.name }}"
    ),
    "an attribute of an element": '<input value="{% replay_ignore %}{{ pin }}{% endreplay_ignore %}">{{ user.name }}',
    "a name that is read outside, too": "{% replay_ignore %}{{ user.pin }}{% endreplay_ignore %}{{ user.name }}{{ user.name }}",
    "a secret within": "{% replay_ignore %}{{ user.password }}{{ pin }}{% endreplay_ignore %}{{ user.name }}",
    "a secret outside": "{% replay_ignore %}{{ pin }}{% endreplay_ignore %}{{ user.password }}",
    "a container": "{% replay_ignore %}{{ user.pins }}{{ {'a': user.pin} }}{{ [pin, user.pin]|join }}{% endreplay_ignore %}.",
}
"""Pages that a replay reproduces exactly, except for boxes."""

UNSURE = {
    "a text that a filter changes": "{% filter upper %}{% replay_ignore %}x{{ pin }}{% endreplay_ignore %}{% endfilter %}",
    "a text that the app changes": (
        "{% filter spaced %}<p>{% replay_ignore %}{{ pin }}{% endreplay_ignore %}</p>{% endfilter "
        "%}{{ user.name }}"
    ),
    "a text that the app is given": (
        "{% set x %}<p>{% replay_ignore %}{{ pin }}{% endreplay_ignore %}</p>{% endset %}{{ x "
        "}}{{ x|spaced|length }}"
    ),
    "a name that is used outside": "{% replay_ignore %}{% set x = user.pin %}{% endreplay_ignore %}{{ x }}",
    "a name that others may use": (
        "{% replay_ignore %}{% set x = user.pin %}{% endreplay_ignore %}{% block a %}{{ x }}{% "
        "endblock %}"
    ),
    "a loop that is left": (
        "{% for p in [1, 2] %}{% replay_ignore %}{{ pin }}{% break %}{% endreplay_ignore %}{% "
        "endfor %}"
    ),
}
"""Pages of which nothing is kept, because their ignored parts cannot be located."""


class User:
    """A visitor of the app."""

    name = "Ann"
    pin = PIN
    pins = (PIN, f"9{PIN}")
    password = f"pw-{PIN}"


def prepared(app: Flask) -> Flask:
    """Return an app with the templates, a filter and a function."""
    app.jinja_loader = DictLoader(TEMPLATES)
    app.jinja_env.add_extension("jinja2.ext.loopcontrols")
    app.jinja_env.filters["spaced"] = lambda text: " ".join(text)
    app.jinja_env.globals["fetch"] = lambda: PIN
    return app


def page(app: Flask, source: str) -> str:
    """Request the page of a template."""
    known = source in app.config.setdefault("SEEN", [])
    app.config["SEEN"].append(source)
    assert not known
    path = f"/page/{len(app.config['SEEN'])}"
    given = {"user": User(), "pin": PIN, "title": "Shop"}
    with app.test_request_context():
        app._got_first_request = False
        app.add_url_rule(
            path, path.replace("/", "_"), lambda: render_template_string(source, **given)
        )
        app._got_first_request = True
    return app.test_client().get(path).text


def kept(app: Flask, folder: Path) -> str:
    """Return everything that is recorded and stored, as one text."""
    texts = [str(msgspec.to_builtins(recording.batches)) for recording in recordings_of(app)]
    stored = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
    # these files contain texts unchanged
    assert any("/view" in text or "/page" in text for text in stored)
    return " ".join([*texts, *stored])


def plain(source: str) -> str:
    """Return a template without the tag."""
    return re.sub(r"\{% (end)?replay_ignore %\}", "", source)


@pytest.fixture
def shop(make_app: AppMaker) -> Flask:
    """A recorded app with these templates, which keeps readable files."""
    return prepared(make_app(REPLAY_FORMAT="json"))


def verdict_of(app: Flask, recording: Recording) -> str:
    """Return the common verdict of a recording's frames."""
    renderer = app.extensions["replay"].renderer
    (verdict,) = {
        verify(number, frame, renderer).verdict for number, frame in enumerate(recording.frames)
    }
    return verdict


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT)
def test_an_ignored_part_is_shown_to_visitors_and_not_recorded(
    shop: Flask, make_app: AppMaker, source: str, tmp_path: Path
) -> None:
    """The page is the same as without the tag. Its replay has a box there, and is identical
    otherwise.
    """
    bare = prepared(make_app("bare", REPLAY_ENABLED=False))
    expected = page(bare, plain(source))
    assert page(bare, source + "{# #}") == expected
    assert page(shop, source) == expected
    (recording,) = recordings_of(shop)
    (frame,) = recording.frames
    rendered = shop.extensions["replay"].renderer.render(frame)
    assert (rendered.missing, rendered.problem) == ((), "")
    secret = source.endswith("{{ user.password }}")
    assert verdict_of(shop, recording) == (
        "identical but for redacted values" if secret else "identical but for ignored parts"
    )
    assert rendered.html.count(BOX) == frame.ignored > 0
    assert PIN not in kept(shop, tmp_path / "replay")


@pytest.mark.parametrize("source", UNSURE.values(), ids=UNSURE)
def test_if_the_part_cannot_be_located_nothing_is_kept(
    shop: Flask, make_app: AppMaker, source: str, tmp_path: Path
) -> None:
    """Neither reads nor a digest, by which a short text could be guessed. The frame says why."""
    bare = prepared(make_app("bare", REPLAY_ENABLED=False))
    assert page(shop, source) == page(bare, plain(source))
    (recording,) = recordings_of(shop)
    (frame,) = recording.frames
    assert "replay_ignore" in frame.unrecorded
    assert (frame.digest, frame.masked, frame.trace.answers) == (b"", b"", {})
    assert not any(isinstance(part, str) and PIN in part for part in recording.batches[0].parts)
    text = kept(shop, tmp_path / "replay")
    assert PIN not in text
    assert " ".join(PIN) not in text


def given() -> dict[str, Any]:
    """Return the context of the pages below."""
    return {"user": User(), "pin": PIN, "title": "Shop"}


def visited(app: Flask, view: Any, folder: Path) -> tuple[str, Recording]:
    """Request a view, and assert that nothing of the PIN is kept."""
    app.add_url_rule("/view", "view", view)
    with ThreadPoolExecutor(1) as pool:  # no event loop of another test runs there
        text = pool.submit(lambda: app.test_client().get("/view").text).result()
    recording = next(iter(recordings_of(app)))
    assert PIN not in kept(app, folder)
    return text, recording


def test_a_streamed_page(shop: Flask, tmp_path: Path) -> None:
    """The pieces are those without the tag, and none is empty."""
    source = EXACT["in another"]
    pieces: list[str] = []

    def view() -> Response:
        made = stream_template_string(source, **given())
        return Response((pieces.append(piece) or piece for piece in made), mimetype="text/html")  # type: ignore[func-returns-value]

    text, recording = visited(shop, view, tmp_path / "replay")
    assert text == f"a{PIN}{PIN}Ann"
    assert pieces == ["a", PIN, PIN, "Ann"]
    assert [(frame.ignored, verdict_of(shop, recording)) for frame in recording.frames] == [
        (1, "identical but for ignored parts")
    ]


@pytest.mark.parametrize(
    "source", [EXACT["a call"], EXACT["in a macro"], EXACT["super"], EXACT["in another"]]
)
def test_an_asynchronous_environment(shop: Flask, source: str, tmp_path: Path) -> None:
    """It works in the same way."""
    shop.jinja_env = shop.jinja_env.overlay(enable_async=True)  # type: ignore[assignment]
    bare = Flask("bare")
    Replay(bare)
    text, recording = visited(
        shop, lambda: render_template_string(source, **given()), tmp_path / "replay"
    )
    assert text == page(prepared(bare), plain(source))
    assert verdict_of(shop, recording) == "identical but for ignored parts"


def test_templates_rendered_within_an_ignored_part_are_not_recorded(
    shop: Flask, tmp_path: Path
) -> None:
    """A function of the app may render one there."""
    shop.jinja_env.globals["widget"] = lambda: Markup(render_template("pin.html", **given()))
    source = "{{ user.name }}{% replay_ignore %}{{ widget() }}{% endreplay_ignore %}"
    text, recording = visited(
        shop, lambda: render_template_string(source, **given()), tmp_path / "replay"
    )
    assert text == f"Ann<i>{PIN}</i>"
    assert len([*recording.frames]) == 1
    assert verdict_of(shop, recording) == "identical but for ignored parts"


@pytest.mark.parametrize("template", ["ignoring.html", "child.html"])
@pytest.mark.parametrize("kind", [str, Markup])
def test_an_ignored_part_of_a_render_within_another(
    shop: Flask, kind: Any, template: str, tmp_path: Path
) -> None:
    """Both frames have a box there, whether the page treats the inner output as markup or as text."""
    shop.jinja_env.globals["widget"] = lambda: kind(render_template(template, **given()))
    source = "{{ user.name }}<p>{{ widget() }}</p>"
    _, recording = visited(
        shop, lambda: render_template_string(source, **given()), tmp_path / "replay"
    )
    assert [frame.ignored for frame in recording.frames] == [1, 1]
    assert verdict_of(shop, recording) == "identical but for ignored parts"


def test_an_ignored_part_of_a_render_that_the_app_changes(shop: Flask, tmp_path: Path) -> None:
    """It can no longer be located, so the page around it is not kept."""
    shop.jinja_env.globals["widget"] = lambda: " ".join(render_template("ignoring.html", **given()))
    source = "{{ user.name }}<p>{{ widget() }}</p>"
    _, recording = visited(
        shop, lambda: render_template_string(source, **given()), tmp_path / "replay"
    )
    outer, inner = recording.frames
    assert (bool(outer.unrecorded), inner.ignored) == (True, 1)
    assert " ".join(PIN) not in kept(shop, tmp_path / "replay")


@pytest.mark.parametrize(
    "change",
    [str.upper, lambda page: re.sub(r"\s+", "", page), lambda page: page.replace("<i>", "<em>")],
    ids=["upper", "minified", "changed"],
)
def test_a_page_changed_after_it_was_rendered(shop: Flask, change: Any, tmp_path: Path) -> None:
    """Its text is not kept, because it contains the part. The replay shows what the templates
    produced.
    """
    source = "<main>\n <b>{{ user.name }}</b> {% replay_ignore %}<i> {{ pin }}</i>{% endreplay_ignore %}</main>"

    def view() -> str:
        return f"<!doctype html>{change(render_template_string(source, **given()))}<p>literal"

    text, recording = visited(shop, view, tmp_path / "replay")
    assert PIN in text
    assert recording.batches[0].parts == (0,)


def test_text_around_a_page_is_kept(shop: Flask, tmp_path: Path) -> None:
    """The frame contains the whole page."""
    view = lambda: f"<!doctype html><p>{render_template('ignoring.html', **given())}</p>"
    _, recording = visited(shop, view, tmp_path / "replay")
    assert recording.batches[0].parts == ("<!doctype html><p>", 0, "</p>")


@pytest.mark.parametrize(
    ("change", "known"), [(str, True), (str.strip, True), (lambda text: f"<p>{text}</p>", False)]
)
def test_a_document_that_contains_a_page(
    shop: Flask, change: Any, known: bool, tmp_path: Path
) -> None:
    """It is kept if the page is the whole of a text."""
    view = lambda: jsonify(html=change(render_template("pin_box.html", **given())))
    shop.jinja_loader = DictLoader(
        {**TEMPLATES, "pin_box.html": "<p>{% replay_ignore %}{{ pin }}{% endreplay_ignore %}</p>"}
    )
    _, recording = visited(shop, view, tmp_path / "replay")
    asked = recording.batches[0].request
    assert asked is not None
    assert asked.data == ({"html": f"<p>{BOX}</p>"} if known else None)


def test_an_error_in_an_ignored_part(shop: Flask, tmp_path: Path) -> None:
    """Its message is not kept, because it may contain what was read."""

    def fail(value: str) -> str:
        raise LookupError(f"no account has {value}")

    shop.jinja_env.globals["fail"] = fail
    source = "{{ user.name }}{% replay_ignore %}{{ fail(pin) }}{% endreplay_ignore %}"
    text, recording = visited(
        shop, lambda: render_template_string(source, **given()), tmp_path / "replay"
    )
    assert "Internal Server Error" in text
    (error,) = recording.batches[0].errors
    assert (error.type, error.message) == ("LookupError", REDACTED)


def test_a_message_of_a_stream(shop: Flask, tmp_path: Path) -> None:
    """The frame of an event is like that of a page."""

    def events() -> Iterator[str]:
        for n in range(2):
            yield f"data: {render_template('ignoring.html', **given())}{n}\n\n"

    view = lambda: Response(stream_with_context(events()), mimetype="text/event-stream")
    _, recording = visited(shop, view, tmp_path / "replay")
    assert recording.summary.tally.messages == 2


def test_the_seal_says_how_many_parts_are_ignored(shop: Flask) -> None:
    """Beside the verdict."""
    shop.debug = True
    for path, source in (("/first", EXACT["a variable"]), ("/second", EXACT["twice"])):
        shop.add_url_rule(
            path, path[1:], lambda source=source: render_template_string(source, **given())
        )
    for path in ("/first", "/second"):
        shop.test_client().get(path).close()
    texts = []
    client = shop.test_client()
    for recording in recordings_of(shop):
        found = client.get(f"/replay/{recording.summary.id}/verdict/0.json?as=then").get_json()
        texts.append((found["state"], found["text"]))
    assert texts == [
        ("ignored", "identical but for 1 ignored part"),
        ("ignored", "identical but for 2 ignored parts"),
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"REPLAY_ENABLED": False},
        {"REPLAY_SAMPLE_RATE": 0},
        {"REPLAY_EXCLUDE": ["/view"]},
        {"SECRET_KEY": None},
    ],
    ids=["disabled", "not sampled", "excluded", "without a key"],
)
def test_the_tag_is_known_if_nothing_is_recorded(
    make_app: AppMaker, settings: dict[str, Any]
) -> None:
    """Templates work wherever the app works."""
    app = make_app(**{key: value for key, value in settings.items() if key.startswith("REPLAY")})
    app.config.update(settings)
    app.add_url_rule(
        "/view", "view", lambda: render_template_string(EXACT["a variable"], **given())
    )
    assert app.test_client().get("/view").text == f"Hi Ann, {PIN}!"


def test_the_tag_is_known_outside_of_requests_and_in_any_order_of_setup(
    make_app: AppMaker,
) -> None:
    """The app may have created its environment before, and other extensions may change it
    afterwards.
    """
    early = Flask("early")
    early.jinja_env.add_extension("jinja2.ext.do")
    Replay(early)
    late = make_app()
    late.jinja_options = {**late.jinja_options, "extensions": ["jinja2.ext.do"]}
    late.add_url_rule(
        "/view", "view", lambda: render_template_string(IGNORE + "{% do [] %}x" + END)
    )
    with early.app_context():
        assert render_template_string(IGNORE + "{% do [] %}x" + END) == "x"
    assert late.test_client().get("/view").text == "x"
    assert Flask.jinja_options == {}


def test_other_environments_know_the_tag_if_it_is_added() -> None:
    """For example one for mails that shares templates with pages."""
    environment = Environment(extensions=["flask_replay.ReplayIgnore"], autoescape=True)
    assert environment.from_string(IGNORE + "{{ a }}" + END).render(a="<") == "&lt;"
    assert ReplayIgnore.identifier in environment.extensions
