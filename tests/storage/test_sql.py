"""Recordings in the app's database, beside the app's own data."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string, request
from flask_sqlalchemy import SQLAlchemy

from flask_replay import (
    Filter,
    RecordingFinished,
    RecordingForgotten,
    Replay,
    SQLAlchemyStorage,
    StorageError,
)
from flask_replay.codec import encode_recording
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary
from flask_replay.storage import Recordings, finalize
from flask_replay.testing import begun, entry, finished, head

from ..conftest import replay_of
from ..services import Services
from .stores import DATABASES, make_tables, open_database, opener, using


@pytest.fixture(params=DATABASES)
def storage(
    request: pytest.FixtureRequest, services: Services, tmp_path: Path
) -> Iterator[SQLAlchemyStorage]:
    """A store in each database."""
    with opener(services, request.param, tmp_path) as open_storage:
        opened = open_storage()
        assert isinstance(opened, SQLAlchemyStorage)
        yield opened


def make_shop(url: str, **options: Any) -> tuple[Flask, SQLAlchemy]:
    """Return a recorded app that stores notes in the same database."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="test", SQLALCHEMY_DATABASE_URI=url, **options)
    db = SQLAlchemy()
    notes = db.Table(
        "notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(80))
    )
    replay = Replay(app, storage=SQLAlchemyStorage(db))
    db.init_app(app)

    @app.post("/notes")
    def note() -> str:
        db.session.execute(notes.insert().values(text=request.form["text"]))
        page = render_template_string("<p>{{ text }}</p>", text=request.form["text"])
        if request.args.get("flush"):
            replay.flush()
        if request.args.get("fails"):
            raise ValueError("rolled back")
        db.session.commit()
        return page

    @app.get("/notes")
    def listed() -> str:
        texts = db.session.scalars(sa.select(notes.c.text).order_by(notes.c.id)).all()
        return render_template_string("{{ texts|join(' ') }}", texts=texts)

    with app.app_context():
        db.create_all()
    return app, db


def leave(app: Flask, db: SQLAlchemy) -> None:
    """Stop the writer of an app, and close all connections."""
    state = app.extensions["replay"]
    state.writer.close()
    state.storage._database.engine.dispose()
    db.engine.dispose()


@pytest.mark.parametrize("kind", DATABASES)
def test_a_request_that_rolls_back_is_recorded(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """And no data of the request is flushed or committed with the recording."""
    with services.database(kind, tmp_path) as url:
        app, db = make_shop(url)
        client = app.test_client()
        client.post("/notes", data={"text": "kept"})
        assert client.post("/notes?fails=1", data={"text": "lost"}).status_code == 500
        assert client.get("/notes").text == "kept"
        with app.app_context():
            replay_of(app).finalize()
            (summary,) = replay_of(app).recordings.summaries()
            assert (summary.tally.requests, summary.tally.errors) == (3, 1)
            assert replay_of(app).verify(summary.id).identical == 3
            leave(app, db)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_recordings_are_written_during_an_open_transaction_of_a_request(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """On separate connections, so a rollback does not affect the recording."""
    with services.database(kind, tmp_path) as url:
        app, db = make_shop(url)
        client = app.test_client()
        client.post("/notes", data={"text": "kept"})
        client.post("/notes?flush=1&fails=1", data={"text": "lost"})
        with app.app_context():
            (running,) = replay_of(app).recordings.storage.active()
            assert running.tally.requests == 1
        assert client.get("/notes").text == "kept"
        with app.app_context():
            leave(app, db)


def test_the_apps_session_and_engine_are_not_used(services: Services, tmp_path: Path) -> None:
    """Listeners for the app's queries see only the app's own."""
    with services.database("sqlite", tmp_path) as url:
        app, db = make_shop(url)
        heard: list[str] = []
        flushed: list[object] = []
        with app.app_context():
            sa.event.listen(
                db.engine,
                "before_cursor_execute",
                lambda c, cursor, statement, *rest: heard.append(statement),
            )
        sa.event.listen(db.session, "before_flush", lambda *arguments: flushed.append(arguments))
        with app.test_client() as client:
            client.get("/notes")
        with app.app_context():
            replay_of(app).flush()
            assert replay_of(app).recordings.storage.active() != []
            assert heard and all("replay_" not in statement for statement in heard)
            assert not flushed and not db.session().in_transaction()
            leave(app, db)


def test_it_works_without_an_application_context(storage: SQLAlchemyStorage) -> None:
    """The writer's thread has none."""
    name: list[str] = []
    thread = threading.Thread(target=lambda: name.append(finished(storage)))
    thread.start()
    thread.join()
    assert storage.ids() == name


def test_one_replay_serves_apps_with_different_databases(tmp_path: Path) -> None:
    """With the same ``db`` in each."""
    db = SQLAlchemy()
    replay = Replay(storage=SQLAlchemyStorage(db))
    apps = []
    for number in range(2):
        app = Flask(f"app{number}")
        app.config.update(
            SECRET_KEY="test", SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/{number}.db"
        )
        app.add_url_rule("/", view_func=lambda: render_template_string("hello {{ n }}", n=1))
        db.init_app(app)
        replay.init_app(app)
        with app.app_context():
            db.create_all()
        apps.append(app)
    apps[0].test_client().get("/")
    counts = []
    for app in apps:
        with app.app_context():
            replay.flush()
            counts.append(len(replay.recordings.storage.active()))
            leave(app, db)
    assert counts == [1, 0]


def test_stores_over_one_db_share_its_tables() -> None:
    """They take longer to make than all else of a store. The app may have cleared its metadata."""
    db = SQLAlchemy()
    first = SQLAlchemyStorage(db)
    assert SQLAlchemyStorage(db).tables is first.tables
    assert SQLAlchemyStorage(db, bind_key="elsewhere").tables is not first.tables
    db.metadata.clear()
    assert SQLAlchemyStorage(db).tables is not first.tables
    assert "replay_recordings" in db.metadata.tables


def test_recordings_may_use_a_bind(tmp_path: Path) -> None:
    """The app's default database then has no table of ours."""
    app = Flask("app")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/app.db",
        SQLALCHEMY_BINDS={"replay": f"sqlite:///{tmp_path}/replay.db"},
    )
    db = SQLAlchemy(app)
    storage = SQLAlchemyStorage(db, bind_key="replay")
    with app.app_context():
        db.create_all()
        name = finished(storage)
        assert sa.inspect(db.engine).get_table_names() == []
        assert set(sa.inspect(db.engines["replay"]).get_table_names()) == {
            "replay_entries", "replay_leases", "replay_recordings", "replay_templates",
        }  # fmt: skip
    assert SQLAlchemyStorage(db, bind_key="replay").for_app(app).ids() == [name]


def _second_waits(
    first: Callable[[], object],
    second: Callable[[], object],
    begun: threading.Event,
    go_on: threading.Event,
) -> None:
    """Run two functions in threads, and check that the second waits for the first.

    :param begun: the first function sets it while it holds a lock, and then waits for ``go_on``.
    """
    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    threads[1].join(0.3)
    assert threads[1].is_alive()
    go_on.set()
    for thread in threads:
        thread.join()


def test_a_recording_is_not_finished_while_somebody_appends_to_it(
    storage: SQLAlchemyStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the check until the commit, ``save`` and ``drop`` wait."""
    first = begun(storage)
    size = storage.read(first.id).size
    join, joined, go_on = storage._join, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> float:
        now = join(*arguments)
        joined.set()
        go_on.wait(30)
        return now

    monkeypatch.setattr(storage, "_join", slow)
    dropped: list[bool] = []

    def append() -> None:
        storage.append(first, "slow", [entry(2, 20)])

    def finish() -> None:
        storage.save(first.id, b"document")
        dropped.append(storage.drop(first.id, size))

    _second_waits(append, finish, joined, go_on)
    assert dropped == [False]
    assert len(storage.read(first.id).entries) == 3
    with pytest.raises(RecordingFinished):
        storage.append(first, "late", [entry(3, 30)])


def test_appending_again_after_a_lost_confirmation_duplicates_nothing(
    storage: SQLAlchemyStorage,
) -> None:
    """The entry was committed, but the connection broke before the confirmation arrived."""
    first, entries = head(), [entry(n, n) for n in range(3)]
    storage.append(first, "w", entries[:2])
    storage.append(first, "w", entries)
    storage.append(first, "other", entries[:1])
    assert [found.number for found in storage.read(first.id).entries] == [0, 0, 1, 2]


def test_a_lost_connection_is_replaced(services: Services, tmp_path: Path) -> None:
    """The server was restarted between two calls."""
    with opener(services, "postgresql", tmp_path) as open_storage:
        storage = open_storage()
        first = begun(storage)
        with using(open_database(services.common("postgresql"))) as other:
            with other._database.engine.begin() as connection:
                connection.execute(
                    sa.text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                        "pg_backend_pid()"
                    )
                )
        storage.append(first, "w", [entry(2, 20)])
        assert len(storage.read(first.id).entries) == 3


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE", "REPEATABLE READ"])
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_the_apps_isolation_level_does_not_apply(
    kind: str, level: str, services: Services, tmp_path: Path
) -> None:
    """Ours sees committed data, and rolls back failed transactions."""
    with services.database(kind, tmp_path) as url:
        app = Flask("app")
        app.config.update(
            SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS={"isolation_level": level}
        )
        db = SQLAlchemy(app)
        with using(SQLAlchemyStorage(db).for_app(app)) as storage:
            make_tables(storage)
            first = begun(storage)
            with pytest.raises(StorageError):
                storage._database.write(lambda connection, _: _fail_halfway(storage, connection))
            assert len(storage.read(first.id).entries) == 2
            with storage._database.engine.connect() as connection:
                assert connection.get_isolation_level() == "READ COMMITTED"


@pytest.mark.parametrize("kind", DATABASES)
def test_the_apps_functions_for_json_do_not_apply(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """They may write and read only the types of the app."""

    def refuse(value: object) -> Any:
        raise TypeError(value)

    with services.database(kind, tmp_path) as url:
        app = Flask("app")
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "json_serializer": refuse,
            "json_deserializer": refuse,
        }
        with using(SQLAlchemyStorage(SQLAlchemy(app)).for_app(app)) as storage:
            make_tables(storage)
            id = finished(storage)
            (found,) = storage.summaries()
            assert (found.id, found.flags) == (id, ())


def _fail_halfway(storage: SQLAlchemyStorage, connection: sa.Connection) -> None:
    connection.execute(sa.delete(storage.tables.entries))
    connection.execute(sa.text("SELECT * FROM nowhere"))


@pytest.mark.parametrize("kind", DATABASES)
def test_missing_tables_are_named_with_the_remedy(
    kind: str, services: Services, tmp_path: Path
) -> None:
    """In one line."""
    with services.database(kind, tmp_path) as url, using(open_database(url)) as storage:
        for action in (storage.ids, storage.active, storage.touched, lambda: begun(storage)):
            with pytest.raises(
                StorageError, match=r"^[^\n]*replay_[^\n]*db\.create_all\(\) or a migration$"
            ):
                action()


@pytest.mark.parametrize("kind", DATABASES)
def test_tables_of_another_version_are_named(kind: str, services: Services, tmp_path: Path) -> None:
    """A column is missing."""
    with services.database(kind, tmp_path) as url, using(open_database(url)) as storage:
        make_tables(storage)
        with storage._database.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE replay_recordings DROP COLUMN landing"))
        with pytest.raises(StorageError, match="landing.*another version.*migration$"):
            storage.summaries()


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://u:s3cret@127.0.0.1:1/x", "mariadb+pymysql://u:s3cret@127.0.0.1:1/x"],
)
def test_an_unreachable_database_is_named_without_its_password(url: str) -> None:
    """In one line that says what to check."""
    with using(open_database(url)) as storage:
        with pytest.raises(
            StorageError,
            match=r"^[^\n]*u:\*\*\*@127\.0\.0\.1:1[^\n]*is the database running[^\n]*$",
        ) as raised:
            storage.ids()
    assert "s3cret" not in str(raised.value)


def test_a_wrong_password_is_reported(services: Services, tmp_path: Path) -> None:
    """In the server's own words, with what to check."""
    url = (
        sa.make_url(services.common("mariadb"))
        .set(password="wrong")
        .render_as_string(hide_password=False)
    )
    with using(open_database(url)) as storage:
        with pytest.raises(StorageError, match="Access denied.*address and password right"):
            begun(storage)


def test_a_database_unknown_to_the_app_is_named() -> None:
    """An extension that was not initialized, an unknown bind, a database that cannot be shared."""
    app, db = Flask("app"), SQLAlchemy()
    with pytest.raises(StorageError, match="no database: .*init_app"):
        SQLAlchemyStorage(db).for_app(app).ids()
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    with pytest.raises(StorageError, match="SQLALCHEMY_BINDS has no 'replay'"):
        SQLAlchemyStorage(db, bind_key="replay").for_app(app).ids()
    with pytest.raises(StorageError, match="in memory"):
        SQLAlchemyStorage(db).for_app(app).ids()


def test_a_damaged_entry_affects_only_itself(storage: SQLAlchemyStorage) -> None:
    """The recording is flagged. If nothing in it is readable, the list says so."""
    first, other = begun(storage), begun(storage)
    table = storage.tables.entries
    with storage._database.engine.begin() as connection:
        keys = connection.scalars(
            sa.select(table.c.key).where(table.c.recording_id == first.id)
        ).all()
        connection.execute(sa.update(table).where(table.c.key == keys[0]).values(header=b"rubbish"))
        connection.execute(
            sa.update(table).where(table.c.recording_id == other.id).values(header=b"")
        )
    assert [summary.flags for summary in storage.active()] == [("unreadable",), ("torn",)]
    assert len(storage.read(first.id).entries) == 1
    summary = finalize(storage, first.id, "me")
    assert summary is None or "torn" in summary.flags
    assert finalize(storage, other.id, "me") is None
    assert list(storage.touched()) == [other.id]


def test_texts_too_long_for_a_column_are_shown_shortened(storage: SQLAlchemyStorage) -> None:
    """The recording itself contains them completely."""
    name = "ann\0" * 100
    recording_id = finished(storage, name=name)
    (summary,) = storage.summaries(where=Filter(name=name))
    assert summary.name == ("ann\ufffd" * 100)[:255]
    assert Recordings(storage, 1, 1).get(recording_id).summary.name == name


def test_a_recording_saved_but_not_dropped_may_be_deleted(
    storage: SQLAlchemyStorage,
) -> None:
    """Its entries in the journal are then in progress again, as with a folder."""
    first = begun(storage)
    storage.save(first.id, b"document")
    storage.delete(first.id)
    assert not storage.finished(first.id) and list(storage.touched()) == [first.id]
    assert finalize(storage, first.id, "me") is not None


def test_a_large_document_comes_back(storage: SQLAlchemyStorage) -> None:
    """Larger than a BLOB in MariaDB."""
    name, document = new_id(), bytes(range(256)) * 20_000
    storage.save(name, document)
    assert storage.load(name) == document


def test_workers_are_listed_with_the_time_of_their_last_append(storage: SQLAlchemyStorage) -> None:
    """For each running recording."""
    first, other = begun(storage), head()
    storage.append(first, "late", [entry(5, 50)])
    storage.append(other, "w", [entry(0)])
    found = storage.writers()
    assert {name: set(workers) for name, workers in found.items()} == {
        first.id: {"w", "late"},
        other.id: {"w"},
    }
    assert max(found[first.id].values()) == pytest.approx(storage.touched()[first.id], abs=0.1)


def test_a_page_of_running_recordings_is_full_if_some_end_while_it_is_read(
    storage: SQLAlchemyStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others take their places, because a short page means that there are no more."""
    ids = [begun(storage, 1_780_000_000.0 + number).id for number in range(5)]
    read = storage._states

    def states(before: str | None, limit: int | None) -> dict[str, tuple[int, float]]:
        found = read(before, limit)
        if ids[4] in found:
            finalize(storage, ids[4], "me")
        return found

    monkeypatch.setattr(storage, "_states", states)
    assert [summary.id for summary in storage.active(limit=3)] == [ids[3], ids[2], ids[1]]
    assert [summary.id for summary in storage.active(limit=9)] == ids[3::-1]


def test_a_mark_stays_whatever_becomes_of_the_recording(storage: SQLAlchemyStorage) -> None:
    """It may be running, finished, deleted, or not yet there."""
    early = head()
    storage.mark(early.id, "pinned")
    storage.append(early, "w", [entry(0), entry(1, 10, "POST")])
    assert storage.read(early.id).head == early
    running, ended = begun(storage).id, finished(storage)
    for name in (running, ended):
        storage.mark(name, "pinned")
    assert finalize(storage, running, "me") is not None
    storage.delete(ended)
    storage.drop(early.id)
    assert set(storage.marked("pinned")) == {early.id, running, ended}
    assert (
        storage.marked("forgotten") == {} and storage.ids() == [running] and storage.active() == []
    )
    for name in (early.id, running, ended):
        storage.mark(name, "pinned", on=False)
        storage.mark(name, "pinned", on=False)
    assert storage.marked("pinned") == {} and storage.ids() == [running]
    with storage._database.engine.connect() as connection:
        assert connection.scalars(sa.select(storage.tables.recordings.c.id)).all() == [running]


def test_nothing_more_is_stored_for_a_forgotten_recording(storage: SQLAlchemyStorage) -> None:
    """Neither late entries nor late saves, until the mark is removed."""
    first, never = begun(storage), head()
    for name in (first.id, never.id):
        storage.mark(name, "forgotten")
    for late in (first, never):
        with pytest.raises(RecordingForgotten, match="nothing more"):
            storage.append(late, "w", [entry(2, 20)])
        with pytest.raises(RecordingForgotten, match="nothing more"):
            storage.save(late.id, b"document")
    storage.drop(first.id)
    assert storage.touched() == {} and storage.ids() == []
    storage.mark(first.id, "forgotten", on=False)
    storage.append(first, "w", [entry(3, 30)])
    assert storage.read(first.id).head == first


def test_a_mark_waits_for_a_running_append(
    storage: SQLAlchemyStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even for the first one of a recording. What was accepted is stored, and nothing is accepted
    afterwards.
    """
    first, joined, go_on = head(), threading.Event(), threading.Event()
    join, passed, found = storage._join, [], []

    def slow(*arguments: Any) -> float:
        now = join(*arguments)
        joined.set()
        go_on.wait(30)
        return now

    def append() -> None:
        storage.append(first, "slow", [entry(0)])
        passed.append("slow")

    def mark() -> None:
        storage.mark(first.id, "forgotten")
        found.append(len(storage.read(first.id).entries))

    monkeypatch.setattr(storage, "_join", slow)
    _second_waits(append, mark, joined, go_on)
    assert (passed, found) == (["slow"], [1])  # when the mark was made, the entry was there
    with pytest.raises(RecordingForgotten):
        storage.append(first, "w", [entry(1)])


def test_a_recording_keeps_its_final_status(storage: SQLAlchemyStorage) -> None:
    """Even one that only a later version knows."""
    name = new_id()
    storage.save(name, encode_recording(Summary(id=name, status="interrupted"), []))
    assert storage.finished(name) and [summary.status for summary in storage.summaries()] == [
        "interrupted"
    ]


def test_an_app_imports_only_what_it_uses() -> None:
    """SQLAlchemy is imported with a database store, and Flask-Sock with the first WebSocket."""
    code = (
        "import sys, flask_replay; late = {'sqlalchemy', 'flask_sock', 'asyncio', 'multiprocessing'};"
        "assert not late & sys.modules.keys();"
        "flask_replay.SQLAlchemyStorage; assert 'sqlalchemy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
