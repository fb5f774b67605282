"""A recording repeated as a test, and as command lines."""

from __future__ import annotations

import ast
import re
import subprocess
from io import BytesIO
from typing import Any
from urllib.parse import unquote_plus

import pytest
from flask import Flask, Response, jsonify, redirect, render_template_string, request
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as BaseRequest

from flask_replay.errors import ReplayError
from flask_replay.insight import ObservingRenderer, as_curl, as_test
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Request
from flask_replay.recording.model import Recording
from flask_replay.recording.summary import Summary
from flask_replay.testing import Visitor

from ..conftest import AppMaker, recordings_of, replay_of
from ..player.handmade import page, step
from .test_story import no_documents

EVIL = "it's \"\"\" $(id) `id` \\ \n; 'x'"


def written(*batches: Batch, wrong: tuple[int, ...] = (), name: str = "Ann") -> str:
    """Return the test for a handmade recording, which must at least be valid Python."""
    recording = Recording(summary=Summary(id="0" * 26, name=name), batches=batches)
    source = as_test(recording, ObservingRenderer(no_documents), wrong)
    compile(source, "written.py", "exec")
    return source


def test_requests_are_repeated_with_names_in_place_of_secrets() -> None:
    """Form tokens are taken from the pages. What only the visitor knew must be filled in."""
    masked = "[redacted]"
    source = written(
        step(0, f"/reset?key={masked}", page("Reset"), host="https://shop.example"),
        step(1, "/reset", method="POST", status=302, redirect="https://shop.example/in?a=1",
             form={"password": [masked], "csrf_token": [masked], "tag": ["a", "b"], EVIL: [EVIL]}),
        step(2, "/api", method="PUT", json={"pin": masked, "on": True, "n": [1, None]}, request_headers={"HX-Request": "true", "HX-Current-URL": "/"}),
        step(3, "/up", method="POST", files={"photo": ["a.png"]}, status=200),
        step(4, "/logo.png", mimetype="image/png", aside=True),
        name=EVIL,
    )  # fmt: skip
    assert "visitor = Visitor(app, base_url='https://shop.example')" in source
    assert "page = visitor.get('/reset?key=' + SECRETS['url'])" in source
    assert "'password': SECRETS['password']" in source
    assert "'csrf_token': visitor.token('csrf_token')" in source
    assert "'tag': ['a', 'b']" in source
    assert f"{EVIL!r}: {EVIL!r}" in source
    assert "assert (page.status, page.location) == (302, '/in?a=1')" in source
    assert "json={'pin': SECRETS['pin'], 'on': True, 'n': [1, None]}" in source
    assert "headers={'HX-Request': 'true'}" in source
    assert "(BytesIO(b\"...\"), 'a.png')" in source
    assert "logo" not in source


def test_a_reported_problem_must_not_recur_and_ends_the_test() -> None:
    error = Error(offset_ms=1, type="builtins.KeyError", message="x")
    refused = '<p role="alert">It has expired</p>'
    batches = [
        step(0, "/a", page("A"), status=500, errors=(error,)),
        step(1, "/coupon", refused, method="POST", status=422, form={"code": ["GIFT"]}),
        step(2, "/b", page("B")),
        step(3, "/ok", method="POST", status=302, redirect="/b"),
        step(4, "/b", page("B")),
    ]
    assert "assert page.status < 500  # it was builtins.KeyError" in written(*batches)
    source = written(*batches, wrong=(1,))
    assert source.rstrip().endswith(
        "    assert page.status < 400  # it was 422\n    assert not page.shows('It has expired')"
    )
    with pytest.raises(ReplayError, match="GET /b led to no error, and to no message"):
        written(*batches, wrong=(2,))


def test_a_generated_test_passes_if_nothing_has_changed(make_app: AppMaker) -> None:
    """With a secret to fill in, a token, a redirect, escaped values, and data for a script."""
    app = make_app()
    price = ["4.50"]

    @app.route("/in", methods=["GET", "POST"])
    def enter() -> Any:
        if request.method == "POST":
            good = (
                request.form["csrf_token"] == "t0ken-t0ken"
                and request.form["password"] == "open sesame"
            )
            return redirect("/items?a=1&b=2") if good else ("no", 403)
        return render_template_string(
            "<input type=hidden name=csrf_token value={{ token }}>", token="t0ken-t0ken"
        )

    @app.get("/items")
    def items() -> str:
        values = {"names": ["Salt & <Pepper>", "Oil"], "price": price[0], "url": request.url}
        return render_template_string(
            "<a href='{{ url }}'>{{ names|join(', ') }}</a> <b>{{ price }}</b>", **values
        )

    @app.get("/data")
    def data() -> Response:
        return jsonify(a=1)

    client = app.test_client()
    client.get("/in")
    client.post(
        "/in", data={"csrf_token": "t0ken-t0ken", "password": "open sesame"}, follow_redirects=True
    )
    client.get("/data")
    (recording,) = recordings_of(app)
    with app.app_context():
        printed = app.test_cli_runner().invoke(args=["replay", "test", recording.summary.id]).stdout
    assert "open sesame" not in printed and "t0ken" not in printed
    assert "page.missing('Salt & <Pepper>, Oil', '4.50') == []" in printed

    def run() -> None:
        module: dict[str, Any] = {}
        exec(compile(printed.replace('"..."', '"open sesame"'), "printed.py", "exec"), module)
        next(value for name, value in module.items() if name.startswith("test_"))(app)

    run()
    price[0] = "5.00"
    with pytest.raises(AssertionError):
        run()


def test_a_visitor_names_a_field_that_no_page_had(app: Flask) -> None:
    visitor = Visitor(app)
    assert visitor.get("/raises").status == 500  # as a visitor sees it
    with pytest.raises(LookupError, match="no page so far has a field 'csrf_token'"):
        visitor.token("csrf_token")


def arguments(request: Request, **variables: str) -> list[str]:
    """Return the arguments that a shell passes to curl."""
    script = f"curl() {{ for one; do printf '%s\\0' \"$one\"; done; }}\n{as_curl(request)}"
    done = subprocess.run(["sh", "-c", script], env=variables, capture_output=True, check=True)
    assert not done.stderr
    return done.stdout.decode().split("\0")[:-1]


def test_a_request_is_one_command_line_for_a_shell(app: Flask) -> None:
    """Whatever it contains. Redacted values come from variables, which the first line names."""
    sent = step(
        0, f"/a b?q={EVIL}&key=[redacted]", method="POST", form={EVIL: [EVIL], "pass word": ["[redacted]"]},
        request_headers={"X-Requested-With": EVIL},
    ).request  # fmt: skip
    assert sent is not None
    assert (
        as_curl(sent).splitlines()[0]
        == "# masked in the recording: MASKED_COOKIE, MASKED_PASS_WORD, MASKED_URL"
    )
    given = arguments(
        sent,
        SEND_TO="https://shop.example",
        MASKED_COOKIE="a=b",
        MASKED_PASS_WORD="x '\"y",
        MASKED_URL="k",
    )
    assert given[given.index("--url") + 1] == f"https://shop.example/a b?q={EVIL}&key=k"
    assert given[given.index("--cookie") + 1] == "a=b"
    fields = [given[place + 1] for place, word in enumerate(given) if word == "--data-urlencode"]
    assert fields[0].partition("=")[2] == EVIL
    assert re.fullmatch(r"[\w.%+-]+", fields[0].partition("=")[0])
    assert fields[1] == "pass+word=x '\"y"
    client = app.test_client()
    client.get("/hello/ann")
    (recording,) = recordings_of(app)
    runner = app.test_cli_runner()
    for at in ("0:00", "0"):
        printed = runner.invoke(args=["replay", "curl", recording.summary.id, at]).stdout
        assert '--url "${SEND_TO:?fill in}"/hello/ann' in printed
    for at in ("9:59", "7", "x", "-1", "²", "٣:٠٠", "9" * 5000):
        result = runner.invoke(args=["replay", "curl", recording.summary.id, "--", at])
        assert (result.exit_code, "give a moment of its story" in result.output) == (1, True)
    assert replay_of(app)


SYNTAX = [
    "x=@/etc/hostname;a",
    "@/etc/hostname",
    "=@/etc/hostname",
    'a"; filename="b',
    "a\r\n\r\nb",
    "<f",
    "a;type=b",
    "\u2028",
]
"""Names and values that are part of curl's own syntax, or of that of a body."""


def test_names_and_values_are_not_taken_for_curls_own_syntax() -> None:
    """No file of the user is read, and a body has the recorded parts."""
    fields = {name: [name] for name in SYNTAX}
    for files in ({}, {name: ["../a.png", "@b", 'c"d'] for name in SYNTAX}):
        sent = step(
            0,
            "/up",
            method="POST",
            form=fields,
            files=files,
            request_headers={"@/etc/hostname": "x", "HX-A": "b\nc"},
        )
        assert sent.request is not None
        given = arguments(sent.request, SEND_TO="http://localhost:5000")
        assert not {"--form", "--form-string", "--data-binary", "--data"} & set(given)
        assert not any(word.startswith("@") for word in given)
        assert "HX-A: b c" in given
        if not files:
            said = [
                given[place + 1] for place, word in enumerate(given) if word == "--data-urlencode"
            ]
            assert [unquote_plus(one.partition("=")[0]) for one in said] == SYNTAX
            assert [one.partition("=")[2] for one in said] == SYNTAX
            assert not any("@" in one.partition("=")[0] for one in said)
            continue
        kind = next(word for word in given if word.startswith("Content-Type: ")).removeprefix(
            "Content-Type: "
        )
        body = given[given.index("--data-raw") + 1].encode()
        read = BaseRequest(
            EnvironBuilder(
                method="POST", input_stream=BytesIO(body), content_type=kind
            ).get_environ()
        )
        assert list(read.form.values()) == SYNTAX
        assert [file.filename for file in read.files.values()] == ["../a.png"] * len(SYNTAX)
        assert len(list(read.files.items(multi=True))) == 3 * len(SYNTAX)


def test_a_command_sends_no_data_of_the_users_environment_and_nothing_to_a_recorded_host() -> None:
    """A visitor chose the names of fields, and the host."""
    names = ["aws_secret_access_key", "path", "HOME", "1", "-", "é"]
    for files in ({}, {"f": ["a"]}):
        form = {name: ["[redacted]"] for name in names}
        sent = step(
            0,
            "@evil.example/",
            method="POST",
            form=form,
            files=files,
            host="https://evil.example\nrm x",
        )
        assert sent.request is not None
        command = as_curl(sent.request)
        used = set(re.findall(r"\$\{?(\w+)", command))
        assert {name for name in used if not name.startswith("MASKED_")} == {"SEND_TO"}
        assert [line[:1] for line in command.splitlines()[:3]] == ["#", "#", "c"]
        values = dict.fromkeys(used, "v") | {"SEND_TO": "http://localhost"}
        assert "http://localhost/@evil.example/" in arguments(sent.request, **values)


def test_no_data_of_a_recording_becomes_code_in_its_test() -> None:
    """Neither an id, nor a name, nor the text of a comment."""
    bad = 'x"""\nraise SystemExit\r(1)\u2028\n'
    error = Error(offset_ms=1, type=bad, message=bad)
    batch = step(
        0,
        f"/{bad}",
        page("A"),
        method="POST",
        status=500,
        errors=(error,),
        form={bad: [bad]},
        host=f"https://{bad}",
    )
    source = as_test(
        Recording(summary=Summary(id=bad, name=bad), batches=[batch]),
        ObservingRenderer(no_documents),
    )
    (function,) = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert "SystemExit" not in names and function.name.isidentifier()


def test_a_password_that_was_mistyped_first_is_another_secret() -> None:
    """So a test can repeat both logins. A request that only reads has the same secret each time."""
    masked = "[redacted]"
    reset, form = f"/reset?key={masked}", {"name": ["ann"], "password": [masked]}
    source = written(
        step(0, reset, page("Reset")),
        step(1, reset, page("Reset")),
        step(2, "/login", page("Wrong name or password."), method="POST", form=form),
        step(3, "/login", method="POST", status=302, redirect="/", form=form),
    )
    (names,) = (node for node in ast.parse(source).body if isinstance(node, ast.Assign))
    assert list(ast.literal_eval(names.value)) == ["url", "password", "password 2"]
    assert source.count("SECRETS['url']") == 2


def test_values_of_every_shape_are_written_as_python() -> None:
    """Adjacent redacted parts, and numbers without digits."""
    masked = "[redacted]"
    given = {
        "a": masked * 2,
        "b": f"x{masked}{masked}y",
        "c": [float("nan"), float("inf"), -float("inf")],
    }
    source = written(step(0, "/", method="PUT", json=given))
    assert "'a': SECRETS['a'] + SECRETS['a']" in source
    assert "'b': 'x' + SECRETS['b'] + SECRETS['b'] + 'y'" in source
    assert """[float("nan"), float("inf"), float("-inf")]""" in source
