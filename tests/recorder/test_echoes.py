"""A secret is redacted wherever it occurs again: in another place, encoding, render or request."""

from __future__ import annotations

import base64
import html
import json
import re
import time
import urllib.parse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from flask import Flask, jsonify, redirect, render_template_string, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from flask_replay.engine.replaying.verify import Outcome
from flask_replay.sanitize.common_values import Reach, reach
from flask_replay.sanitize.lasting import LastingSecrets
from flask_replay.sanitize.memory import Memory

from ..conftest import recordings_of, replay_of

KEY = "sk-live-C4nary-77"
PASSWORDS = ["hunter2secret", "hun<t&e\"r'2+é/se", "h7t2x", "481516"]


def kept(app: Flask) -> str:
    """Return everything that is kept and shown of all recordings, after checking that no frame is
    different.
    """
    texts: list[str] = []
    active = recordings_of(app)
    with app.app_context():
        recordings = replay_of(app).recordings
        finished = [recordings.get(summary.id) for summary in recordings.summaries()]
    for recording in (*active, *finished):
        texts.append(
            json.dumps(
                msgspec.to_builtins(list(recording.batches)), ensure_ascii=False, default=str
            )
        )
        with app.app_context():
            replay = replay_of(app)
            assert [
                verdict for verdict in replay.verify(recording.summary.id).verdicts if verdict.diff
            ] == []
            assert replay.verify(recording.summary.id).ok
            frames = len(list(recording.frames))
            texts += [replay.render(recording.summary.id, number).html for number in range(frames)]
    return "\n".join(texts)


def without_backslashes(text: str) -> str:
    return re.sub(r"\\+", "", text)


def grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "HTML": lambda text: str(escape(text)),
    "HTML by the standard library": html.escape,
    "JSON": json.dumps,
    "JSON in a script": lambda text: (
        str(json.dumps(text)).replace("<", "\\u003c").replace("'", "\\u0027")
    ),
    "URL": urllib.parse.quote,
    "form": urllib.parse.quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "Basic": lambda text: base64.b64encode(f"ann:{text}!".encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex().upper(),
    "upper case": str.upper,
    "within a text": "You sent {}, did you not?".format,
    "in a link": lambda text: f"/reset?next=%2Fverify%2F{urllib.parse.quote(text, safe='')}",
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_found_in_every_encoding(app: Flask, writing: str, password: str) -> None:
    """Under a harmless name: in a page, a document, an error and an address of the same request."""
    if writing == "Basic" and len(password) < 8:
        return  # too short to be recognized in base64
    write = WRITINGS[writing]

    @app.post("/echo")
    def echo() -> Any:
        text = write(request.form["password"])
        if request.args["as"] == "error":
            raise ValueError(text)
        if request.args["as"] == "address":
            return redirect(f"/there?q={urllib.parse.quote(text)}")
        if request.args["as"] == "data":
            return jsonify(note=text, html=render_template_string("<i>{{ x }}</i>", x=text))
        return render_template_string(
            "<!doctype html><p>{{ x }}</p><b>{{ x|safe }}</b>{{ {'v': x}|tojson }}", x=text
        )

    app.config["PROPAGATE_EXCEPTIONS"] = False
    for kind in ("page", "data", "error", "address"):
        app.test_client().post(
            "/echo", query_string={"as": kind}, data={"password": password}
        ).close()
    found = kept(app)
    assert write(password) not in found
    assert json.dumps(write(password), ensure_ascii=False)[1:-1] not in found
    assert password not in found


@pytest.mark.parametrize(
    "phrase",
    [
        "wrong secret word", "must be at least eight", "My dog ate my homework.",
        "password is too short", "Is this the real life?",
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["{}", "You sent {}, did you not?"])
def test_a_passphrase_that_reads_like_a_sentence_is_found(
    app: Flask, phrase: str, where: str
) -> None:
    """In the recording that sent it. Elsewhere such a sentence is one of the page."""

    @app.post("/echo")
    def echo() -> str:
        text = where.format(request.form["password"])
        return render_template_string("<p>{{ x }}</p>{{ f.password }}", x=text, f=request.form)

    @app.get("/again")
    def again() -> str:
        return render_template_string("<p>{{ x }}</p>", x=where.format(phrase))

    client = app.test_client()
    client.post("/echo", data={"password": phrase}).close()
    client.get("/again").close()
    assert phrase not in kept(app)
    if phrase.endswith((".", "?")):
        app.test_client().get("/again").close()
        assert phrase in kept(app)


@pytest.mark.parametrize("change", [grouped, lambda text: text[:8], lambda text: "-".join(text)])
def test_grouped_and_shortened_secrets_are_found(app: Flask, change: Callable[[str], str]) -> None:
    """As pages show keys and numbers."""

    @app.post("/echo")
    def echo() -> str:
        return render_template_string("<p>{{ x }}</p>", x=change(request.form["password"]))

    app.test_client().post("/echo", data={"password": "hunter2secret"}).close()
    assert change("hunter2secret") not in kept(app)


@pytest.mark.parametrize(
    ("secret", "shown", "masked"),
    [
        ("/aB3dQ/xYz9kLmN0pQrStUv", "/aB3dQ/xYz9", True),
        ("/api/9f8e7d6c5b4a3928", "/api/9f8e", True),
        ("/reset/9f8e7d6c5b4a3928", "/reset/9f8e", True),
        ("/2010-04-01/Accounts/9f8e7d6c5b4a3928", "/2010-04-01/Calls", False),
        ("/v1/tokens/9f8e7d6c5b4a3928", "/v1/tokens", False),
        ("/wp-json/9f8e7d6c5b4a3928", "/wp-json/posts", False),
    ],
)
def test_a_shortened_secret_is_found_but_not_each_path_that_begins_like_it(
    app: Flask, secret: str, shown: str, masked: bool
) -> None:
    """A link may be secret because of its end. Of a key with slashes, any part is."""

    @app.post("/echo")
    def echo() -> str:
        request.form["token"]
        return render_template_string("<p>{{ x }}</p>", x=shown)

    app.test_client().post("/echo", data={"token": secret}).close()
    assert (shown in kept(app)) is not masked


def test_a_short_number_is_masked_if_it_is_a_whole_value(app: Flask) -> None:
    """In a field, a query, a document, or a value that a page reads, but not within a text."""

    @app.post("/echo")
    def echo() -> Any:
        pin = request.form["pin"]
        if "there" in request.args:
            return redirect(f"/there?q={pin}&n=48151")
        page = render_template_string("<p>{{ x }}</p><i>{{ y }}</i>", x=pin, y=f"flat {pin}")
        return jsonify(echo=pin, number=int(pin), note=f"flat {pin}", page=page)

    client = app.test_client()
    client.post("/echo", data={"pin": "4815"}).close()
    client.post("/echo?there=1", data={"pin": "4815"}).close()
    found = kept(app)
    assert '"echo": "[redacted]", "note": "flat 4815", "number": "[redacted]"' in found
    assert "<p>[redacted]</p><i>flat 4815</i>" in found
    assert '"redirect": "/there?q=[redacted]&n=48151"' in found


def test_later_requests_are_clean_too(app: Flask) -> None:
    """A page from a cache, or one that repeats what was sent before. Short secrets are masked
    within the same visit.
    """
    said: list[str] = []

    @app.post("/login")
    def login() -> str:
        said[:] = [request.form["password"]]
        return "ok"

    @app.get("/again")
    def again() -> str:
        return render_template_string("<p>{{ said }}</p>", said=said[0])

    for password in (*PASSWORDS, "4815"):
        client = app.test_client()
        client.post("/login", data={"password": password}).close()
        client.get("/again").close()
        assert password not in kept(app).replace(str(escape(password)), password)
        with app.app_context():
            replay_of(app).recordings.clear()


def part() -> str:
    return render_template_string("<code>{{ u.api_key }}</code>", u=SimpleNamespace(api_key=KEY))


NESTED: dict[str, Callable[[], str]] = {
    "given to a layout": lambda: render_template_string("<p>{{ body|safe }}</p>", body=part()),
    "called by a layout": lambda: render_template_string(
        "<p>{{ inner() }}</p>", inner=lambda: Markup(part())
    ),
    "joined by the view": lambda: f"<!doctype html><div>{part()}</div>",
    "made shorter": lambda: f"<!doctype html>{part()}".replace("<code>", "<b>"),
    "in upper case": lambda: f"<!doctype html>{part()}".upper(),
    "twice": lambda: render_template_string("{{ a|safe }}{{ b|safe }}", a=part(), b=part()),
}


@pytest.mark.parametrize("name", NESTED)
def test_a_secret_of_a_render_is_masked_in_every_text_of_the_request(app: Flask, name: str) -> None:
    """Whatever the app does with the rendered text."""
    app.add_url_rule("/page", "page", NESTED[name])
    app.test_client().get("/page").close()
    assert KEY.lower() not in kept(app).lower()


def test_a_page_from_a_cache_is_clean(app: Flask) -> None:
    """No render explains it. The key was learnt when the page was made."""
    pages: list[str] = []

    @app.get("/page")
    def page() -> str:
        pages[:] = pages or [f"<!doctype html>{part()}"]
        return pages[0]

    for _ in range(2):
        app.test_client().get("/page").close()
    assert KEY not in kept(app)


def test_the_error_of_a_failed_job_is_clean(app: Flask) -> None:
    """And so is the reason why a run failed."""
    replay = replay_of(app)

    def fail() -> None:
        part()
        raise ValueError(f"refused {KEY}")

    with app.app_context():
        with pytest.raises(ValueError, match="refused"), replay.record("job"):
            fail()
        with pytest.raises(ValueError, match="refused"), replay.start("run"):
            fail()
        run = replay.start("another")
        run.record_action("type", "#password", KEY)
        run.record_action("evaluate", metadata={"said": f"typed {KEY}"})
        run.fail(f"no {KEY}")
    assert "refused" in (found := kept(app))
    assert KEY not in found


def test_words_of_an_error_stay_readable_in_later_pages(app: Flask) -> None:
    """Words after the name of a secret may be a message about it, in any language."""

    @app.get("/fail")
    def fail() -> str:
        raise ValueError("parola: geçersizdir, {'password': {'minLength': 8}}")

    @app.get("/page")
    def page() -> str:
        return render_template_string("{{ said }}", said="geçersizdir: minLength")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client().get("/fail").close()
    app.test_client().get("/page").close()
    assert '"geçersizdir: minLength"' in kept(app)


@pytest.mark.parametrize("word", ["password", "monitor", "Sign in", "submit", "x", "12", "dragon"])
def test_a_common_word_used_as_a_password_stays_readable_elsewhere(app: Flask, word: str) -> None:
    """It is masked only in its own field, and the page verifies."""

    @app.post("/login")
    def login() -> str:
        assert request.form["note"]
        return render_template_string(
            "<p>Wrong password, {{ who }}, 12 x</p><label>Sign in</label><input type=submit "
            "value='{{ label }}'>"
            "{% macro show(t) %}monitor {{ t }} dragon{% endmacro %}{{ show(u.token) }}",
            who="submit dragon", label="monitor", u=SimpleNamespace(token=word),
        )  # fmt: skip

    app.test_client().post(
        "/login", data={"password": word, "note": "monitor the x password"}
    ).close()
    found = kept(app)
    assert '"note": ["monitor the x password"]' in found
    assert "Wrong password, submit dragon, 12 x" in found
    assert '"password": ["[redacted]"]' in found
    assert "monitor [redacted] dragon" in found


def test_a_csrf_token_leaves_a_page_identical(app: Flask) -> None:
    """It means nothing to a viewer. The verdict mentions that it was redacted."""

    @app.get("/form")
    def form() -> str:
        token = "IjQ5MWYi.Zx8kQ1"
        return render_template_string(
            "<input name=csrf_token value={{ csrf_token() }}>", csrf_token=lambda: token
        )

    @app.get("/both")
    def both() -> str:
        return render_template_string(
            "{{ u.csrf_token }} {{ u.api_key }}", u={"csrf_token": "a1b2c3d4", "api_key": KEY}
        )

    client = app.test_client()
    client.get("/form").close()
    client.get("/both").close()
    (recording,) = recordings_of(app)
    with app.app_context():
        form_, both_ = replay_of(app).verify(recording.summary.id).verdicts
    assert (form_.verdict, form_.redacted, form_.tokens) == (Outcome.IDENTICAL, 0, 1)
    assert (both_.verdict, both_.redacted, both_.tokens) == (Outcome.IDENTICAL_BUT_REDACTED, 1, 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("password", Reach.OWN), ("Monitor", Reach.OWN), ("Sign in", Reach.OWN), ("x", Reach.OWN), ("12", Reach.OWN),
        ("2026-11-28", Reach.OWN), ("None", Reach.OWN), ("passwort", Reach.OWN), ("sha-256", Reach.OWN), ("HS256", Reach.OWN), ("sha-256x", Reach.ANYWHERE),
        ("123", Reach.WHOLE), ("4815", Reach.WHOLE), ("k9!", Reach.WHOLE), ("qxzv", Reach.WHOLE),
        ("h7t2x", Reach.ANYWHERE), ("481516", Reach.ANYWHERE), ("hunter2", Reach.ANYWHERE),
        ("qxzvqxzv", Reach.ANYWHERE), ("correct horse battery staple", Reach.ANYWHERE), ("correct-horse", Reach.OWN),
    ],
)  # fmt: skip
def test_the_range_of_a_search_depends_on_the_secret(value: str, expected: Reach) -> None:
    """On its length, and on whether others use it as well."""
    assert reach(value) is expected


def test_a_short_number_is_not_found_within_a_longer_one() -> None:
    """Nor a short code within a word."""
    memory = Memory()
    memory.learn("481516")
    memory.learn("h7t2x")
    text = "order 94815167 of 2h7t2xy, 481516 and h7t2x"
    assert memory.hide(text) == "order 94815167 of 2h7t2xy, [redacted] and [redacted]"
    assert memory.hide({"n": 481516, "m": 4815}) == {"n": "[redacted]", "m": 4815}


def test_many_secrets_are_found_in_one_pass() -> None:
    """For each letter of the text, ten thousand secrets cost no more than a few."""
    few, many = Memory(), Memory()
    few.learn("a-s3cret-of-few")
    for number in range(10_000):
        many.secrets[f"s3cret-{number:05d}-{number * 7919 % 99991:05d}"] = "[redacted]"
    text = (
        "<tr><td>Row of a table</td><td><a href='/item/4711?x=1'>Its name</a></td></tr>\n" * 20_000
    )
    taken = []
    for memory in (few, many):
        memory.hide("s3cret-00001-07919")
        started = time.process_time()
        assert memory.hide(text) == text
        taken.append(time.process_time() - started)
    assert taken[1] < 20 * taken[0]


def test_the_memory_for_secrets_is_bounded() -> None:
    """However many visitors send however many passwords."""
    memory = Memory()
    for number in range(300):
        memory.learn(f"s3cret-{number}")
    # finders of growing sizes, so that none is compiled again for each secret
    assert len(memory.lasting.finders) <= 6
    for number in range(2_000):
        memory.lasting.add({}, {f"k{number}!": "[redacted]"}, f"visit {number}")
    assert len(memory.lasting.short) <= 1_024


def test_responses_are_not_changed(app: Flask) -> None:
    """The visitor gets what the app sent."""

    @app.post("/echo")
    def echo() -> Response:
        return Response(f"<p>{request.form['password']}</p>", mimetype="text/html")

    assert app.test_client().post("/echo", data={"password": KEY}).text == f"<p>{KEY}</p>"


def test_the_cookies_of_a_page_that_reads_the_request_are_not_remembered(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request brings them, and they differ for each visitor. A process would remember nothing
    else.
    """
    learnt: list[str] = []
    add = LastingSecrets.add

    def noted(
        self: LastingSecrets, secrets: dict[str, str], short: dict[str, str], visit: str
    ) -> None:
        learnt.extend((*secrets, *short))
        add(self, secrets, short, visit)

    monkeypatch.setattr(LastingSecrets, "add", noted)

    @app.get("/path")
    def path() -> str:
        return render_template_string("<p>{{ request.path }} {{ request.method }}</p>")

    client = app.test_client()
    for _ in range(3):
        client.set_cookie("visitors", "9f8e7d6c5b4a39281706")
        assert client.get("/path").text == "<p>/path GET</p>"
    kept(app)
    assert [secret for secret in learnt if "9f8e7d6c5b4a39281706" in secret] == []


def test_the_beginning_of_a_secret_address_stays_readable(app: Flask) -> None:
    """All addresses begin alike, and so do all documents."""
    links = ["https://example.org/help", "mysql+pymysql://db/shop", "{'kind': 'bicycle'}"]

    @app.post("/secrets")
    def secrets() -> str:
        return ", ".join(request.form)

    @app.get("/links")
    def page() -> str:
        return render_template_string(
            "<!doctype html>{{ a }} {{ b }} {{ c }}", **dict(zip("abc", links, strict=True))
        )

    client = app.test_client()
    client.post("/secrets", data={
        "invite_link": "https://a.example.org/k7QzWm3xRt",
        "dsn": "mysql+pymysql://ann:k7QzWm3xRt@db/",
        "api_token": "{'kind': 'k7QzWm3xRt'}",
    }).close()  # fmt: skip
    client.get("/links").close()
    recorded = kept(app)
    assert all(link in recorded for link in links)
    assert "k7QzWm3xRt" not in recorded
