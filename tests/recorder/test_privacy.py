"""Secrets in URLs, errors and parameters are not kept, however they got there."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from flask import Flask, g, redirect, render_template_string, request, session
from flask import Request as AppRequest
from werkzeug.wrappers import Response

from flask_replay.recording.events import Error, Request
from flask_replay.recording.model import Recording
from flask_replay.sanitize import REDACTED, Names, Sanitizer
from flask_replay.sanitize.names import sensitive
from flask_replay.sanitize.text import clean

from ..conftest import AppMaker, recordings_of, replay_of


def first_request(recording: Recording) -> Request:
    return next(event for event in recording.events if isinstance(event, Request))


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/hello/ann?token=abc123&q=1", "/hello/ann?token=[redacted]&q=1"),
        ("/hello/ann?next=/reset?token=abc123", "/hello/ann?next=/reset%3Ftoken%3D[redacted]"),
        ("/hello/ann?q=a%26b&q=c", "/hello/ann?q=a%26b&q=c"),
        ("/hello/ann?broken=%ff", "/hello/ann?broken=%FF"),
    ],
)
def test_the_query_of_a_url_is_sanitized(app: Flask, url: str, kept: str) -> None:
    """Also in a URL within it. A query without secrets stays unchanged."""
    app.test_client().get(url).close()
    assert first_request(recordings_of(app)[0]).url == kept


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("https://ann:pw123456@x.example/cb", "https://x.example/cb"),
        (
            "https://x.example/cb#access_token=abc123&state=1",
            "https://x.example/cb#access_token=[redacted]&state=1",
        ),
        ("/page#part", "/page#part"),
    ],
)
def test_the_target_of_a_redirect_is_sanitized(app: Flask, target: str, kept: str) -> None:
    """Including credentials and the fragment of an OAuth response."""

    @app.get("/go")
    def go() -> Response:
        return Response(status=302, headers={"Location": target})

    app.test_client().get("/go").close()
    assert first_request(recordings_of(app)[0]).redirect == kept


def test_a_request_to_an_untrusted_host_is_recorded_with_its_refusal(
    make_app: AppMaker,
) -> None:
    """Reading ``request.url`` would raise there."""

    class Careful(AppRequest):
        trusted_hosts = ["good.example"]  # Flask 3.0 has no ``TRUSTED_HOSTS``

    app = make_app()
    app.request_class = Careful
    app.before_request(lambda: request.host and None)
    assert app.test_client().get("/hello/ann", base_url="http://bad.example").status_code == 400
    asked = first_request(recordings_of(app)[0])
    assert (asked.status, asked.host) == (400, "http://bad.example")


def test_values_made_by_converters_are_kept_as_text(app: Flask) -> None:
    """An id in a route is useful. An object of the app is named by its type."""

    @app.get("/thing/<uuid:id>")
    def thing(id: uuid.UUID) -> Response:
        assert request.view_args is not None
        request.view_args["owner"] = Response()
        return redirect("/")

    name = uuid.UUID(int=7)
    app.test_client().get(f"/thing/{name}").close()
    assert first_request(recordings_of(app)[0]).view_args == {
        "id": str(name),
        "owner": "<Response>",
    }


def test_a_password_repeated_in_an_error_is_redacted(app: Flask) -> None:
    """In its message and in its traceback."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.post("/login")
    def login() -> str:
        raise ValueError(f"no user with {request.form['password']}")

    app.test_client().post("/login", data={"password": "hunter2hunter2"}).close()
    (recording,) = recordings_of(app)
    (error,) = [event for event in recording.events if isinstance(event, Error)]
    assert error.message == f"no user with {REDACTED}"
    assert "hunter2" not in str(list(recording.events))


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Authorization: Bearer abc.def.ghi", "Authorization: [redacted]"),
        ("Cookie: a=1; b=2\nnext", "Cookie: [redacted]\nnext"),
        ("{'Authorization': 'Bearer abc'}", "{'Authorization': [redacted]}"),
        ("--password=abc --user=ann", "--password=[redacted] --user=ann"),
        ("postgres://ann:pw@db/x", "postgres://[redacted]@db/x"),
        ("api_key: abc, author: ann", "api_key: [redacted], author: ann"),
        ("nothing = here", "nothing = here"),
        ("login failed: password=hunter2xx", "login failed: password=[redacted]"),
        ("User(password=Secret('hunter2xx'), id=1)", "User(password=Secret([redacted]), id=1)"),
        ("tokens=['a', 'b'] left", "tokens=[redacted] left"),
        ('{"password": ["hunter2xx"], "n": 1}', '{"password": [redacted], "n": 1}'),
        ("password: 'it\\'s hunter2xx'", "password: [redacted]"),
        ("password is hunter2xx.", "password is [redacted]."),
        ("password is required", "password is required"),
        ("password: must have 8 letters", "password: must have 8 letters"),
        ("password=None", "password=None"),
        ("password=hunt er2xx", "password=[redacted]"),
        ("password=hunter2xx is wrong", "password=[redacted] is wrong"),
        ("--password hunter2xx --user ann", "--password [redacted] --user ann"),
        ("mysql -phunter2xx -h db", "mysql -p[redacted] -h db"),
        ("docker run -p8080:80 -params", "docker run -p8080:80 -params"),
        ("curl -u ann:hunter2xx https://x", "curl -u ann:[redacted] https://x"),
        ("redis://:hunter2xx@h/0", "redis://[redacted]@h/0"),
        ("postgresql://u:p/hunter2xx@h/db", "postgresql://[redacted]@h/db"),
        ("https://hunter2xx@github.com/x", "https://[redacted]@github.com/x"),
        ("http://localhost:5000/u/a@b.c", "http://localhost:5000/u/a@b.c"),
        (
            "[SQL: INSERT] [parameters: ('ann', 'hunter2xx')]",
            "[SQL: INSERT] [parameters: [redacted]]",
        ),
        ("Key (token)=(hunter2xx) already exists", "Key (token)=([redacted]) already exists"),
        (
            "Duplicate entry 'a1b2' for key 'user.api_token'",
            "Duplicate entry '[redacted]' for key 'user.api_token'",
        ),
        ("Bearer hunter2xxhunter2xx", "Bearer [redacted]"),
        ("the api key: hunter2xx", "the api key: [redacted]"),
        ("<password>hunter2xx</password>", "<password>[redacted]</password>"),
        ("Password: required", "Password: required"),
        ("Passwort: mindestens 8 Zeichen", "Passwort: mindestens 8 Zeichen"),
        ("Votre mot de passe est trop court", "Votre mot de passe est trop court"),
        ("Twoje hasło jest nieaktualne", "Twoje hasło jest nieaktualne"),
        ("Unexpected token 'else'", "Unexpected token 'else'"),
        ("Meet at pin 12b, boarding pass LH-2287", "Meet at pin 12b, boarding pass LH-2287"),
        ("with pin 4711x", "with pin [redacted]"),
        ("auth: basic, Salt: 1.2g", "auth: basic, Salt: 1.2g"),
        ("ADD COLUMN password VARCHAR(128)", "ADD COLUMN password VARCHAR(128)"),
        ("Password (8-64 characters)", "Password (8-64 characters)"),
        ("Token: none", "Token: none"),
        ("Je wachtwoord is gewijzigd", "Je wachtwoord is gewijzigd"),
        ("Het wachtwoord is hunter2xx", "Het wachtwoord is [redacted]"),
        ("password=%s, token: ${CI_TOKEN}", "password=%s, token: ${CI_TOKEN}"),
        ("api_key=<your api key>, pwd: ••••••", "api_key=<your api key>, pwd: ••••••"),
        ("password=%stars7, pwd=$Hunter2", "password=[redacted], pwd=[redacted]"),
        ("setPin(value: '574026')", "setPin(value: '[redacted]')"),
    ],
)
def test_secrets_in_messages_are_redacted_once(message: str, kept: str) -> None:
    """Sanitizing again changes nothing."""
    assert clean(message) == kept == clean(kept)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a-",
        "a.b",
        "a ",
        "x'=",
        "://",
        "a://b:c",
        "password='",
        "cookie:",
        "[=",
        "password=(",
        "[parameters: (",
        "setPin(value:'",
        "PIN: 1",
        "-u', 'a:",
        "password: {{ a",
    ],
)
def test_sanitizing_takes_linear_time(piece: str) -> None:
    """A message may come from a visitor, and is sanitized while requests are served."""
    started = time.process_time()
    clean(piece * (16_000 // len(piece)))
    assert time.process_time() - started < 1


class Initials(Sanitizer):
    """Keeps the first letter of a secret."""

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Keep one letter."""
        return f"{value[0]}***" if sensitive(name) and isinstance(value, str) else value


@pytest.mark.parametrize(
    "sanitizer", [None, Initials()], ids=["the default", "one that keeps a part"]
)
@pytest.mark.parametrize("secret", ["correct horse & battery", "<b>12"])
def test_a_page_that_shows_a_secret_is_identical_but_for_it(
    make_app: AppMaker, sanitizer: Sanitizer | None, secret: str
) -> None:
    """However short the secret is: the masked page contains the same placeholder as the replay."""
    app = make_app(sanitizer=sanitizer)

    @app.get("/secret")
    def show() -> str:
        return render_template_string(
            "<h1>Yours</h1>{{ user.password }}", user={"password": secret}
        )

    app.test_client().get("/secret").close()
    (recording,) = recordings_of(app)
    with app.app_context():
        assert replay_of(app).verify(recording.summary.id).redacted == 1


TOKEN = "s3cr3t-token-value"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (f"/verify/{TOKEN}", "/verify/[redacted]"),
        (f"/verify/{TOKEN}/", "/verify/[redacted]/"),
        (f"/verify/{TOKEN}?x=1", "/verify/[redacted]?x=1"),
        (f"/go?next=/verify/{TOKEN}", "/go?next=/verify/[redacted]"),
        (
            f"/go?next=http://localhost/verify/{TOKEN}",
            "/go?next=http%3A//localhost/verify/[redacted]",
        ),
        (f"/files/a/b/{TOKEN}/raw", "/files/a/b/[redacted]/raw"),
        (f"/join/{TOKEN}/and/more", "/join/[redacted]"),
        ("/list/12/day/2121", "/list/12/day/2121"),
        ("/pins/a", "/pins/[redacted]"),
        ("/pins/pins", "/pins/[redacted]"),
        ("/verify/about", "/verify/about"),
        ("/back?code=hunter2hunter2&state=k7Qz-Wm3x", "/back?code=[redacted]&state=[redacted]"),
        ("/back?code=94016&state=CA", "/back?code=94016&state=CA"),
    ],
)
def test_a_path_is_kept_except_for_its_secret(app: Flask, url: str, kept: str) -> None:
    """Answered or not: in the address, in a redirect to it, and in addresses that contain it."""
    for rule in ("/verify/<token>", "/verify/about", "/list/<int:session_id>/day/<int:n>", "/pins/<pin>", "/go", "/back",
                 "/files/<path:place>/<api_key>/raw", "/join/<path:token>"):  # fmt: skip
        app.add_url_rule(
            rule,
            rule,
            lambda **arguments: f"<!doctype html>{request.args.get('next', request.path)}",
        )
    app.add_url_rule("/leave", "leave", lambda: redirect(request.args["to"]))
    client = app.test_client()
    client.get(url).close()
    client.post(url).close()
    client.get("/leave", query_string={"to": url}).close()
    got, posted, left = [
        event for event in recordings_of(app)[0].events if isinstance(event, Request)
    ]
    assert (got.url, posted.url, left.redirect) == (kept, kept, kept)
    assert TOKEN not in str(list(recordings_of(app)[0].batches))


@pytest.mark.parametrize("name", ["HTTP_X_API_KEY", "HTTP_AUTHORIZATION", "HTTP_COOKIE"])
def test_a_secret_header_in_utf_8_is_known_decoded(app: Flask, name: str) -> None:
    """A server passes on one character per byte. Another request has the secret in a query."""
    secret = "hé密u-p0Lk-36yZ"
    start = {"HTTP_AUTHORIZATION": "Bearer ", "HTTP_COOKIE": "token="}.get(name, "")

    @app.get("/say")
    def say() -> str:
        return render_template_string("<p>{{ said }}</p>", said=request.args["q"])

    environ = {name: (start + secret).encode().decode("latin-1")}
    app.test_client(use_cookies=False).get(
        "/say", query_string={"q": secret}, environ_overrides=environ
    ).close()
    found = str(list(recordings_of(app)[0].batches))
    assert "/say?q=" in found
    assert "p0Lk" not in found


@pytest.mark.parametrize("name", ["HTTP_X_API_KEY", "HTTP_AUTHORIZATION"])
def test_a_secret_header_in_utf_8_is_known_undecoded(app: Flask, name: str) -> None:
    """Flask gives it to the app like that, and the app may show it."""
    secret = "hé密u-p0Lk-36yZ".encode().decode("latin-1")

    @app.get("/say")
    def say() -> str:
        return render_template_string("<p>{{ said }}</p>", said=request.args["q"])

    environ = {name: ("Bearer " if name == "HTTP_AUTHORIZATION" else "") + secret}
    app.test_client(use_cookies=False).get(
        "/say", query_string={"q": secret}, environ_overrides=environ
    ).close()
    found = str(list(recordings_of(app)[0].batches))
    assert "/say?q=" in found
    assert "p0Lk" not in found


def test_other_data_of_a_request_is_not_revealed(app: Flask) -> None:
    """Cookies, headers, the session, ``g`` and the settings: a page that prints them shows none of
    their secrets.
    """
    app.config.update(
        PAYMENTS_API_KEY="pay-k7Qz-Wm3x", STORE="postgresql://shop:db-h4Gs81nB@db/shop"
    )

    @app.get("/all")
    def all() -> Response:
        session["api_token"] = "session-h4Gs-81nB"
        g.user_password = "g-j2Kw-57vC"
        seen = {
            "a": request.headers["X-Api-Key"], "b": request.headers["Authorization"], "c": request.cookies["sid"],
            "d": session["api_token"], "e": g.user_password, "f": app.config["PAYMENTS_API_KEY"], "h": app.config["STORE"],
            "i": request.authorization.password if request.authorization else "", "j": request.cookies["theme"],
        }  # fmt: skip
        response = app.make_response(
            render_template_string("{% for x in seen %}{{ x }} {% endfor %}", seen=[*seen.values()])
        )
        response.set_cookie("remember_token", "remember-k9Qz")
        return response

    client = app.test_client()
    client.set_cookie("sid", "cookie-m9Xe-36yZ")
    client.set_cookie("theme", "dark")
    client.get("/all", headers={"X-Api-Key": "header-q1Zx"}, auth=("ann", "basic-p0Lk")).close()
    found = str(list(recordings_of(app)[0].batches))
    for secret in ("pay-k7Qz", "db-h4Gs81nB", "session-h4Gs", "g-j2Kw", "header-q1Zx", "basic-p0Lk", "cookie-m9Xe",
                   "remember-k9Qz", "YW5uOmJhc2lj"):  # fmt: skip
        assert secret not in found
    assert "dark" in found


@pytest.mark.parametrize(
    "field",
    [
        "<input name=field_17 type=password>",
        "<INPUT type='password' class=x name='field_17'/>",
        '<input autocomplete="current-password" name="field_17">',
        "<input name=field_17 inputmode=numeric autocomplete=one-time-code>",
        "<INPUT NAME=field_17 TYPE=PASSWORD>",
        "<input name=field_17 autocomplete=new-password>",
        '<input type="password"name="field_17">',
        '<input name="field_17" autocomplete="section-1 billing cc-number">',
        '<input @input="ok = size > 8" pattern="[^<>]+" type="password" name="field_17">',
    ],
)
def test_a_password_is_masked_whatever_its_field_is_called(app: Flask, field: str) -> None:
    """If a page before had it typed in a field for passwords. Other fields are kept."""

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        return f"<!doctype html><form>{field}<input name=field_18> {request.form.get('field_17')}"

    client = app.test_client()
    client.get("/login").close()
    client.post("/login", data={"field_17": "k7Qz-Wm3xRt", "field_18": "h4Gs-81nB"}).close()
    (recording,) = recordings_of(app)
    posted = recording.batches[-1].request
    assert posted is not None
    assert posted.form == {"field_17": [REDACTED], "field_18": ["h4Gs-81nB"]}
    assert "k7Qz" not in str(list(recording.batches))


def test_a_password_is_masked_in_the_query_of_a_form(app: Flask) -> None:
    """A form without a method sends its fields in the address, which the next page names, too."""

    @app.get("/unlock")
    def unlock() -> str:
        return f"<!doctype html><form><input name=field_17 type=password> {request.args or ''}"

    client = app.test_client()
    client.get("/unlock").close()
    client.get("/unlock?field_17=k7Qz-Wm3xRt&size=L").close()
    client.get("/unlock", headers={"Referer": "http://localhost/unlock?field_17=monkey"}).close()
    (recording,) = recordings_of(app)
    kept = str(list(recording.batches))
    assert "/unlock?field_17=[redacted]&size=L" in kept
    assert "k7Qz" not in kept
    assert "monkey" not in kept


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ("", "/account/check"), ('action="next?a=1"', "/account/next"), ("action=/pay", "/pay"),
        ("action='http://localhost/pay#x'", "/pay"), ("action=/caf%C3%A9", "/café"),
        ("action=http://[", "/account/check"),
    ],
)  # fmt: skip
def test_a_field_of_a_common_name_is_secret_where_its_form_is_sent(
    app: Flask, action: str, target: str
) -> None:
    """The ``code`` of a second factor, and what is typed as a password in ``q``. The code of a
    coupon and the words of a search stay readable.
    """
    fields = '<input name=code autocomplete="one-time-code"><input name=q type=password>'
    page = f"<!doctype html><form method=post {action}>{fields}</form>"
    coupon, words = {"code": ["SUMMER-26"]}, {"q": ["red shoes"]}
    typed = {"code": ["k7Qz-Wm3x"], "q": ["h4Gs-81nB"], "size": ["L"]}

    @app.route("/<path:at>", methods=["GET", "POST"])
    def shown(at: str) -> str:
        return page if request.method == "GET" else f"{len(request.form)} fields"

    client = app.test_client()
    client.get("/account/check").close()
    client.post(target, data=typed).close()
    client.post("/shop", data={**coupon, **words}).close()
    (recording,) = recordings_of(app)
    asked = [batch.request for batch in recording.batches if batch.request is not None]
    assert asked[1].form == {"code": [REDACTED], "q": [REDACTED], "size": ["L"]}
    assert asked[2].form == {**coupon, **words}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("ctl00$main$password_field", "k7Qz-Wm3xRt", REDACTED),
        ("newPasswordTextField", "k7Qz-Wm3xRt", REDACTED),
        ("password_box", "monkey business 7", REDACTED),
        ("password_field", "userPassword", "userPassword"),
        ("search_field", "k7Qz-Wm3xRt", "k7Qz-Wm3xRt"),
    ],
)
def test_a_field_may_be_called_a_field(app: Flask, name: str, value: str, kept: str) -> None:
    """What a visitor types there is the secret. In settings it is the name of a field."""
    app.add_url_rule("/", "posted", lambda: f"{len(request.form)} fields", methods=["POST"])
    app.test_client().post("/", data={name: value}).close()
    (recording,) = recordings_of(app)
    asked = recording.batches[0].request
    assert asked is not None
    assert asked.form == {name: [kept]}


def test_a_script_may_send_what_was_typed_in_a_field_for_passwords(app: Flask) -> None:
    """As JSON, to another address."""

    @app.get("/login")
    def login() -> str:
        return "<!doctype html><input name=zqfield type=password>"

    app.add_url_rule("/sent", "sent", lambda: request.get_json(), methods=["POST"])
    client = app.test_client()
    client.get("/login").close()
    client.post("/sent", json={"zqfield": "k7Qz-Wm3xRt", "size": 3}).close()
    (recording,) = recordings_of(app)
    asked = recording.batches[-1].request
    assert asked is not None
    assert asked.json == asked.data == {"zqfield": REDACTED, "size": 3}


class Sizes(Sanitizer):
    """Keeps only what it knows."""

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in params.items() if name in {"q", "size"}}


def test_a_sanitizer_may_leave_out_what_is_typed_as_a_password(make_app: AppMaker) -> None:
    app = make_app(sanitizer=Sizes())

    @app.route("/login", methods=["GET", "POST"])
    def login() -> str:
        return f"<!doctype html><input name=q type=password> {len(request.form)}"

    client = app.test_client()
    client.get("/login").close()
    client.post("/login", data={"q": "k7Qz-Wm3xRt", "size": "L", "other": "x"}).close()
    (recording,) = recordings_of(app)
    posted = recording.batches[-1].request
    assert posted is not None
    assert posted.form == {"size": ["L"]}


class Houses(Sanitizer):
    """Knows the app's own sensitive and harmless names."""

    names = Names(secret=["house number"], harmless=["pin"])


def test_an_app_adds_sensitive_words_and_exempts_names(make_app: AppMaker) -> None:
    """For forms and for templates. Copies of the values are redacted, too."""
    app = make_app(sanitizer=Houses())

    @app.post("/house")
    def house() -> str:
        assert request.form["pin"]
        return render_template_string(
            "{{ h.house_number }} {{ h.pin }} {{ same }}",
            h={"house_number": "17b-k7Qz", "pin": "here"},
            same="17b-k7Qz",
        )

    app.test_client().post("/house", data={"houseNumber": "99c-h4Gs", "pin": "a map"}).close()
    (recording,) = recordings_of(app)
    assert first_request(recording).form == {"houseNumber": [REDACTED], "pin": ["a map"]}
    with app.app_context():
        assert replay_of(app).render(recording.summary.id, 0).html == "[redacted] here [redacted]"
        assert replay_of(app).verify(recording.summary.id).redacted == 1
    assert "k7Qz" not in str(list(recording.batches))


@pytest.mark.parametrize(
    ("address", "sent", "secret"),
    [
        ("/account/mfa", {"code": "204718"}, True), ("/two-factor", {"code": "204 718"}, True),
        ("/recovery", {"code": "k7qz-4wm9-2xrt"}, True), ("/totp/enable", {"value": "204718"}, True),
        ("/login/confirm", {"code": "20471"}, True), ("/verify/phone", {"Code": "204718"}, True), ("/verify-email-link", {"code": "204718"}, True),
        ("/oauth/github/callback", {"code": "4/0k7Qz-Wm3xRt-h4Gs81"}, True),
        ("/basket/voucher", {"code": "204718"}, False), ("/verify/certificate", {"code": "204718"}, False),
        ("/login", {"code": "SUMMER"}, False), ("/oauth/callback", {"code": "denied"}, False),
        ("/submit", {"value": "2500"}, False), ("/step/2", {"code": "10115"}, False), ("/check/code", {"code": "SAVE2026"}, False),
        ("/account/mfa", {"size": "204718"}, False), ("/airports", {"code": "FRA"}, False),
    ],
)  # fmt: skip
def test_a_code_is_secret_where_visitors_log_in(
    app: Flask, address: str, sent: dict[str, str], secret: bool
) -> None:
    """By the address to which a form, a script or a link sends it, even if no page with its field
    was recorded. Other codes stay readable.
    """

    @app.route("/<path:at>", methods=["GET", "POST"])
    def shown(at: str) -> str:
        return f"{len(request.form or request.get_json(silent=True) or request.args)} fields"

    client = app.test_client()
    client.post(address, data=sent).close()
    client.post(address, json=sent).close()
    client.get(address, query_string=sent).close()
    (recording,) = recordings_of(app)
    asked = [batch.request for batch in recording.batches if batch.request is not None]
    kept = {name: REDACTED if secret else value for name, value in sent.items()}
    assert asked[0].form == {name: [value] for name, value in kept.items()}
    assert asked[1].json == kept
    assert (REDACTED in asked[2].url) == secret
