"""Who may view recordings, and who may change them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, redirect, request
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect

from flask_replay.recording.summary import Summary
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, make_app

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
VIEWS = ("", "{id}", "{id}/steps.json", "{id}/step/0.json", "{id}/page/0", "{id}/verdict/0.json")


def token(client: FlaskClient, path: str, action: str = "delete|clear") -> str:
    """Return the token of a form on a page of the player."""
    pattern = rf'action="[^"]*/(?:{action})".*?name="token" value="([^"]+)"'
    found = re.search(pattern, client.get(path).get_data(as_text=True), re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize("view", VIEWS)
def test_everything_is_closed_outside_debug_mode(
    folder: Path, storage: FileStorage, view: str
) -> None:
    """Without an ``authorize`` function, every view is refused in production."""
    recording = keep(storage, TOUR)
    client = make_app(folder, debug=False).test_client()
    assert client.get(f"/replay/{view.format(id=recording)}").status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_everything_is_open_in_debug_mode(app: Flask, storage: FileStorage, view: str) -> None:
    """Without an ``authorize`` function, a developer may use every view."""
    recording = keep(storage, TOUR)
    assert app.test_client().get(f"/replay/{view.format(id=recording)}").status_code == 200


@pytest.mark.parametrize("view", VIEWS[1:])
def test_a_recording_is_hidden_from_people_who_may_not_view_it(
    folder: Path, storage: FileStorage, view: str
) -> None:
    """If the rule forbids a recording, the list omits it and every view refuses it."""
    mine, other = keep(storage, TOUR, name="mine"), keep(storage, TOUR, name="other")

    def authorize(action: str, recording: Summary | None) -> bool:
        return action == "list" or (recording is not None and recording.name == "mine")

    client = make_app(folder, authorize, debug=False).test_client()
    assert client.get(f"/replay/{view.format(id=mine)}").status_code == 200
    assert client.get(f"/replay/{view.format(id=other)}").status_code == 404
    listed = client.get("/replay/").get_data(as_text=True)
    assert mine in listed
    assert other not in listed


def test_a_rule_that_raises_lets_nobody_in(
    folder: Path, storage: FileStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """A rule that fails denies access, even in debug mode, and the failure is logged."""
    recording = keep(storage, TOUR)

    def authorize(action: str, recording: Summary | None) -> bool:
        raise KeyError("user")

    client = make_app(folder, authorize).test_client()
    assert client.get(f"/replay/{recording}").status_code == 404
    assert "who may see recordings" in caplog.text


@pytest.mark.parametrize("answer", [None, 1, "yes", [1], object(), (redirect, 302)])
def test_only_true_opens(
    folder: Path, storage: FileStorage, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Other truthy values are usually mistakes, so they deny access, and the log says why."""
    recording = keep(storage, TOUR)
    client = make_app(folder, lambda action, recording: answer).test_client()
    assert client.get("/replay/").status_code == 404
    assert client.get(f"/replay/{recording}").status_code == 404
    assert caplog.text.count("authorize must return True or False, or a response to send, got") == 1


def test_returning_false_is_not_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is a normal answer."""
    assert (
        make_app(folder, lambda action, recording: False).test_client().get("/replay/").status_code
        == 404
    )
    assert "authorize" not in caplog.text


@pytest.mark.parametrize("view", ["", "{id}", "{id}/steps.json", "{id}/page/0", "health"])
def test_a_response_from_the_rule_is_sent(folder: Path, storage: FileStorage, view: str) -> None:
    """Login extensions return one to redirect people to the login page."""
    recording = keep(storage, TOUR)
    client = make_app(folder, lambda action, recording: redirect("/login?next=x")).test_client()
    answer = client.get(f"/replay/{view.format(id=recording)}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=x")


def test_a_page_from_the_rule_is_sent_with_its_status(folder: Path) -> None:
    """Nothing of the player is added to it."""
    client = make_app(folder, lambda action, recording: Response("log in first", 200)).test_client()
    assert client.get("/replay/").get_data(as_text=True) == "log in first"


@pytest.mark.parametrize("status", [401, 403, 429])
def test_an_abort_in_the_rule_is_sent(
    folder: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The app's own error page is used if there is one. An abort is not a failure."""

    def authorize(action: str, recording: Summary | None) -> bool:
        abort(status)

    app = make_app(folder, authorize)
    app.register_error_handler(403, lambda error: ("the app's own page", 403))
    answer = app.test_client().get("/replay/")
    assert answer.status_code == status
    assert (answer.get_data(as_text=True) == "the app's own page") == (status == 403)
    assert caplog.text == ""


def test_a_rule_that_redirects_hides_recordings_in_the_list(
    folder: Path, storage: FileStorage
) -> None:
    """The list is shown, without the recordings for which the rule did not return ``True``."""
    keep(storage, TOUR, name="mine")
    rule = lambda action, recording: action == "list" or redirect("/login")
    html = make_app(folder, rule).test_client().get("/replay/").get_data(as_text=True)
    assert "No recordings yet" in html and "mine" not in html


def test_delete_needs_a_signed_form_from_the_same_origin(app: Flask, storage: FileStorage) -> None:
    """The player's own form deletes."""
    recording = keep(storage, TOUR)
    client = app.test_client()
    form = {"token": token(client, f"/replay/{recording}")}
    answer = client.post(f"/replay/{recording}/delete", data=form, headers=SAME_ORIGIN)
    assert answer.headers["Location"] == "/replay/"
    assert not storage.finished(recording)
    assert client.get(f"/replay/{recording}").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_a_form_from_another_site_changes_nothing(
    app: Flask, storage: FileStorage, headers: dict[str, str]
) -> None:
    """A signed token is not enough: the browser must also report the form as same-origin."""
    recording = keep(storage, TOUR)
    client = app.test_client()
    forms = {
        f"{recording}/delete": token(client, f"/replay/{recording}"),
        "clear": token(client, "/replay/"),
    }
    for view, signed in forms.items():
        assert (
            client.post(f"/replay/{view}", data={"token": signed}, headers=headers).status_code
            == 404
        )
    assert storage.finished(recording)


def test_an_older_browser_is_recognized_by_its_origin(app: Flask, storage: FileStorage) -> None:
    """If the browser sends no Sec-Fetch-Site, the Origin must be the player's own."""
    keep(storage, TOUR)
    client = app.test_client()
    form = {"token": token(client, "/replay/")}
    assert (
        client.post("/replay/clear", data=form, headers={"Origin": "http://localhost"}).status_code
        == 302
    )
    assert storage.ids() == []


def test_a_recording_is_pinned_and_unpinned_by_a_signed_form(
    app: Flask, storage: FileStorage
) -> None:
    """The button names the next action, and the list shows which recordings are pinned."""
    recording = keep(storage, TOUR)
    client = app.test_client()
    for wanted, button in (("yes", ">Pin<"), ("no", ">Unpin<")):
        page = f"/replay/{recording}"
        shown = client.get(page).get_data(as_text=True)
        assert button in shown and f'name="pinned" value="{wanted}"' in shown
        form = {"token": token(client, page, "pin"), "pinned": wanted}
        assert client.post(f"{page}/pin", data=form).status_code == 404
        assert (
            client.post(f"{page}/pin", data=form, headers=SAME_ORIGIN).headers["Location"] == page
        )
        assert (recording in storage.marked("pinned")) == (wanted == "yes")
        for place in (page, "/replay/"):
            assert (">pinned<" in client.get(place).get_data(as_text=True)) == (wanted == "yes")


def test_a_token_is_valid_for_one_action_on_one_recording(app: Flask, storage: FileStorage) -> None:
    """The token of one form is refused by every other form."""
    one, other = keep(storage, TOUR), keep(storage, TOUR)
    client = app.test_client()
    signed = token(client, f"/replay/{one}")
    for view in (f"{other}/delete", "clear"):
        for value in (signed, "", "forged.token.x"):
            answer = client.post(f"/replay/{view}", data={"token": value}, headers=SAME_ORIGIN)
            assert answer.status_code == 404
    assert len(storage.ids()) == 2


@pytest.mark.parametrize("forbidden", ["pin", "delete", "clear"])
def test_a_viewer_gets_no_form_for_a_forbidden_change(
    folder: Path, storage: FileStorage, forbidden: str
) -> None:
    """A stolen token does not help either."""
    recording = keep(storage, TOUR)
    open_client = make_app(folder).test_client()
    page, view = ("", "clear") if forbidden == "clear" else (recording, f"{recording}/{forbidden}")
    stolen = token(open_client, f"/replay/{page}", forbidden)
    client = make_app(folder, lambda action, recording: action != forbidden).test_client()
    assert f'/{forbidden}"' not in client.get(f"/replay/{page}").get_data(as_text=True)
    form = {"token": stolen, "pinned": "yes"}
    assert client.post(f"/replay/{view}", data=form, headers=SAME_ORIGIN).status_code == 404
    assert storage.finished(recording)
    assert storage.marked("pinned") == {}


def test_an_app_without_a_secret_key_shows_recordings_but_changes_nothing(
    folder: Path, storage: FileStorage
) -> None:
    """Nothing can be signed without a key, so there are no forms."""
    recording = keep(storage, TOUR)
    client = make_app(folder, secret_key=None).test_client()
    assert "token" not in client.get(f"/replay/{recording}").get_data(as_text=True)
    answer = client.post(f"/replay/{recording}/delete", data={"token": ""}, headers=SAME_ORIGIN)
    assert answer.status_code == 404


def test_forms_pass_an_app_wide_csrf_protection(folder: Path, storage: FileStorage) -> None:
    """Flask-WTF's CSRFProtect, set up after the player, protects the app and exempts the player's
    forms.
    """
    recording = keep(storage, TOUR)
    app = make_app(folder)
    CSRFProtect(app)
    app.add_url_rule("/send", view_func=lambda: "sent", methods=["POST"])
    client = app.test_client()
    signed = token(client, f"/replay/{recording}")
    fresh = app.test_client()  # as if another worker had shown the form
    answer = fresh.post(f"/replay/{recording}/delete", data={"token": signed}, headers=SAME_ORIGIN)
    assert answer.status_code == 302
    assert client.post("/send").status_code == 400


def test_the_player_leaves_the_session_alone(app: Flask, storage: FileStorage) -> None:
    """Viewing recordings sets no cookie and adds no ``Vary`` header."""
    recording = keep(storage, TOUR)
    for view in VIEWS:
        answer = app.test_client().get(f"/replay/{view.format(id=recording)}")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"


@pytest.mark.parametrize(
    "id", ["nothing", "..%2f..%2fetc%2fpasswd", "0" * 26, "%00", "z" * 26, "x" * 5000]
)
def test_an_unknown_or_malformed_id_is_not_found(app: Flask, id: str) -> None:
    """Only the ids of stored recordings are accepted."""
    for view in VIEWS[1:]:
        assert app.test_client().get(f"/replay/{view.format(id=id)}").status_code == 404


def weaken(response: Response) -> Response:
    """Set conflicting headers on every response, as some apps do."""
    response.headers["Content-Security-Policy"] = "script-src * 'unsafe-inline'"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def test_hooks_of_the_app_cannot_weaken_the_headers(app: Flask, storage: FileStorage) -> None:
    """Headers that the app sets on every response do not reach the player's pages."""
    recording = keep(storage, TOUR)
    app.after_request(weaken)
    client = app.test_client()
    document = client.get(f"/replay/{recording}/page/0").headers
    assert document["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert "script-src" not in document["Content-Security-Policy"]
    assert document["Referrer-Policy"] == "no-referrer"
    player = client.get(f"/replay/{recording}").headers
    assert "script-src 'self';" in player["Content-Security-Policy"]
    for headers in (document, player, client.get(f"/replay/{recording}/steps.json").headers):
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_hook_of_the_app_may_close_the_player(app: Flask, storage: FileStorage) -> None:
    """The app's own gate runs before ours."""
    recording = keep(storage, TOUR)

    def gate() -> Any:
        return ("log in first", 401) if request.path.startswith("/replay") else None

    app.before_request(gate)
    assert app.test_client().get(f"/replay/{recording}").status_code == 401


def test_the_rule_is_called_for_each_action(folder: Path, storage: FileStorage) -> None:
    """It gets the action, and a summary if the action concerns one recording."""
    recording = keep(storage, TOUR)
    asked: list[tuple[str, str | None]] = []

    def authorize(action: str, recording: Summary | None) -> bool:
        asked.append((action, recording.id if recording is not None else None))
        return True

    client = make_app(folder, authorize, debug=False, recorded=True).test_client()
    client.get("/replay/")
    client.get(f"/replay/{recording}")
    assert asked == [
        ("list", None),
        ("view", recording),
        ("health", None),
        ("record", None),
        ("clear", None),
        ("view", recording),
        ("export", recording),
        ("note", recording),
        ("pin", recording),
        ("delete", recording),
    ]
