"""Tests of what the list and the player read from a store."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, render_template_string, request

from ..codec import BATCH_FORMATS, encode_batch
from ..errors import RecordingNotFound
from ..extension import Replay
from ..recording.batch import Batch
from ..recording.events import Request
from ..recording.ids import new_id
from ..recording.summary import Tally
from ..settings import EXTENSION_KEY
from ..storage import Entry, Filter, Head, Recordings, Storage, finalize
from .samples import begun, finished

_PAGE = """<h1>{{ user.name }}</h1>
{% for item in items %}<p>{{ loop.index }} {{ item|upper }}</p>{% endfor %}
{{ request.args.q or "nothing" }}"""


class _User:
    name = "Ann <Page>"


@contextmanager
def _recorded(storage: Storage, format: str) -> Iterator[Flask]:
    """Yield a recorded app, and stop its writer afterwards."""
    app = Flask("contract")
    app.secret_key = secrets.token_hex()
    app.config.update(REPLAY_FORMAT=format, REPLAY_ENABLED=True)
    Replay(app, storage=storage)

    @app.route("/page", methods=["GET", "POST"])
    def page() -> str:
        return render_template_string(_PAGE, user=_User(), items=[*"abc", request.method])

    yield app
    app.extensions[EXTENSION_KEY].writer.close()


class ViewingContract:
    """The contract of reading for the list and the player."""

    @pytest.mark.parametrize("format", BATCH_FORMATS)
    def test_an_app_records_into_it_and_every_frame_replays_identically(
        self, storage: Storage, format: str
    ) -> None:
        """This applies while the session runs, and after it is finalized."""
        with _recorded(storage, format) as app, app.app_context():
            replay: Replay = app.extensions[EXTENSION_KEY].replay
            client = app.test_client()
            for number in range(3):
                client.get(f"/page?q={number}").close()
            client.post("/page", data={"title": "x"}).close()
            replay.flush()
            (running,) = replay.recordings.summaries()
            assert replay.verify(running.id).identical == 4
            replay.finalize()
            (summary,) = replay.recordings.summaries()
            assert (summary.id, summary.status, running.status) == (
                running.id,
                "finished",
                "active",
            )
            assert replay.verify(summary.id).identical == 4

    def test_a_running_recording_opens_with_everything_so_far(self, storage: Storage) -> None:
        """It opens like a finished one."""
        first = begun(storage)
        recordings = Recordings(storage, 10, 1e9)
        for recording in (recordings.get(first.id), recordings.get_active(first.id)):
            assert [batch.request.url for batch in recording.batches if batch.request] == [
                "/0",
                "/1",
            ]
            assert recording.summary.status == "active"

    @pytest.mark.parametrize("format", BATCH_FORMATS)
    def test_a_finished_recording_equals_the_running_one(
        self, storage: Storage, format: str
    ) -> None:
        """All values are equal, in each format."""
        moment = 1_700_000_000.0
        first = Head(id=new_id(moment), started_at=moment, format=format)
        batches = [
            Batch(
                (
                    Request(
                        offset_ms=n,
                        method="POST",
                        url=f"/{n}",
                        json={"n": [n, None, b"\xff", float("inf")]},
                    ),
                )
            )
            for n in range(3)
        ]
        entries = [
            Entry(
                number=n,
                offset_ms=n,
                end_ms=n,
                tally=Tally.of(batch),
                payload=encode_batch(batch, format),
            )
            for n, batch in enumerate(batches)
        ]
        storage.append(first, "w", entries)
        recordings = Recordings(storage, 10, 1e9)
        assert recordings.get(first.id).batches == batches
        finalize(storage, first.id, "me")
        assert recordings.get(first.id).batches == batches
        with pytest.raises(RecordingNotFound):
            recordings.get_active(first.id)

    def test_a_recording_finished_between_two_reads_is_found(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At the first look it is not yet in the archive, at the second it is no longer in the
        journal.
        """
        name = begun(storage).id
        load = storage.load

        def late(recording_id: str) -> bytes:
            monkeypatch.setattr(storage, "load", load)
            try:
                return load(recording_id)
            finally:
                finalize(storage, recording_id, "me")

        monkeypatch.setattr(storage, "load", late)
        assert len(Recordings(storage, 10, 1e9).get(name).batches) == 2

    def test_running_and_finished_recordings_share_the_pages(self, storage: Storage) -> None:
        """Pages stay the same while sessions end."""
        names = [
            (
                begun(storage, 1_700_000_000 + n).id
                if n % 2
                else finished(storage, 1_700_000_000 + n)
            )
            for n in range(6)
        ]
        recordings = Recordings(storage, 10, 1e9)
        pages, before = [], None
        while page := recordings.summaries(before=before, limit=2):
            pages.append([summary.id for summary in page])
            before = page[-1].id
            finished(storage)  # a session ends between two pages
        assert pages == [names[:3:-1], names[3:1:-1], names[1::-1]]

    def test_running_and_finished_recordings_are_filtered_alike(self, storage: Storage) -> None:
        """The filters are name and errors."""
        running = begun(storage, 1_700_000_001, name="ann", error=True).id
        begun(storage, 1_700_000_002, name="bob", error=True)
        ended = finished(storage, 1_700_000_000, name="ann", error=True)
        finished(storage, 1_700_000_003, name="ann")
        found = Recordings(storage, 10, 1e9).summaries(where=Filter(name="ann", errors=True))
        assert [summary.id for summary in found] == [running, ended]
        live = Recordings(storage, 10, 1e9).summaries(where=Filter(name="ann", status="live"))
        assert [summary.id for summary in live] == [running]

    def test_a_running_recording_may_be_deleted(self, storage: Storage) -> None:
        """Other recordings are unaffected."""
        name, other = begun(storage).id, begun(storage).id
        Recordings(storage, 10, 1e9).delete(name)
        assert list(storage.touched()) == [other]
        with pytest.raises(RecordingNotFound):
            Recordings(storage, 10, 1e9).delete(name)

    def test_clear_deletes_finished_recordings_and_reports_progress(self, storage: Storage) -> None:
        """Running recordings stay."""
        for _ in range(3):
            finished(storage)
        running = begun(storage)
        progress: list[tuple[int, int]] = []
        assert Recordings(storage, 10, 1e9).clear(lambda done, of: progress.append((done, of))) == 3
        assert progress == [(1, 3), (2, 3), (3, 3)]
        assert storage.ids() == []
        assert list(storage.touched()) == [running.id]
