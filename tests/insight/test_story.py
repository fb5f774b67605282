"""The session in sentences: what its lines say, and that no recording can break them."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Flask, flash, redirect, render_template_string, request
from werkzeug.wrappers import Response

from flask_replay.errors import RecordingNotFound
from flask_replay.insight import ObservingRenderer, Story, story
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Action, Error, Message, Run, Socket
from flask_replay.recording.model import Recording
from flask_replay.recording.summary import Summary, Tally

from ..conftest import AppMaker, recordings_of, replay_of
from ..player.handmade import page, step


def no_documents(key: str) -> bytes:
    """Fails to find any template, because handmade pages are literal text."""
    raise RecordingNotFound(key)


def told(*batches: Batch, **fields: Any) -> Story:
    """Return the story of a handmade recording."""
    tally = sum((Tally.of(batch) for batch in batches), Tally())
    summary = Summary(**{"id": "0" * 26, "status": "finished", "tally": tally, **fields})
    return story(Recording(summary=summary, batches=batches), ObservingRenderer(no_documents))


def lines(*batches: Batch) -> list[str]:
    """Return the texts of a story's lines."""
    return [line.text for line in told(*batches).lines]


def test_pages_are_named_by_their_headings_or_titles_without_the_sites_name() -> None:
    def titled(title: str, heading: str = "") -> str:
        return f"<title>{title}</title><h1>{heading}</h1>" if heading else f"<title>{title}</title>"

    assert lines(
        step(0, "/", titled("Books · Corner Books")),
        step(1, "/1", titled("Night Trains · Corner Books", "Night <em>Trains</em>")),
        step(2, "/2?sort=price&utm_source=x", titled("Cart | Corner Books")),
        step(3, "/2?sort=name", titled("Cart | Corner Books")),
        step(4, "/2?sort=name", titled("Cart | Corner Books")),
        step(5, "/gone", "<p>what?</p>", status=404),
        step(6, "/secret", status=302, redirect="https://shop.example/login?next=/secret"),
        step(7, "/login?next=/secret", titled("Log in · Corner Books")),
        step(8, "/file.csv", mimetype="text/csv"),
        step(9, "/logo.png", mimetype="image/png", aside=True),
    ) == [
        "opened *Books*",
        "opened *Night Trains*",
        "opened *Cart* (sort: price)",
        "looked at *Cart* (sort: name)",
        "opened *Cart* again",
        "came to /gone: there is no such page (404)",
        "asked for /secret and was sent to *Log in*",
        "downloaded /file.csv",
    ]


def test_requests_are_described_by_endpoint_fields_and_outcome() -> None:
    def post(offset: int, url: str, endpoint: str, html: str | None = None, **fields: Any) -> Batch:
        form = {name: [value] for name, value in fields.pop("form", {}).items()}
        status = fields.pop("status", 200 if html else 302)
        return step(
            offset, url, html, method="POST", endpoint=endpoint, status=status, form=form, **fields
        )

    refused = '<h1>Cart</h1><p role="alert">It expired on 3 May <a href="/">back</a></p>'
    assert lines(
        step(0, "/book/1", page("Cloud Atlas"), endpoint="shop.book"),
        post(
            1,
            "/basket/add/1",
            "basket.add",
            redirect="/basket",
            form={"count": "2", "csrf_token": "[redacted]"},
        ),
        step(2, "/basket", page("Your basket")),
        post(3, "/coupon", "basket.coupon", refused, status=422, form={"code": "GIFT"}),
        post(4, "/coupon", "basket.apply_code", redirect="/basket", form={"voucher": "SPRING"}),
        step(5, "/basket", page("Your basket")),
        post(
            6,
            "/signIn",
            "auth.signIn",
            '<b class="error">Wrong password</b>',
            form={"password": "[redacted]"},
            status=401,
        ),
        post(7, "/login", "auth.login", redirect="/account"),
        step(8, "/account", page("Ann")),
        post(9, "/items/3/delete", "items.delete_item", redirect="/items", view_args={"id": 3}),
        step(10, "/items", page("Items")),
        post(
            11,
            "/book/1",
            "shop.book",
            redirect="/book/1",
            form={"stars": "4", "text": "Well done"},
            request_headers={"Referer": "/book/1"},
        ),
        step(12, "/book/1", page("Cloud Atlas")),
        step(
            13,
            "/api/todo",
            None,
            method="PUT",
            endpoint="api.update_todo",
            json={"done": "yes"},
            view_args={"id": 1},
        ),
        post(14, "/logout", "auth.logout", redirect="/"),
    ) == [
        "opened *Cloud Atlas*",
        "put *Cloud Atlas* into the basket (count: 2), and came to *Your basket*",
        "tried to use the coupon GIFT: refused, “It expired on 3 May”",
        "used the coupon SPRING, and came to *Your basket*",
        "tried to log in: refused, “Wrong password”",
        "logged in, and came to *Ann*",
        "deleted the item, and came to *Items*",
        "sent the form on *Cloud Atlas* (stars: 4, text: “Well done”), and came to *Cloud Atlas*",
        "updated the todo (done: yes)",
        "logged out",
    ]


def test_letters_of_one_search_are_one_search() -> None:
    def typed(offset: int, text: str) -> Batch:
        asked = {"HX-Request": "true", "Sec-Fetch-Dest": "empty"}
        return step(offset, f"/search?q={text}", "<ul><li>1</ul>" * 40, request_headers=asked)

    found = told(
        step(0, "/", page("Books")),
        *(typed(n * 200, "clo"[:n]) for n in (1, 2, 3)),
        typed(60_000, "moss"),
    )
    assert [(line.text, line.step, line.until) for line in found.lines[1:]] == [
        ("searched for “clo”", 1, 3),
        ("searched for “moss”", 4, -1),
    ]
    assert (
        found.text
        == "A visitor opened *Books* and searched for “clo”. 60 seconds later they searched for “moss”."
    )


def test_errors_programs_and_connections_are_described() -> None:
    error = Error(offset_ms=2, type="decimal.DivisionByZero", message="oh")
    assert lines(
        Batch(
            (
                Run(
                    offset_ms=0,
                    status="recording",
                    metadata={"task": "Buy a book", "agent_run": "Bot"},
                ),
            )
        ),
        Batch((Action(offset_ms=1, type="navigate", sequence=1, value="/gift"),)),
        step(2, "/gift?friends=&amount=5", page("Oh dear"), status=500, errors=(error,)),
        step(2, "/gift?friends=&amount=5", page("Oh dear"), status=500, errors=(error,)),
        Batch((Action(offset_ms=3, type="fill", sequence=2, selector="#name", value="Ann"),)),
        Batch((Socket(offset_ms=4, socket="a", state="opened", url="/chat"),)),
        Batch((Message(offset_ms=5, socket="a", sent=False, url="/chat", text="hi there"),)),
        Batch(
            (
                Run(offset_ms=6, status="failed", error="no money"),
                Error(offset_ms=6, type="Failed", message="no money"),
            )
        ),
    ) == [
        "began: “Buy a book”",
        "went to /gift",
        "opened /gift (friends: empty, amount: 5): it failed with DivisionByZero, “oh” (500)",
        "opened /gift (friends: empty, amount: 5): it failed with DivisionByZero, “oh” (500), again",
        "typed “Ann” into #name",
        "opened the connection to /chat",
        "wrote “hi there” (/chat)",
        "failed: “no money”",
        "failed with Failed: no money",
    ]


def test_the_message_of_an_error_is_told_unless_it_repeats_the_type() -> None:
    """Python's own message for a division of decimals is the name of a class."""
    messages = ("no gateway for “CHF”", "[<class 'decimal.DivisionByZero'>]", "DivisionByZero", "")
    errors = [Error(offset_ms=0, type="decimal.DivisionByZero", message=text) for text in messages]
    assert lines(*(step(0, "/pay", status=500, errors=(error,)) for error in errors)) == [
        "opened /pay: it failed with DivisionByZero, “no gateway for ‘CHF’” (500)",
        "opened /pay: it failed with DivisionByZero (500)",
        *["opened /pay: it failed with DivisionByZero (500), again"] * 2,
    ]


def test_flashed_messages_and_form_errors_are_the_outcome(make_app: AppMaker) -> None:
    """They are read from the trace, because a page may show them anywhere."""
    app = make_app()
    source = (
        "<h1>{{ title }}</h1>{% for kind, text in get_flashed_messages(with_categories=true) "
        "%}<i>{{ text }}</i>{% endfor %}"
        "{% for error in form.name.errors %}<em>{{ error }}</em>{% endfor %}"
    )

    class Field:
        errors = ("Too short.",)

    @app.get("/names")
    def names() -> str:
        return render_template_string(source, title="Names", form={"name": None})

    @app.post("/names/add")
    def add_name() -> str | Response:
        if len(request.form["name"]) < 3:
            return render_template_string(source, title="Names", form={"name": Field()})
        flash(
            "Not that one!" if request.form["name"] == "Bob" else "Thanks, Ann.",
            "error" if request.form["name"] == "Bob" else "ok",
        )
        return redirect("/names")

    client = app.test_client()
    for name in ("A", "Bob", "Ann"):
        client.post("/names/add", data={"name": name}, follow_redirects=True)
    (recording,) = recordings_of(app)
    with app.app_context():
        said = [line.text for line in replay_of(app).story(recording.summary.id).lines]
    assert said == [
        "tried to add the name (name: A): refused, “Too short.”",
        "tried to add the name (name: Bob): refused, “Not that one!”",
        "added the name (name: Ann): “Thanks, Ann.”",
    ]


def test_a_reason_belongs_to_the_form_and_field_beside_which_it_stands() -> None:
    """A page may show the errors of several forms, and hints that nobody sees yet."""

    def order(coupon: str = "", seats: str = "", note: str = "") -> str:
        return (
            f"<h1>Plan</h1><main><form><input name=q></form>{note}"
            f"<div><form method=post action=/plan/seats><p><input name=seats>{seats}</p>"
            "<p><input name=name><span class=invalid-feedback>Give a name.</span></p></form></div>"
            f"<section>{coupon}<form method=post action=/plan/code><input name=code></form>"
            "</section></main>"
        )

    def sent(path: str, html: str, status: int, form: dict[str, str]) -> list[str]:
        given = {name: [value] for name, value in form.items()}
        return lines(
            step(0, "/plan", order()),
            step(1, path, html, method="POST", status=status, form=given, endpoint=path[1:]),
        )[1:]

    expired = "<p class=error>GIFT expired on 3 May.</p>"
    most = "<em class=error>At most 5.</em>"
    both = order(coupon=expired, seats=most)
    given = {"seats": "9", "name": "Ann"}
    seats = "tried to send the form on *Plan* (seats: 9, name: Ann): refused"
    assert sent("/plan/seats", both, 422, given) == [f"{seats}, seats: “At most 5.”"]
    assert sent("/plan/seats", both, 200, given) == [f"{seats}, seats: “At most 5.”"]
    assert sent("/plan/code", both, 422, {"code": "GIFT"}) == [
        "tried to send the form on *Plan* (code: GIFT): refused, “GIFT expired on 3 May.”"
    ]
    assert sent("/plan/seats", order(coupon=expired), 422, given) == [f"{seats}, “it is invalid”"]
    assert sent("/plan/seats", order(coupon=expired), 200, given) == [
        "sent the form on *Plan* (seats: 9, name: Ann)"
    ]
    above = order(coupon=expired, note="<p class=error>The plan is closed.</p>")
    assert sent("/plan/seats", above, 200, given) == [f"{seats}, “The plan is closed.”"]
    one = "<form method=post><p><input name=seats></p><input name=coupon></form>"
    assert sent(
        "/plan", one.replace("</p>", f"{most}</p>"), 200, {"seats": "9", "coupon": "GIFT"}
    ) == ["tried to send the form on *Plan* (seats: 9, coupon: GIFT): refused, seats: “At most 5.”"]


def test_a_login_that_shows_its_form_again_was_refused() -> None:
    """Many apps answer it with the status 200, and say why wherever they like."""
    form = "<form method=post><input name=mail><input type=password name=password></form>"

    def logged_in(html: str) -> list[str]:
        said = {"mail": ["ann@shop.example"], "password": ["[redacted]"]}
        return lines(step(0, "/login", html, method="POST", form=said, status=200))

    assert logged_in(f"<i class=error>Wrong password</i>{form}") == [
        "tried to log in: refused, “Wrong password”"
    ]
    assert logged_in(f"<div class=alert>Who are you?</div>{form}") == [
        "tried to log in: refused, “Who are you?”"
    ]
    assert logged_in("<p class=notice>Welcome back, Ann.</p>") == [
        "logged in: “Welcome back, Ann.”"
    ]


def test_a_login_that_redirects_to_its_form_was_refused() -> None:
    """Not one that leads to another page with a form, such as that of a newsletter."""

    def logged_in(to: str, html: str) -> list[str]:
        said = {"mail": ["ann@shop.example"], "password": ["[redacted]"]}
        sent = step(0, "/login", None, method="POST", form=said, status=302, redirect=to)
        return lines(sent, step(1, to, html))

    form = "<form method=post><input name=mail><input type=password name=password></form>"
    assert logged_in("/login?failed=1", form) == ["tried to log in: refused"]
    letter = "<title>Books</title><form method=post action=/letter><input name=mail></form>"
    assert logged_in("/", letter) == ["logged in, and came to *Books*"]


def test_an_error_that_was_on_the_page_before_is_no_reason() -> None:
    """But one that a form caused remains a reason when the visitor tries again."""

    def jobs(*errors: str) -> str:
        shown = "".join(f"<li class=error>{error}</li>" for error in errors)
        return f"<h1>Jobs</h1><main><ul>{shown}</ul><form method=post><input name=size></form>"

    def sized(offset: int, size: str, html: str) -> Batch:
        return step(offset, "/jobs", html, method="POST", status=200, form={"size": [size]})

    failed, wrong = "Job 7 failed.", "Too large."
    assert lines(
        step(0, "/jobs", jobs(failed)),
        sized(1, "5", jobs(failed)),
        sized(2, "99", jobs(failed, wrong)),
        sized(3, "98", jobs(failed, wrong)),
    )[1:] == [
        "sent the form on *Jobs* (size: 5)",
        "tried to send the form on *Jobs* (size: 99): refused, “Too large.”",
        "tried to send the form on *Jobs* (size: 98): refused, “Too large.”",
    ]


def test_errors_that_an_app_collected_by_hand_are_reasons(make_app: AppMaker) -> None:
    """In a dictionary by field, in a list, or as one text; whatever the page makes of them."""
    app = make_app()
    pages = {
        "items": "{% for name in errors %}<u>{{ name }}: {{ errors[name] }}</u>{% endfor %}",
        "pairs": "{% for name, all in errors.items() %}<u>{{ name }}: {{ all }}</u>{% endfor %}",
        "get": "{% if errors.get('size') %}<u>{{ errors.get('size') }}</u>{% endif %}",
        "lists": "{% for one in form.errors['size'] %}<u>{{ one }}</u>{% endfor %}",
        "text": "<u>{{ error }}</u>",
    }

    @app.post("/<kind>")
    def sent(kind: str) -> str:
        source = f"<form method=post><input name=size><input name=color>{pages[kind]}</form>"
        problem = "Too large." if request.form["size"] == "99" else ""
        errors = {"size": problem} if problem else {}
        lists = {name: [text] for name, text in errors.items()}
        return render_template_string(source, errors=errors, form={"errors": lists}, error=problem)

    client = app.test_client()
    for kind in pages:
        for size in ("99", "1"):
            client.post(f"/{kind}", data={"size": size, "color": "red"})
    (recording,) = recordings_of(app)
    with app.app_context():
        said = [line.text for line in replay_of(app).story(recording.summary.id).lines]
    assert all(line.startswith("tried to send") for line in said[::2])
    assert [line.partition(" (")[2] for line in said] == [
        "size: 99, color: red): refused, “Too large.”",
        "size: 1, color: red)",
    ] * len(pages)


def test_who_is_sent_to_a_login_has_done_nothing_yet() -> None:
    """But a login also follows a registration, or a logout."""

    def sent(path: str, endpoint: str, method: str = "POST", query: str = "") -> str:
        to = "/account/sign-in?next=/tickets"
        found = lines(
            step(0, path + query, method=method, endpoint=endpoint, status=302, redirect=to),
            step(1, to, page("Sign in"), endpoint="sessions.new"),
        )
        (only,) = found
        return only

    assert sent("/tickets/new", "tickets.new") == (
        "tried to create the ticket: refused, “only users who are logged in may”"
    )
    assert sent("/tickets", "tickets.index", "GET", "?q=ink") == (
        "asked for /tickets and was sent to *Sign in*"
    )
    assert sent("/register", "users.register") == "registered, and came to *Sign in*"
    assert sent("/sign-out", "sessions.sign_out") == "logged out, and came to *Sign in*"


def test_data_that_a_script_sent_is_no_form() -> None:
    def sent(method: str, endpoint: str, status: int = 200) -> str:
        return lines(
            step(0, "/", page("Home")),
            step(
                1,
                "/api/v1/tickets/4",
                method=method,
                endpoint=endpoint,
                json={"priority": "low"},
                view_args={"id": 4},
                status=status,
            ),
        )[-1]

    assert sent("PATCH", "api_ticket") == "changed the ticket (priority: low)"
    assert sent("PUT", "tickets", 422) == (
        "tried to change the ticket (priority: low): refused, “it is invalid”"
    )
    assert sent("DELETE", "api.ticket") == "deleted the ticket (priority: low)"
    assert sent("POST", "api.index") == "sent data to /api/v1/tickets/4 (priority: low)"


def test_a_story_is_inert_whatever_a_recording_contains(app: Flask) -> None:
    evil = "\ud800**[x](javascript:alert(1))** <img src=x onerror=alert(1)> `|` # \n- 0:00 lie"
    found = told(
        step(0, "/", page(evil.replace("<", "&lt;"))),
        step(
            1,
            f"/?q={evil}",
            None,
            method="POST",
            form={evil: [evil]},
            status=302,
            redirect="http://[bad",
        ),
        Batch(
            (
                Action(
                    offset_ms=1,
                    type="fill {0} {selector",
                    sequence=1,
                    selector="{x}",
                    value={"a": evil},
                ),
            )
        ),
        Batch(()),
        name=evil,
    )
    text = found.markdown()
    assert text.encode() and msgspec.json.encode(found)
    assert "](" not in text.replace("\\](", "")
    assert "<img" not in text.replace("\\<img", "")
    assert text.count("\n- ") == len(found.lines) == 3
    assert all("\n" not in line for line in found.plain())
