"""Programs record themselves over HTTP."""

from __future__ import annotations

import base64
import json
import multiprocessing
import re
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_seasurf import SeaSurf
from flask_wtf import CSRFProtect
from openapi_spec_validator import OpenAPIV31SpecValidator
from PIL import Image
from werkzeug.test import TestResponse

from flask_replay import StorageError
from flask_replay.recorder.programs import snapshots
from flask_replay.recorder.programs.programs import timeline
from flask_replay.recording.ids import new_id
from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage
from flask_replay.storage.finding.filters import FILTER_FORMS
from flask_replay.web.api import token_hash

from ..conftest import AppMaker, replay_of
from ..services import Services
from ..storage.stores import storage_of

TOKEN, OTHER = "replay_of-a-bot", "replay_of-another"
TOKENS = {"bot": token_hash(TOKEN), "other": token_hash(OTHER)}


class Program:
    """Speaks only HTTP."""

    def __init__(self, app: Flask, token: str = TOKEN) -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.token = token

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.client.post(
            f"/replay/api/recordings{path}", json=body or {}, headers=headers, **options
        )

    def begin(self, **said: Any) -> dict[str, Any]:
        answer = self.post("", said)
        assert answer.status_code == 201, answer.text
        begun: dict[str, Any] = answer.get_json()
        return begun


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """Return an app that has tokens for two programs."""
    return make_app(REPLAY_API_TOKENS=TOKENS, REPLAY_FLUSH_INTERVAL=0.05)


def recording(app: Flask, id: str) -> Recording:
    with app.app_context():
        return replay_of(app).recordings.get(id)


def image() -> str:
    file = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_program_records_itself(app: Flask) -> None:
    """A program in another language does the same. The pages that it requests are in the recording,
    too.
    """
    program = Program(app)
    begun = program.begin(name="checkout bot", metadata={"browser": "firefox", "api_key": "k3y"})
    id = begun["id"]
    assert begun["link"].endswith(f"/replay/{id}")
    assert (
        program.post(
            f"/{id}/actions", {"sequence": 1, "type": "navigate", "value": "/hello/ann"}
        ).status_code
        == 200
    )
    program.client.get("/hello/ann", headers=begun["headers"]).close()
    said = {
        "sequence": 2,
        "type": "click",
        "selector": "#buy",
        "screenshot": image(),
        "dom_snapshot": "<h1>Buy</h1>",
    }
    answer = program.post(f"/{id}/actions", said)
    assert answer.get_json() == {"id": id, "sequence": 2}
    program.post(
        f"/{id}/actions",
        {"sequence": 3, "type": "type", "selector": "input[type=password]", "value": "s3"},
    )
    answer = program.post(f"/{id}/complete")
    assert answer.status_code == 200 and answer.get_json()["status"] == "completed"
    found = recording(app, id)
    assert (found.summary.name, found.summary.status, found.summary.flags) == (
        "checkout bot",
        "finished",
        (),
    )
    assert [type(event).__name__ for event in found.events] == [
        "Run", "Action", "Request", "Frame", "Action", "Action", "Run",
    ]  # fmt: skip
    assert found.batches[0].run is not None
    assert found.batches[0].run.metadata == {"browser": "firefox", "api_key": "[redacted]"}
    with app.app_context():
        lines = timeline(replay_of(app).recordings, id)
        assert [(line["sequence"], line["value"]) for line in lines] == [
            (1, "/hello/ann"),
            (2, None),
            (3, "[redacted]"),
        ]
        key = lines[1]["screenshot_key"]
        assert (
            base64.b64encode(replay_of(app).recordings.storage.get_template(key)).decode()
            == image()
        )


def test_a_run_fails_with_a_message(app: Flask) -> None:
    """Secrets in the message are redacted."""
    program = Program(app)
    begun = program.begin(agent="Checkout Bot")
    assert begun["name"].startswith("checkout-bot_")
    answer = program.post(
        f"/{begun['id']}/fail", {"message": "no button; password='hunter2hunter2'"}
    )
    assert answer.get_json()["status"] == "failed"
    found = recording(app, begun["id"])
    assert found.summary.status == "failed" and found.summary.tally.errors == 1
    assert (
        found.batches[-1].run is not None
        and found.batches[-1].run.error == "no button; password=[redacted]"
    )


def test_requests_sent_twice_are_stored_once(app: Flask) -> None:
    """This holds for actions and for the end of a run. The first version counts."""
    program = Program(app)
    id = program.begin()["id"]
    for value in ("first", "again"):
        answers = [
            program.post(f"/{id}/actions", {"sequence": 1, "type": "click", "value": value})
            for _ in range(2)
        ]
        assert [answer.get_json() for answer in answers] == [{"id": id, "sequence": 1}] * 2
    with app.app_context():
        assert [line["value"] for line in timeline(replay_of(app).recordings, id)] == ["first"]
    assert program.post(f"/{id}/complete").get_json()["status"] == "completed"
    assert program.post(f"/{id}/complete").get_json()["status"] == "completed"
    assert program.post(f"/{id}/fail", {"message": "late"}).get_json()["status"] == "completed"
    answer = program.post(f"/{id}/actions", {"sequence": 2, "type": "click"})
    assert answer.status_code == 409 and "finished" in answer.get_json()["error"]
    assert recording(app, id).summary.flags == ()


def test_a_snapshot_sent_again_with_another_image_is_not_kept(app: Flask) -> None:
    """It replaces nothing and adds nothing, whatever its number."""
    program = Program(app)
    id = program.begin()["id"]
    kept: list[set[str]] = []
    for page in ("first", "again", "once more"):
        sent = {"sequence": 1, "type": "click", "dom_snapshot": f"<p>{page}</p>"}
        assert program.post(f"/{id}/actions", sent).status_code == 200
        storage = app.extensions["replay"].storage
        kept.append(
            {
                str(path)
                for path in Path(storage.path).rglob("*")
                if path.is_file() and path.stat().st_size
            }
        )
        assert len(storage.read(id).entries) == 2
    assert kept[0] == kept[1] == kept[2]


def _act(app: Flask, id: str, sequences: list[int]) -> None:
    """Act as another worker."""
    program = Program(app)
    for number in sequences:
        assert (
            program.post(f"/{id}/actions", {"sequence": number, "type": "click"}).status_code == 200
        )


@pytest.mark.parametrize("kind", ["files", "postgresql"])
def test_actions_sent_again_to_other_workers_are_stored_once(
    kind: str, make_app: AppMaker, services: Services, tmp_path: Path
) -> None:
    """They arrive at the same time and in any order."""
    with storage_of(kind, tmp_path / "store", services) as storage:
        app = make_app(storage=storage, REPLAY_API_TOKENS=TOKENS, REPLAY_FLUSH_INTERVAL=0.05)
        program = Program(app)
        id = program.begin()["id"]
        forking = multiprocessing.get_context("fork")
        orders = [list(range(1, 41)), list(range(40, 0, -1)), [*range(20, 41), *range(1, 20)]]
        workers = [forking.Process(target=_act, args=(app, id, order)) for order in orders]
        for worker in workers:
            worker.start()
        _act(app, id, list(range(1, 41)))
        for worker in workers:
            worker.join()
            assert worker.exitcode == 0
        with app.app_context():
            assert [line["sequence"] for line in timeline(replay_of(app).recordings, id)] == list(
                range(1, 41)
            )
            assert program.post(f"/{id}/complete").status_code == 200
            assert recording(app, id).summary.tally.jobs == 42
            assert [line["sequence"] for line in timeline(replay_of(app).recordings, id)] == list(
                range(1, 41)
            )
        app.extensions["replay"].writer.close()


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": TOKEN}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": f"Bearer {TOKENS['bot']}"}, {"Authorization": "Bearer é"}],
)  # fmt: skip
def test_without_a_token_every_request_is_refused(app: Flask, headers: dict[str, str]) -> None:
    """The token's hash is not accepted as a token."""
    answer = app.test_client().post("/replay/api/recordings", json={}, headers=headers)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    with app.app_context():
        assert not replay_of(app).recordings.summaries()


@pytest.mark.parametrize(
    ("age", "status"), [(0, 200), (86_000, 200), (90_000, 410), (10**9, 410), (-3600, 410)]
)
def test_a_recording_started_long_ago_accepts_no_more(app: Flask, age: int, status: int) -> None:
    """The same holds for the header that a program sends to the app, and for start times in the
    future.
    """
    program = Program(app)
    replay = replay_of(app)
    clock = replay.clock
    replay.clock = lambda: clock() - age
    id = program.begin()["id"]
    replay.clock = clock
    for path, body in (
        ("actions", {"sequence": 1, "type": "click"}),
        ("fail", {"message": "late"}),
    ):
        assert program.post(f"/{id}/{path}", body).status_code == status
    if status == 410:
        assert program.post(f"/{id}/complete").status_code == status


def test_a_token_writes_only_to_its_own_recordings_and_reads_nothing(app: Flask) -> None:
    """Recordings of other programs and of visitors are closed to it, and so is the player."""
    app.test_client().get("/hello/ann").close()
    with app.app_context():
        replay_of(app).flush()
        (visitor,) = replay_of(app).recordings.storage.active()
    mine, other = Program(app), Program(app, OTHER)
    id = mine.begin()["id"]
    assert mine.post(f"/{id}/actions", {"sequence": 1, "type": "click"}).status_code == 200
    for path in ("actions", "complete", "fail"):
        assert other.post(f"/{id}/{path}", {"sequence": 2, "type": "click"}).status_code == 404
        assert (
            mine.post(f"/{visitor.id}/{path}", {"sequence": 1, "type": "click"}).status_code == 404
        )
        assert mine.post(f"/{'0' * 26}/{path}").status_code == 404
        assert mine.post(f"/x/{path}").status_code == 404
    for path in ("", id, f"{id}/steps.json", "health"):
        assert (
            mine.client.get(
                f"/replay/{path}", headers={"Authorization": f"Bearer {TOKEN}"}
            ).status_code
            == 404
        )


def test_without_tokens_there_is_no_api(make_app: AppMaker) -> None:
    """It is off by default."""
    app = make_app()
    assert Program(app).post("").status_code == 404
    assert app.test_client().get("/replay/api/openapi.json").status_code == 404
    off = make_app("off", REPLAY_ENABLED=False, REPLAY_API_TOKENS=TOKENS)
    assert Program(off).post("").status_code == 503


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"sequence": 1, "type": "click"', 400),
        ("\xff", 400),
        ('{"sequence": 1, "type": "click", "value": ' + "[" * 100_000, 400),
        ("[]", 422),
        ('{"sequence": 0, "type": "click"}', 422),
        ('{"sequence": 1}', 422),
        ('{"sequence": 1, "type": "click", "sorcery": 1}', 422),
        ('{"sequence": 1, "type": "snapshot", "screenshot": "/etc/passwd"}', 422),
        ('{"sequence": 1, "type": "snapshot", "screenshot": "bm8gaW1hZ2U="}', 422),
        ('{"sequence": 10001, "type": "click"}', 409),
    ],
)
def test_an_invalid_body_is_refused(app: Flask, body: str, status: int) -> None:
    """The response says why, and nothing is stored."""
    program = Program(app)
    id = program.begin()["id"]
    answer = program.client.post(
        f"/replay/api/recordings/{id}/actions",
        data=body.encode("latin-1"),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert answer.status_code == status and answer.get_json()["error"]
    with app.app_context():
        assert timeline(replay_of(app).recordings, id) == []


def test_bodies_are_bounded(
    app: Flask, serve: Callable[[Flask], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request must declare its length. The app's own limit applies, too."""
    program = Program(app)
    id = program.begin()["id"]
    assert program.post("", {"name": "x" * (256 << 10)}).status_code == 413
    address = serve(app).removeprefix("http://")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for more, status in (
        ({"Content-Length": str(1 << 30)}, 413),
        ({"Transfer-Encoding": "chunked"}, 411),
    ):
        connection = HTTPConnection(address, timeout=30)
        connection.putrequest("POST", f"/replay/api/recordings/{id}/actions")
        for name, value in {**headers, **more}.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()
    monkeypatch.setattr(snapshots, "MAX_DOM", 100)
    answer = program.post(
        f"/{id}/actions", {"sequence": 1, "type": "snapshot", "dom_snapshot": "x" * 101}
    )
    assert answer.status_code == 422
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = program.post(
        f"/{id}/actions", {"sequence": 1, "type": "snapshot", "dom_snapshot": "x" * 1001}
    )
    assert answer.status_code == 413 and answer.get_json()["error"]


def test_a_failing_store_is_reported_and_a_repeated_request_is_stored(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was answered with 200 was written."""
    program = Program(app)
    id = program.begin()["id"]

    def fail(*_: object) -> None:
        raise StorageError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(FileStorage, "append", fail)
        assert program.post(f"/{id}/actions", {"sequence": 1, "type": "click"}).status_code == 503
    assert program.post(f"/{id}/actions", {"sequence": 1, "type": "click"}).status_code == 200
    with app.app_context():
        assert len(timeline(replay_of(app).recordings, id)) == 1


@pytest.mark.parametrize("protect", [CSRFProtect, SeaSurf])
def test_csrf_protection_of_the_app_lets_programs_pass(
    app: Flask, protect: Callable[[Flask], object]
) -> None:
    """All other views of the app stay protected."""
    protect(app)
    program = Program(app)
    id = program.begin()["id"]
    assert program.post(f"/{id}/actions", {"sequence": 1, "type": "click"}).status_code == 200
    assert program.post(f"/{id}/complete").status_code == 200
    assert app.test_client().post("/save").status_code in (400, 403)


def test_an_action_is_placed_at_its_start_time(app: Flask) -> None:
    """The program may give the time, but not one in the future."""
    program = Program(app)
    id = program.begin()["id"]
    for sequence, moment in ((1, 10**9), (2, 0), (3, None)):
        program.post(
            f"/{id}/actions", {"sequence": sequence, "type": "click", "timestamp_ms": moment}
        )
    with app.app_context():
        times = {
            line["sequence"]: line["timestamp_ms"]
            for line in timeline(replay_of(app).recordings, id)
        }
    assert times[2] == 0 and times[1] <= times[3] < 60_000


def test_requests_to_the_api_are_not_recorded(app: Flask) -> None:
    """This includes the requests of a program whose pages are recorded."""
    program = Program(app)
    begun = program.begin()
    program.post(
        f"/{begun['id']}/actions", {"sequence": 1, "type": "click"}, headers=begun["headers"]
    )
    program.post(f"/{begun['id']}/complete", headers=begun["headers"])
    assert recording(app, begun["id"]).summary.tally.requests == 0


def test_an_openapi_document_describes_the_api(app: Flask) -> None:
    """It is valid and lists every path."""
    document = app.test_client().get("/replay/api/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/replay/api/recordings") or rule.rule == "/replay/api/errors"
    }
    assert {f"/replay/api{path}" for path in document["paths"]} == rules
    assert document["servers"] == [{"url": "http://localhost/replay/api"}]
    schemas = document["components"]["schemas"]
    assert schemas["NewAction"]["required"] == ["sequence", "type"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))) <= set(schemas)


def test_a_program_reads_what_happened_and_why(make_app: AppMaker) -> None:
    """For example, a ticket system that asks why a page looked as it did."""
    seen: list[str | None] = []

    def rule(action: str, recording: Any) -> bool:
        seen.append(replay_of(shop).token)
        return True

    shop = make_app(
        REPLAY_API_TOKENS={**TOKENS, "reader": f"read:{token_hash('replay_reads')}"}, authorize=rule
    )
    visitor = shop.test_client()
    visitor.get("/hello/ann")
    visitor.get("/broken")
    with shop.app_context():
        replay_of(shop).flush()
        (id,) = replay_of(shop).recordings.storage.touched()
    headers = {"Authorization": "Bearer replay_reads"}

    def read(path: str, status: int = 200) -> Any:
        answer = shop.test_client().get(f"/replay/api/recordings/{id}{path}", headers=headers)
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        return answer.get_json()

    told = read("")
    assert [line["text"] for line in told["story"]["lines"]] == [
        "opened *Hello ann*",
        "opened /broken: it failed with ZeroDivisionError, “division by zero” (500)",
    ]
    assert [(event["step"], event["frame"], event["url"]) for event in told["events"]] == [
        (0, 0, "/hello/ann"),
        (1, 1, "/broken"),
    ]
    assert told["events"][1]["details"]["errors"][0]["type"] == "ZeroDivisionError"
    assert (told["next"], read("?from=1")["events"]) == (None, told["events"][1:])
    assert read("?from=x", 400)["error"] == "from must be a whole number >= 0, got 'x'"
    assert [read(f"{path}?depth=1", 400)["error"] for path in ("", "/frames/0", "/pages/0")] == [
        "'depth' is not a parameter"
    ] * 3
    # it describes the whole recording, and came with the first steps
    assert read("?from=1")["story"] is None
    assert read("/frames/0")["reads"][0]["value"] == "ann"
    assert read("/pages/0") == {"html": "<h1>Hello ann</h1>", "missing": [], "problem": ""}
    assert (
        "none numbered 9" in read("/frames/9", 404)["error"]
        and "none numbered 9" in read("/pages/9", 404)["error"]
    )
    assert set(seen) == {"reader"}
    assert replay_of(shop).token is None


def test_a_program_lists_recordings_and_errors_with_the_filters_of_the_list(
    make_app: AppMaker,
) -> None:
    """It sees only what the rule allows its token. Unknown parameters are named."""
    hidden: set[str] = set()

    def rule(action: str, recording: Any) -> bool:
        return action == "list" if recording is None else recording.id not in hidden

    shop = make_app(
        REPLAY_API_TOKENS={"reader": f"read:{token_hash('replay_reads')}"}, authorize=rule
    )

    def read(query: str, status: int = 200) -> Any:
        headers = {"Authorization": "Bearer replay_reads"}
        answer = shop.test_client().get(f"/replay/api/{query}", headers=headers)
        assert (query, answer.status_code, answer.mimetype) == (query, status, "application/json")
        return answer.get_json()

    def found(query: str) -> list[str]:
        return [
            summary["landing"]
            for summary in read(f"recordings?unconfirmed=yes&{query}")["recordings"]
        ]

    for paths in (["/hello/ann", "/hello/ann"], ["/two", "/broken"], ["/raises"]):
        visitor = shop.test_client()
        for path in paths:
            visitor.get(path)
    with shop.app_context():
        replay_of(shop).flush()
    confirmed = [summary["landing"] for summary in read("recordings")["recordings"]]
    assert confirmed == ["/two", "/hello/ann"]  # whose visitors sent our cookie back
    assert (found(""), found("code=500"), found("text=hello+ann")) == (
        ["/raises", "/two", "/hello/ann"], ["/raises", "/two"], ["/hello/ann"],
    )  # fmt: skip
    assert (found("error=ValueError&sort=-start"), found("min_pages=9")) == (["/raises"], [])
    first = read("recordings?unconfirmed=yes&limit=2")
    assert (first["totals"]["recordings"], first["totals"]["complete"]) == (3, True)
    assert found(f"limit=2&before={first['next']}") == ["/hello/ann"]
    kinds = read("errors?unconfirmed=yes")["errors"]
    assert [kind["type"] for kind in kinds] == ["ValueError", "ZeroDivisionError"]
    assert [kind["type"] for kind in read("errors?unconfirmed=yes&endpoint=broken")["errors"]] == [
        "ZeroDivisionError"
    ]
    hidden.add(first["recordings"][0]["id"])
    assert (
        found("") == ["/two", "/hello/ann"]
        and read("recordings?unconfirmed=yes")["totals"]["recordings"] == 2
    )
    assert len(read("errors?unconfirmed=yes")["errors"]) == 1
    for query, name in (
        ("recordings?nonsense=1", "'nonsense' is not a parameter"),
        ("recordings?code=999", "code was given twice, or cannot be '999'"),
        ("errors?code=404&code=500", "code was given twice, or cannot be '500'"),
        ("recordings?limit=501", "limit must be a whole number >= 1 and <= 500, got '501'"),
        ("recordings?sort=beauty", "sort must be one of"),
        ("recordings?before=junk", "before must be a place named by the previous page, got 'junk'"),
        ("recordings?limit=1&limit=2", "limit was given twice"),
        ("errors?sort=start", "'sort' is not a parameter"),
    ):
        assert name in read(query, 400)["error"]
    document = shop.test_client().get("/replay/api/openapi.json").get_json()
    described = {asked["name"] for asked in document["paths"]["/recordings"]["get"]["parameters"]}
    assert described == {
        "before",
        "limit",
        "sort",
        "unconfirmed",
        *("user" if name == "name" else name for name in FILTER_FORMS),
    }


def test_tokens_are_made_listed_and_revoked_on_the_command_line(app: Flask) -> None:
    """Only their hashes are stored."""
    runner = app.test_cli_runner()
    made = json.loads(runner.invoke(args=["replay", "token", "make", "ci", "--json"]).output)
    assert token_hash(made["token"]) == made["hash"] and len(made["token"]) > 40
    text = runner.invoke(args=["replay", "token", "make", "ci"]).output
    assert "REPLAY_API_TOKENS = {'ci': 'sha256:" in text
    reads = runner.invoke(args=["replay", "token", "make", "ci", "--scope", "read"]).output
    assert "REPLAY_API_TOKENS = {'ci': 'read:sha256:" in reads
    listed = runner.invoke(args=["replay", "token", "list"]).output
    assert listed == f"bot  {TOKENS['bot']}\nother  {TOKENS['other']}\n"
    revoked = runner.invoke(args=["replay", "token", "revoke", "bot"]).output
    assert f"REPLAY_API_TOKENS = {{'other': '{TOKENS['other']}'}}" in revoked
    missing = runner.invoke(args=["replay", "token", "revoke", "nobody"])
    assert missing.exit_code == 1 and "only of: bot, other" in missing.output


def test_many_threads_write_at_once(app: Flask) -> None:
    """Each action is stored once."""
    id = Program(app).begin()["id"]
    threads = [
        threading.Thread(target=_act, args=(app, id, list(range(start, 101, 4))))
        for start in (1, 2, 3, 4, 1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert [line["sequence"] for line in timeline(replay_of(app).recordings, id)] == list(
            range(1, 101)
        )


def test_a_program_without_permission_does_not_learn_that_a_recording_is_damaged(
    make_app: AppMaker,
) -> None:
    """The rule is called before the recording is read."""
    allowed = [False]
    tokens = {"reader": f"read:{token_hash('replay_reads')}"}
    shop = make_app(REPLAY_API_TOKENS=tokens, authorize=lambda action, recording: allowed[0])
    id = new_id()
    storage = shop.extensions["replay"].storage
    storage.save(id, b"FRPL\x01damaged")

    def read() -> TestResponse:
        headers = {"Authorization": "Bearer replay_reads"}
        return shop.test_client().get(f"/replay/api/recordings/{id}", headers=headers)

    assert read().status_code == 404
    allowed[0] = True
    assert (read().status_code, bool(read().get_json()["error"])) == (503, True)


def test_secrets_known_to_the_app_are_redacted_in_what_a_program_sends(app: Flask) -> None:
    """This holds for actions and for the reason of a failure."""
    app.test_client().get("/hello/ann?password=Kx7pQ-tr0ub4dor").close()
    replay_of(app).flush()
    program = Program(app)
    id = program.begin()["id"]
    said = {"sequence": 1, "type": "evaluate", "value": "tried Kx7pQ-tr0ub4dor"}
    program.post(f"/{id}/actions", said)
    program.post(f"/{id}/fail", {"message": "no entry for Kx7pQ-tr0ub4dor"})
    kept = recording(app, id)
    assert "Kx7pQ-tr0ub4dor" not in repr(kept) and "tried [redacted]" in repr(kept)
