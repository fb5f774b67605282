"""Programs record themselves: their actions, what they saw, how they ended."""

from __future__ import annotations

import asyncio
import base64
import re
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, render_template_string
from PIL import Image

from flask_replay import ProgramRecording, RecordingOver, SnapshotRefused
from flask_replay.recorder.programs import snapshots
from flask_replay.recording.events import Action, Run
from flask_replay.recording.summary import Summary

from ..conftest import AppMaker, replay_of
from ..services import Services
from ..storage.stores import storage_of


def image(format: str = "PNG", size: tuple[int, int] = (40, 30), color: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, format)
    return file.getvalue()


def start(app: Flask, name: str | None = None, **options: Any) -> ProgramRecording:
    with app.app_context():
        return replay_of(app).start(name, **options)


def summary_of(app: Flask, recording: ProgramRecording) -> Summary:
    return replay_of(app).recordings.get(recording.id).summary


def events_of(app: Flask, recording: ProgramRecording) -> list[Any]:
    return list(replay_of(app).recordings.get(recording.id).events)


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """Provide an app context, as in a command."""
    with app.app_context():
        yield app


def test_secrets_in_addresses_in_values_and_metadata_are_redacted(app: Flask) -> None:
    """The address of a page may contain a token, and so may any text from a program."""
    address = "https://shop.example/reset?token=hunter2hunter2&page=3"
    recording = start(app, "bot", metadata={"began_at": address})
    action = recording.record_action(
        "click",
        "#a",
        {"to": [address]},
        metadata={"url": address, "failed": "password=hunter3 is wrong", "tries": 2},
    )
    recording.complete()
    kept = "https://shop.example/reset?token=[redacted]&page=3"
    assert action.value == {"to": [kept]}
    assert action.metadata == {"url": kept, "failed": "password=[redacted] is wrong", "tries": 2}
    assert events_of(app, recording)[0].metadata == {"began_at": kept}


def test_a_program_records_what_it_does(app: Flask) -> None:
    """As a user would write it."""
    recording = start(app, "checkout", metadata={"browser": "chromium"})
    recording.record_action("navigate", value="/cart")
    recording.record_action("click", "#buy", screenshot=image(), metadata={"button": "left"})
    recording.record_action("type", "input[name=city]", "Lyon", dom_snapshot="<h1>Address</h1>")
    assert recording.status == "recording"
    recording.complete()
    assert recording.status == "completed" and recording.ended_at > 0 and recording.error == ""
    first, second, third = recording.timeline()
    assert [
        (line["sequence"], line["type"], line["selector"], line["value"])
        for line in (first, second, third)
    ] == [
        (1, "navigate", None, "/cart"),
        (2, "click", "#buy", None),
        (3, "type", "input[name=city]", "Lyon"),
    ]
    assert second["metadata"] == {"button": "left"} and second["dom_snapshot_key"] is None
    assert len({line["id"] for line in (first, second, third)}) == 3
    assert (
        0
        <= first["timestamp_ms"]
        <= second["timestamp_ms"]
        <= third["timestamp_ms"]
        <= recording.duration_ms
    )
    storage = replay_of(app).recordings.storage
    assert storage.get_template(second["screenshot_key"]) == image()
    assert storage.get_template(third["dom_snapshot_key"]) == b"<h1>Address</h1>"
    found = summary_of(app, recording)
    assert (found.id, found.name, found.status, found.flags) == (
        recording.id,
        "checkout",
        "finished",
        (),
    )
    begin, *_, end = events_of(app, recording)
    assert begin == Run(offset_ms=0, status="recording", metadata={"browser": "chromium"})
    assert (end.status, end.offset_ms) == ("completed", recording.duration_ms)


def test_the_timeline_is_available_while_running(app: Flask) -> None:
    """It contains all actions so far."""
    recording = start(app)
    recording.record_action("click", "#a")
    assert [line["selector"] for line in recording.timeline()] == ["#a"]
    recording.record_action("click", "#b")
    assert [line["selector"] for line in recording.timeline()] == ["#a", "#b"]


@pytest.mark.parametrize(
    ("said", "prefix"),
    [
        ({}, "session"),
        (
            {"agent_run": SimpleNamespace(agent=SimpleNamespace(name="Checkout Bot"))},
            "checkout-bot",
        ),
        ({"agent_run": {"agent": {"name": "Été & Co."}}}, "t-co"),
        ({"agent_run": {"agent": "Scout"}}, "scout"),
        ({"agent_run": "Scout"}, "scout"),
        ({"sandbox_session": SimpleNamespace(agent_template=SimpleNamespace(name="Shop"))}, "shop"),
        ({"sandbox_session": SimpleNamespace(agent_template=None)}, "session"),
        (
            {
                "agent_run": SimpleNamespace(agent=None),
                "sandbox_session": {"agent_template": "Shop"},
            },
            "shop",
        ),
    ],
)
def test_the_name_is_made_of_the_agent_or_template(
    app: Flask, said: dict[str, Any], prefix: str
) -> None:
    """Otherwise it is "session". The time follows."""
    assert re.fullmatch(rf"{prefix}_\d{{8}}_\d{{6}}", start(app, **said).name)


def test_the_subject_of_a_recording_is_in_its_metadata(app: Flask) -> None:
    """By id."""
    recording = start(
        app,
        agent_run=SimpleNamespace(id=7, agent=None),
        sandbox_session={"id": "s1"},
        metadata={"a": 1},
    )
    recording.complete()
    assert events_of(app, recording)[0].metadata == {
        "agent_run": 7,
        "sandbox_session": "s1",
        "a": 1,
    }


def test_a_visitor_takes_over_from_a_demo(app: Flask) -> None:
    """The recording names the demo."""
    demo = start(app, "lander_spring")
    recording = replay_of(app).start_user_session("v1", parent_demo_id=demo.id, page_url="/pricing")
    assert re.fullmatch(r"user_takeover_\d{8}_\d{6}_[0-9a-f]{8}", recording.name)
    assert (recording.is_user_session, recording.is_demo) == (True, False)
    assert (demo.is_user_session, demo.is_demo, start(app, "demo").is_demo) == (False, True, True)
    recording.complete()
    assert events_of(app, recording)[0].metadata == {
        "session_type": "user_takeover",
        "visitor_id": "v1",
        "parent_demo_id": demo.id,
        "page_url": "/pricing",
    }


def test_a_run_fails_with_a_message(app: Flask) -> None:
    """The list shows it, with secrets redacted."""
    recording = start(app, "bot")
    recording.record_action("click", "#buy")
    recording.fail("no button; password='hunter2hunter2'")
    assert recording.status == "failed"
    assert recording.error == "no button; password=[redacted]" and recording.duration_ms >= 0
    found = summary_of(app, recording)
    assert (found.status, found.flags, found.tally.errors) == ("failed", ("failed",), 1)
    assert events_of(app, recording)[-2].error == recording.error


def test_the_type_of_an_action_has_two_possible_names(app: Flask) -> None:
    """Only one may be used at a time."""
    recording = start(app, "bot")
    by_name = recording.record_action(
        action_type="click", selector="#buy", value=1, metadata={"a": 1}
    )
    assert (by_name.type, by_name.selector, by_name.value) == ("click", "#buy", 1)
    for types in (("", ""), ("click", "click")):
        with pytest.raises(TypeError, match="one of its two names"):
            recording.record_action(types[0], action_type=types[1])
    recording.complete()
    assert [line["type"] for line in recording.timeline()] == ["click"]


def test_a_finished_run_stays_unchanged(app: Flask) -> None:
    """Ending it again does nothing, and actions are refused."""
    recording = start(app, "bot")
    recording.complete()
    ended = recording.ended_at
    recording.fail("late")
    recording.complete()
    assert (recording.status, recording.error, recording.ended_at) == ("completed", "", ended)
    with pytest.raises(RecordingOver, match="bot is over"):
        recording.record_action("click")
    with pytest.raises(RecordingOver):
        recording.continue_as()
    assert recording.timeline() == []


def test_a_block_completes_or_fails(app: Flask) -> None:
    """Renders within it are in the recording. An exception is passed on."""
    with start(app, "well") as well:
        render_template_string("<p>{{ n }}</p>", n=1)
        well.record_action("click", "#a")
    assert well.status == "completed" and replay_of(app).verify(well.id).identical == 1
    assert [type(event).__name__ for event in events_of(app, well)] == [
        "Run",
        "Frame",
        "Action",
        "Run",
    ]
    with pytest.raises(KeyboardInterrupt), start(app, "stopped") as stopped:
        raise KeyboardInterrupt
    with pytest.raises(KeyError), start(app, "lost") as lost:
        dict[str, str]()["key"]
    assert (stopped.status, lost.status, lost.error) == ("failed", "failed", "KeyError: 'key'")
    assert (
        summary_of(app, lost).tally.errors == 1
        and "test_programs" in events_of(app, lost)[1].traceback
    )
    with start(app, "by hand") as by_hand:
        by_hand.fail("enough")
    assert (by_hand.status, by_hand.error) == ("failed", "enough")


def test_a_continuation_is_linked_in_both_directions(app: Flask) -> None:
    """The first run is complete when the second has begun."""
    first = start(app, "first")
    first.record_action("click", "#a")
    second = first.continue_as("second", metadata={"who": "ann"})
    second.complete()
    assert first.status == "completed"
    assert [(line["type"], line["metadata"]) for line in first.timeline()] == [
        ("click", {}),
        ("handoff", {"continued_as": second.id}),
    ]
    assert events_of(app, second)[0].metadata == {"who": "ann", "continues": first.id}
    assert start(app).continue_as().name.startswith("session_")


@pytest.mark.parametrize(
    "selector",
    [
        "input[type=password]",
        "input[type='password']",
        "#cvv",
        "//input[@name='api_key']",
        "label=New Password",
        '[aria-label="API key"]',
    ],
)
def test_text_typed_into_a_sensitive_field_is_redacted(app: Flask, selector: str) -> None:
    """Also where a page shows it again."""
    recording = start(app)
    recording.record_action("type", selector, "hunter2hunter2")
    page = '<input type="password" value="hunter2hunter2"><p>hunter2hunter2 <b>kept</b>'
    recording.record_action(
        "snapshot", dom_snapshot=page, metadata={"token": "t0p", "text": "say hunter2hunter2"}
    )
    recording.record_action("navigate", value="https://shop.example/?token=abcdef&page=2")
    recording.complete()
    first, second, third = recording.timeline()
    assert first["value"] == "[redacted]"
    assert second["metadata"] == {"token": "[redacted]", "text": "say [redacted]"}
    kept = replay_of(app).recordings.storage.get_template(second["dom_snapshot_key"]).decode()
    assert "hunter2" not in kept and "<b>kept</b>" in kept
    assert "abcdef" not in third["value"] and third["value"].endswith("page=2")


def test_harmless_fields_are_not_redacted(app: Flask) -> None:
    """``author`` and ``monkey`` only contain letters of sensitive words."""
    recording = start(app)
    recording.record_action("type", "input[name=author]", "Ann")
    recording.record_action("evaluate", "#monkey", {"items": [1, 2.5, None]})
    assert [line["value"] for line in recording.timeline()] == ["Ann", {"items": [1, 2.5, None]}]


@pytest.mark.parametrize("kind", ["files", "postgresql"])
def test_actions_of_several_threads_are_numbered_without_gaps(
    kind: str, make_app: AppMaker, services: Services, tmp_path: Path
) -> None:
    """The recording contains them in the order of their numbers."""
    with storage_of(kind, tmp_path / "store", services) as storage:
        app = make_app(storage=storage, REPLAY_FLUSH_INTERVAL=0.05)
        recording = start(app, "many")
        numbers: list[int] = []

        def work(thread: int) -> None:
            for step in range(125):
                numbers.append(recording.record_action("click", f"#t{thread}", step).sequence)

        threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recording.complete()
        assert sorted(numbers) == list(range(1, 1001))
        with app.app_context():
            found = [event for event in events_of(app, recording) if isinstance(event, Action)]
            assert [action.sequence for action in found] == list(range(1, 1001))
            for thread_number in range(8):
                mine = [action.value for action in found if action.selector == f"#t{thread_number}"]
                assert mine == list(range(125))
            times = [line["timestamp_ms"] for line in recording.timeline()]
            assert times == sorted(times)
        app.extensions["replay"].writer.close()  # before its database goes


def test_tasks_record_concurrently(app: Flask) -> None:
    """Each in its own recording, or all in one."""

    async def work(shared: ProgramRecording, number: int) -> list[int]:
        with start(app, f"task {number}") as own:
            for _ in range(5):
                own.record_action("click", f"#{number}")
                shared.record_action("click", f"#{number}")
                await asyncio.sleep(0)
        return [line["sequence"] for line in own.timeline()]

    async def both() -> list[list[int]]:
        with start(app, "shared") as shared:
            done = await asyncio.gather(work(shared, 0), work(shared, 1))
        return [*done, [line["sequence"] for line in shared.timeline()]]

    assert asyncio.run(both()) == [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], list(range(1, 11))]


def test_no_action_is_lost_when_memory_is_full(make_app: AppMaker) -> None:
    """Unlike a visitor, a program can wait for the store."""
    app = make_app(REPLAY_MAX_MEMORY=1 << 20, REPLAY_FLUSH_INTERVAL=60)
    with app.app_context(), start(app, "large") as recording:
        for number in range(40):
            noise = Image.effect_noise((200, 200), 50 + number)
            file = BytesIO()
            noise.save(file, "PNG")
            recording.record_action("snapshot", screenshot=file.getvalue())
    assert [line["sequence"] for line in recording.timeline()] == list(range(1, 41))


@pytest.mark.parametrize(
    ("format", "mimetype"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_screenshots_are_identified_by_their_content(
    app: Flask, tmp_path: Path, format: str, mimetype: str
) -> None:
    """As bytes, paths and base64. The same content is stored once."""
    data = image(format)
    path = tmp_path / "looks-like.txt"
    path.write_bytes(data)
    encoded = base64.b64encode(data).decode()
    recording = start(app)
    actions = [
        recording.record_action("snapshot", screenshot=given)
        for given in (data, path, encoded, f"data:image/png;base64,{encoded}")
    ]
    found = {action.screenshot for action in actions}
    assert len(found) == 1
    (snapshot,) = found
    assert snapshot is not None
    assert (snapshot.mimetype, snapshot.width, snapshot.height, snapshot.size) == (
        mimetype,
        40,
        30,
        len(data),
    )


def test_invalid_or_large_screenshots_are_refused_without_a_number(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The recording continues."""
    monkeypatch.setattr(snapshots, "MAX_SCREENSHOT", 3000)
    monkeypatch.setattr(snapshots, "MAX_PIXELS", 5000)
    monkeypatch.setattr(snapshots, "MAX_DOM", 100)
    large = tmp_path / "large.png"
    large.write_bytes(bytes(4000))
    recording = start(app)
    gif = image("GIF")
    for bad in (
        b"",
        b"<svg/>",
        gif,
        image()[:20],
        "no base64!",
        bytes(4000),
        large,
        image(size=(100, 100)),
    ):
        with pytest.raises(SnapshotRefused):
            recording.record_action("snapshot", screenshot=bad)
    with pytest.raises(SnapshotRefused):
        recording.record_action("snapshot", dom_snapshot="é" * 51)
    assert recording.record_action("snapshot", screenshot=image()).sequence == 1


def test_snapshots_are_deleted_with_their_recordings(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By cleanup. Snapshots of other recordings stay."""
    app = make_app(REPLAY_MAX_RECORDINGS=1)
    with app.app_context():
        keys = []
        for color in ("red", "blue"):
            with start(app, color) as recording:
                recording.record_action(
                    "snapshot", screenshot=image(color=color), dom_snapshot=f"<p>{color}"
                )
            keys += [
                recording.timeline()[0][kind] for kind in ("screenshot_key", "dom_snapshot_key")
            ]
        recordings = replay_of(app).recordings
        monkeypatch.setattr("flask_replay.storage.lifecycle.retention._SPARED", -1.0)
        assert recordings.cleanup() is not None
        assert [recordings.storage.has_template(key) for key in keys] == [False, False, True, True]


def test_a_program_runs_normally_without_recording(make_app: AppMaker) -> None:
    """Its actions have numbers, and leave nothing."""
    app = make_app(REPLAY_ENABLED=False)
    with app.app_context(), start(app, "off") as recording:
        assert recording.record_action("click", screenshot=image()).sequence == 1
    assert (recording.status, recording.timeline()) == ("completed", [])
    assert replay_of(app).recordings.summaries() == []


def test_a_programs_browser_may_have_a_cookie_instead(make_app: AppMaker) -> None:
    """Like a visitor's. The pages are still in the program's recording."""
    app = make_app(REPLAY_SAMPLE_RATE=0, REPLAY_FLUSH_INTERVAL=0.05)
    with start(app, "driver") as recording:
        browser = app.test_client()
        for name, value in recording.cookies.items():
            browser.set_cookie(name, value)
        for name in ("ann", "bob"):
            browser.get(f"/hello/{name}").close()
    with app.app_context():
        assert (
            summary_of(app, recording).tally.pages == 2
            and replay_of(app).verify(recording.id).identical == 2
        )
    off = make_app("off", REPLAY_ENABLED=False)
    assert start(off).cookies == start(off).headers == {}


def test_pages_served_to_a_program_are_on_its_timeline(make_app: AppMaker) -> None:
    """Whatever the sample rate, and without a cookie for the program."""
    app = make_app(REPLAY_SAMPLE_RATE=0, REPLAY_FLUSH_INTERVAL=0.05, identify=lambda: "somebody")
    recording = start(app, "driver")
    client = app.test_client()
    for name in ("ann", "bob"):
        recording.record_action("navigate", value=f"/hello/{name}")
        response = client.get(f"/hello/{name}", headers=recording.headers)
        assert "Set-Cookie" not in response.headers
        response.close()
    client.get("/hello/nobody").close()
    recording.complete()
    client.get("/hello/late", headers=recording.headers).close()
    with app.app_context():
        events = [type(event).__name__ for event in events_of(app, recording)]
        assert events == ["Run", "Action", "Request", "Frame", "Action", "Request", "Frame", "Run"]
        assert (summary_of(app, recording).name, summary_of(app, recording).landing) == (
            "driver",
            "/hello/ann",
        )
        assert replay_of(app).verify(recording.id).identical == 2


@pytest.mark.parametrize("age", [-3600, 90_000])
def test_a_forged_or_expired_header_has_no_effect(make_app: AppMaker, age: int) -> None:
    """The request counts as a visitor's."""
    app = make_app()
    recording = start(app, "driver")
    replay = replay_of(app)
    clock = replay.clock
    replay.clock = lambda: clock() - age
    stale = recording.headers["X-Replay-Recording"]
    replay.clock = clock
    for header in (stale, stale[:-1], "", "x"):
        app.test_client().get("/hello/ann", headers={"X-Replay-Recording": header}).close()
    with app.app_context():
        recording.complete()
        assert [type(event).__name__ for event in events_of(app, recording)] == ["Run", "Run"]
