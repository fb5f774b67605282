"""Encryption at rest: with the disk and without the key, nobody can read anything about a visitor."""

from __future__ import annotations

import base64
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import brotli
import pytest
from click.testing import Result
from flask import Flask, render_template_string, request
from msgspec import structs

from flask_replay import (
    DecodeError,
    FileStorage,
    Filter,
    KeyMissing,
    RecordingNotFound,
    SQLAlchemyStorage,
    StorageError,
)
from flask_replay.keys import Key
from flask_replay.recording.facets import MOST_FACETS, Facets
from flask_replay.recording.ids import new_id
from flask_replay.settings import parse
from flask_replay.storage import Entry, Head, Keyring, Recordings, Storage, finalize, sealed
from flask_replay.storage.lifecycle.rekeying import rekey
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.storage.sealing.keyring import content, is_sealed
from flask_replay.testing.samples import begun, entry, finished, head

from ..conftest import AppMaker, replay_of
from ..services import Services
from .memory import MemoryStorage
from .stores import KEYS, make_tables, open_database, storage_of, using


@pytest.fixture(params=["files", "sqlite", "memory"])
def inner(request: pytest.FixtureRequest, tmp_path: Path, services: Services) -> Iterator[Storage]:
    """A store without encryption."""
    with storage_of(request.param, tmp_path, services) as storage:
        yield storage


def with_keys(storage: Storage, *keys: Key) -> Storage:
    """Open a store with keys."""
    return sealed(storage, Keyring(keys))


# Without a key, nothing can be read

MARKERS = {
    "name": "Zebedee Quagmire",
    "path": "marker-in-a-path",
    "query": "marker-in-a-query",
    "form": "marker in a form",
    "read": "marker that a template read",
    "json": "marker in an answer",
    "literal": "marker that no template made",
    "error": "marker of an error",
    "template": "marker of a template's own text",
    "snapshot": "marker of a snapshot",
}


def visited(app: Flask) -> None:
    """Let a visitor send every marker, and record the visit."""

    @app.get("/of/<path:name>")
    def page(name: str) -> str:
        source = f"<p>{MARKERS['template']} {{{{ text }}}}</p>"
        return render_template_string(source, text=MARKERS["read"]) + f"<p>{MARKERS['literal']}</p>"

    @app.post("/post")
    def post() -> dict[str, str]:
        request.form.get("said")
        return {"answer": MARKERS["json"]}

    @app.get("/fails")
    def fails() -> str:
        raise LookupError(MARKERS["error"])

    browser = app.test_client()
    browser.get(f"/of/{MARKERS['path']}?q={MARKERS['query']}")
    browser.post("/post", data={"said": MARKERS["form"]})
    browser.get("/fails")
    with app.app_context(), replay_of(app).start(MARKERS["name"]) as program:
        program.record_action("click", "#buy", dom_snapshot=f"<p>{MARKERS['snapshot']}</p>")


def written(folder: Path) -> bytes:
    """Return every byte below a folder, with file names, and with decompressed parts."""
    pieces: list[bytes] = []
    for path in folder.rglob("*"):
        pieces.append(str(path).encode())
        if path.suffix == ".tar":
            with tarfile.open(path) as tar:
                files = [tar.extractfile(member) for member in tar]
                pieces += (piece for file in files if file for piece in unpacked(file.read()))
        elif path.is_file():
            pieces += unpacked(path.read_bytes())
    return b"\n".join(pieces)


def unpacked(data: bytes) -> Iterator[bytes]:
    """Return data, and its decompressed parts."""
    yield data
    for start in range(min(len(data), 2048)):
        with suppress(brotli.error):
            yield brotli.Decompressor().process(data[start:])


def seen(data: bytes) -> list[str]:
    """Return the markers in data, in any usual encoding."""
    found = []
    for name, marker in MARKERS.items():
        plain = marker.encode()
        writings = {
            plain,
            plain.upper(),
            plain.hex().encode(),
            quote(marker).encode(),
            marker.encode("utf-16-le"),
        }
        writings |= {base64.b64encode(b"x" * skip + plain)[4:-4] for skip in range(3)}
        found += [name] if any(writing in data for writing in writings) else []
    return sorted(found)


def text_of(key: Key) -> str:
    """Return a key as the setting accepts it."""
    return base64.urlsafe_b64encode(key.raw).decode()


@pytest.mark.parametrize("encrypted", [True, False])
def test_no_byte_of_a_store_or_an_export_shows_what_a_visitor_did(
    make_app: AppMaker, tmp_path: Path, encrypted: bool
) -> None:
    """During the recording and afterwards. Without keys each marker is found, so the search works."""
    keys = [text_of(KEYS[0])] if encrypted else []
    app = make_app(
        REPLAY_ENCRYPTION_KEYS=keys, REPLAY_FORMAT="json", identify=lambda: MARKERS["name"]
    )
    visited(app)
    with app.app_context():
        replay_of(app).flush()
        running = written(tmp_path)
        replay_of(app).finalize()
    result = app.test_cli_runner().invoke(
        args=["replay", "export", str(tmp_path / "out" / "all.tar")]
    )
    assert result.exit_code == 0, result.output
    shown = [seen(data) for data in (running, written(tmp_path), written(tmp_path / "out"))]
    assert shown == [[] if encrypted else sorted(MARKERS)] * 3


class Failing(MemoryStorage):
    """A store that refuses everything."""

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        raise StorageError("it takes nothing")

    def put_template(self, key: str, document: bytes) -> None:
        raise StorageError("it takes nothing")


@pytest.mark.parametrize("encrypted", [True, False])
def test_no_byte_of_the_spool_shows_what_a_visitor_did(
    make_app: AppMaker, tmp_path: Path, encrypted: bool
) -> None:
    """Entries refused by a failing store wait there, and the next worker with the key saves them."""
    keys = [text_of(KEYS[0])] if encrypted else []
    options = {
        "REPLAY_ENCRYPTION_KEYS": keys,
        "REPLAY_FORMAT": "json",
        "identify": lambda: MARKERS["name"],
    }
    store = Failing()
    app = make_app(storage=store, **options)
    visited(app)
    with app.app_context():
        with pytest.raises(StorageError, match="takes nothing"):
            replay_of(app).flush()
        outbox = app.extensions["replay"].writer.outbox
        outbox.spool_waiting()
        assert not outbox.waiting
        assert seen(written(tmp_path)) == ([] if encrypted else sorted(MARKERS))
        store.__class__ = MemoryStorage  # type: ignore[assignment] # it is back
        replay_of(app).flush()
        replay_of(app).finalize()
        assert {summary.name for summary in replay_of(app).recordings.summaries()} == {
            MARKERS["name"]
        }


@pytest.mark.parametrize("encrypted", [True, False])
def test_no_row_of_a_database_shows_what_a_visitor_did(
    make_app: AppMaker, tmp_path: Path, encrypted: bool
) -> None:
    """For running and for finished recordings."""
    with using(open_database(f"sqlite:///{tmp_path}/recordings.db")) as storage:
        make_tables(storage)
        keys = [text_of(KEYS[0])] if encrypted else []
        app = make_app(
            storage=storage,
            REPLAY_ENCRYPTION_KEYS=keys,
            REPLAY_FORMAT="json",
            identify=lambda: MARKERS["name"],
        )
        visited(app)
        shown = []
        with app.app_context():
            replay_of(app).flush()
            shown.append(seen(rows_of(storage)))
            replay_of(app).finalize()
            shown.append(seen(rows_of(storage)))
            (first, *_) = replay_of(app).recordings.summaries(where=Filter(name=MARKERS["name"]))
        assert first.name == MARKERS["name"]
        assert shown == [[] if encrypted else sorted(MARKERS)] * 2


def rows_of(storage: SQLAlchemyStorage) -> bytes:
    """Return the content of all tables, with decompressed parts."""
    pieces: list[bytes] = []
    with storage._database.engine.connect() as connection:
        for table in storage.db.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                for value in row:
                    pieces += unpacked(
                        bytes(value) if isinstance(value, bytes) else str(value).encode()
                    )
    return b"\n".join(pieces)


# Keys


def test_data_sealed_with_the_first_key_opens_with_it_at_any_position(inner: Storage) -> None:
    """A new key comes first. The previous one stays as long as something needs it."""
    older, running = (
        finished(with_keys(inner, KEYS[1]), name="ann"),
        begun(with_keys(inner, KEYS[1]), name="ann"),
    )
    storage = with_keys(inner, *KEYS)
    newer = finished(storage, name="ann")
    found = storage.summaries(where=Filter(name="ann"))
    assert [summary.id for summary in found] == sorted([newer, older], reverse=True)
    assert [summary.name for summary in storage.active()] == ["ann"]
    assert storage.read(running.id).entries == [entry(0, name="ann"), entry(1, 10, "POST")]


def test_data_written_before_there_were_keys_is_read_and_found(inner: Storage) -> None:
    """Running or finished."""
    plain, running = finished(inner, name="ann"), begun(inner, name="ann")
    storage = with_keys(inner, *KEYS)
    assert [summary.id for summary in storage.summaries(where=Filter(name="ann"))] == [plain]
    assert Recordings(storage, 1, 1).get(plain).summary.name == "ann"
    storage.append(running, "w", [entry(2, 20, name="bea")])
    assert (storage.active()[0].name, storage.active()[0].names) == ("bea", ("ann", "bea"))
    assert finalize(storage, running.id, "me") is not None


@pytest.mark.parametrize(
    ("keys", "sentence"), [((), "is not set"), (KEYS[1:], "does not have its key")]
)
def test_without_the_key_a_recording_is_listed_as_unreadable_and_left_alone(
    inner: Storage, keys: tuple[Key, ...], sentence: str
) -> None:
    """Opening it gives the reason. Finalizing it would produce something unreadable."""
    owner = with_keys(inner, KEYS[0])
    name, running = finished(owner, name="ann"), begun(owner, name="ann")
    owner.put_template("a" * 32, b"<p>{{ text }}")
    stranger = with_keys(inner, *keys)
    for summary in (*stranger.summaries(), *stranger.active()):
        assert (summary.flags, summary.name, summary.landing) == (("unreadable",), "", "")
    assert stranger.summaries(where=Filter(name="ann")) == []
    for look in (
        lambda: stranger.load(name),
        lambda: stranger.read(running.id),
    ):
        with pytest.raises(KeyMissing, match=sentence):
            look()
    with pytest.raises(RecordingNotFound):
        stranger.get_template("a" * 32)
    assert finalize(stranger, running.id, "stranger") is None
    assert finalize(owner, running.id, "owner") is not None


def test_data_moved_to_another_place_cannot_be_opened(inner: Storage) -> None:
    """A recording under another id, an entry in another recording or with another number, a
    template under another key.
    """
    storage = with_keys(inner, KEYS[0])
    first, second = finished(storage, name="ann"), finished(storage, name="bea")
    inner.save(second, inner.load(first))
    with pytest.raises(DecodeError, match="moved here from elsewhere"):
        storage.load(second)
    storage.put_template("a" * 32, b"one")
    first_key = Keyring(KEYS[:1])
    inner.put_template(first_key.alias("b" * 32), inner.get_template(first_key.alias("a" * 32)))
    with pytest.raises(DecodeError, match="moved here from elsewhere"):
        storage.get_template("b" * 32)
    running, other = begun(storage), begun(storage)
    (_, last) = inner.read(running.id).entries
    inner.append(other, "w", [structs.replace(last, number=7)])
    inner.append(running, "w", [structs.replace(last, number=8)])
    inner.append(running, "x", [last])
    for recording in (running, other):
        found = storage.read(recording.id)
        assert ([entry.number for entry in found.entries], found.torn) == ([0, 1], True)


def test_data_with_one_flipped_bit_is_damaged(inner: Storage) -> None:
    """Whichever bit it is."""
    storage = with_keys(inner, KEYS[0])
    name = finished(storage)
    whole = inner.load(name)
    for position in (len(whole) - 1, len(whole) - 20, len(whole) // 2 + 20):
        changed = bytearray(whole)
        changed[position] ^= 1
        inner.save(name, bytes(changed))
        with pytest.raises(DecodeError):
            storage.load(name)


def test_the_same_entry_is_always_encrypted_alike(inner: Storage) -> None:
    """So a store recognizes an entry that is sent twice. Nothing else reveals equal content."""
    storage = with_keys(inner, KEYS[0])
    first, second = head(), head()
    for recording in (first, first, second):
        storage.append(recording, "w", [entry(0, name="ann")])
    one, other = inner.read(first.id).entries, inner.read(second.id).entries
    assert len(one) == len(other) == 1
    assert (one[0].payload, one[0].name) != (other[0].payload, other[0].name)


def test_text_forms_of_a_key_do_not_show_it() -> None:
    """In tracebacks, logs and debuggers."""
    assert str(KEYS[0]) == repr(KEYS)[1:9] == "Key(...)"
    assert KEYS[0] != KEYS[1] == Key(KEYS[1].raw)


# Change keys


def commands(app: Flask, *words: str) -> Result:
    """Run a command."""
    return app.test_cli_runner().invoke(args=["replay", *words])


def test_everything_is_encrypted_again_with_the_first_key(inner: Storage) -> None:
    """Unencrypted data, and data under a previous key, which may then be removed."""
    former, keys = with_keys(inner, KEYS[1]), with_keys(inner, *KEYS)
    names = [finished(inner, name="ann"), finished(former, name="bea"), finished(keys, name="cid")]
    former.put_template("a" * 32, b"one")
    inner.put_template("b" * 32, b"two")
    keys.put_template("c" * 32, b"three")
    inner.save(rubbish := new_id(), b"rubbish")
    told: list[tuple[int, int]] = []
    done = rekey(keys, progress=lambda count, total: told.append((count, total)))
    assert (done.recordings, done.templates, done.present, done.waiting, done.problems) == (
        3,
        2,
        2,
        [],
        [],
    )
    assert told == [(number, 7) for number in range(1, 8)]
    alone = with_keys(inner, KEYS[0])
    assert sorted(summary.name for summary in alone.summaries()) == ["", "ann", "bea", "cid"]
    assert [Recordings(alone, 1, 1).get(name).summary.name for name in names] == [
        "ann",
        "bea",
        "cid",
    ]
    assert [alone.get_template(letter * 32) for letter in "abc"] == [b"one", b"two", b"three"]
    assert alone.load(rubbish) == b"rubbish"
    again = rekey(alone)
    assert (again.recordings, again.templates, again.present) == (0, 0, 7)


def test_running_recordings_need_their_key_and_are_named(inner: Storage, tmp_path: Path) -> None:
    """In the journal and in a spool, until they are finished."""
    running, spooled = begun(with_keys(inner, KEYS[1])), FileStorage(tmp_path / "box")
    waits = begun(with_keys(spooled, KEYS[1]))
    storage, box = with_keys(inner, *KEYS), with_keys(spooled, *KEYS)
    assert list(rekey(storage, spooled=[box]).waiting) == [running.id, waits.id]
    finalize(storage, running.id, "me")
    finalize(box, waits.id, "me")
    assert rekey(storage, spooled=[box]).waiting == []


def test_a_killed_run_continues_where_it_stopped(
    inner: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever that was, every recording has its templates, even if cleanup runs in between."""
    key = "a" * 32
    for stop in range(1, 7):
        former, storage = with_keys(inner, KEYS[1]), with_keys(inner, *KEYS)
        former.put_template(key, b"<p>{{ text }}")
        name = finished(former, documents=(key,))
        calls = iter(range(1, 100))

        def dies(name: str, stop: int = stop, calls: Iterator[int] = calls) -> Callable[..., None]:
            method = getattr(inner, name)

            def ask(*arguments: object) -> None:
                if next(calls) == stop:
                    raise KeyboardInterrupt
                method(*arguments)

            return ask

        with monkeypatch.context() as patched:
            for method in ("put_template", "delete_template", "save"):
                patched.setattr(inner, method, dies(method))
            with suppress(KeyboardInterrupt):
                rekey(storage)
        cleanup(storage, 10, 1e9, now=time.time() + 7200)
        assert storage.get_template(storage.documents([name])[name][0]) == b"<p>{{ text }}"
        done = rekey(storage)
        assert done.problems == []
        (alias,) = [alias for alias, _ in inner.templates()]
        assert (alias, is_sealed(inner.get_template(alias))) == (Keyring(KEYS[:1]).alias(key), True)
        assert inner.documents([name])[name] == (alias,)
        storage.delete(name)
        storage.delete_template(key)


def test_running_recordings_keep_their_templates(inner: Storage) -> None:
    """They name them by their previous aliases."""
    key, former, storage = "a" * 32, with_keys(inner, KEYS[1]), with_keys(inner, *KEYS)
    former.put_template(key, b"<p>{{ text }}")
    running = begun(former, documents=(key,))
    assert list(rekey(storage).waiting) == [running.id]
    cleanup(storage, 10, 1e9, now=time.time() + 7200)
    assert former.get_template(former.read(running.id).entries[1].documents[0]) == b"<p>{{ text }}"
    assert finalize(storage, running.id, "me") is not None
    assert rekey(storage).waiting == []
    assert with_keys(inner, KEYS[0]).get_template(key) == b"<p>{{ text }}"


def test_nobody_can_tell_which_templates_a_recording_used(inner: Storage) -> None:
    """Nor which ones exist, even with a copy of each. With the key it is possible, also for
    unencrypted recordings.
    """
    inner.put_template("b" * 32, b"before")
    storage = with_keys(inner, KEYS[0])
    storage.put_template("a" * 32, b"now")
    name, running = finished(storage, documents=("a" * 32,)), begun(storage, documents=("a" * 32,))
    seen = {
        *inner.documents([name])[name],
        *(key for entry in inner.read(running.id).entries for key in entry.documents),
    }
    assert len(seen) == 1
    assert {key for key, _ in inner.templates()} == {"b" * 32, *seen}
    assert "a" * 32 not in seen
    assert {key for key, _ in storage.templates()} == {"a" * 32, "b" * 32}
    assert storage.documents([name]) == {name: ("a" * 32,)}
    assert storage.get_template("b" * 32) == b"before"


def test_cleanup_deletes_unused_templates_with_and_without_the_key(inner: Storage) -> None:
    """It compares aliases."""
    later = time.time() + 7200
    for keys in ((KEYS[0],), (), (KEYS[1],), KEYS[::-1]):
        storage = with_keys(inner, KEYS[0])
        storage.put_template("a" * 32, b"used")
        storage.put_template("c" * 32, b"unused")
        name, running = (
            finished(storage, documents=("a" * 32,)),
            begun(storage, documents=("a" * 32,)),
        )
        cleanup(with_keys(inner, *keys), 10, 1e9, now=later)
        assert [key for key, _ in storage.templates()] == ["a" * 32]
        storage.delete(name)
        storage.drop(running.id)


def test_decryption_must_be_requested(make_app: AppMaker, tmp_path: Path) -> None:
    """Without keys, rekey says what to do."""
    app = make_app(REPLAY_ENCRYPTION_KEYS=text_of(KEYS[0]), identify=lambda: "ann")
    app.test_client().get("/two")
    app.test_client().get("/raises")
    with app.app_context():
        replay_of(app).finalize()
    store = FileStorage(tmp_path / "replay")
    assert is_sealed(content(store.load(store.ids()[0])))
    bare = make_app()
    refused = commands(bare, "rekey")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "REPLAY_ENCRYPTION_KEYS is empty" in refused.output
    done = commands(app, "rekey", "--decrypt")
    assert (done.exit_code, done.stderr) == (0, "")
    assert commands(bare, "verify").exit_code == 0
    assert [summary.name for summary in store.summaries()] == ["ann"]


def test_a_failed_text_search_says_that_encrypted_words_are_not_indexed(make_app: AppMaker) -> None:
    """If there are keys. Other searches do not mention it."""
    keys = {"REPLAY_ENCRYPTION_KEYS": text_of(KEYS[0])}
    assert (
        "An encrypted store has no index of words"
        in commands(make_app(**keys), "find", "atlas").output
    )
    assert commands(make_app(**keys), "list", "--method", "put").output == "No recording matches.\n"
    assert commands(make_app(), "find", "atlas").output == "No recording matches.\n"


def test_a_key_is_printed_with_the_line_for_the_settings(app: Flask) -> None:
    """The setting accepts it."""
    result = commands(app, "key")
    (key,) = [
        line.strip()
        for line in result.output.splitlines()
        if line.startswith("    ") and "=" not in line[:-2]
    ]
    assert parse({"REPLAY_ENCRYPTION_KEYS": key}, enabled=True).encryption_keys


# Messages


@pytest.mark.parametrize("keys", [[], [text_of(KEYS[1])]])
def test_without_the_key_the_reason_is_given_in_one_sentence(
    make_app: AppMaker, keys: list[str]
) -> None:
    """In the player, in commands and in the health report. Nothing raises, and visitors are
    recorded.
    """
    owner = make_app(REPLAY_ENCRYPTION_KEYS=text_of(KEYS[0]))
    owner.test_client().get("/raises")
    with owner.app_context():
        replay_of(owner).finalize()
        (id,) = replay_of(owner).recordings.storage.ids()
    app = make_app(REPLAY_ENCRYPTION_KEYS=keys, authorize=lambda action, recording: True)
    viewer = app.test_client()
    page = viewer.get(f"/replay/{id}")
    assert page.status_code == 503
    for text in (page.text, viewer.get("/replay/").text, viewer.get("/replay/health").text):
        assert "it is encrypted, and REPLAY_ENCRYPTION_KEYS" in text
    for path in ("steps.json", "page/0", "step/0.json", "verdict/0.json"):
        assert viewer.get(f"/replay/{id}/{path}").status_code == 404
    for words in (
        ["show", id],
        ["verify", id],
        ["doctor"],
        ["export", f"{app.instance_path}/out.tar"],
    ):
        result = commands(app, *words)
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
        (line,) = [line for line in result.output.splitlines() if "it is encrypted" in line]
        assert "REPLAY_ENCRYPTION_KEYS" in line
    assert "unreadable" in commands(app, "list").output
    app.test_client().get("/raises")
    with app.app_context():
        replay_of(app).flush()
        assert [summary.tally.errors for summary in replay_of(app).recordings.active()] == [1]


def test_an_export_is_encrypted_like_the_store_and_opens_with_its_key(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """With ``--decrypt`` it is not encrypted. One file never contains both, because nothing is ever
    removed from a tar.
    """
    keys = {"REPLAY_ENCRYPTION_KEYS": text_of(KEYS[0])}
    app = make_app(**keys)
    app.test_client().get("/raises")
    with app.app_context():
        replay_of(app).finalize()
    closed, plain = str(tmp_path / "closed.tar"), str(tmp_path / "plain.tar")
    assert commands(app, "export", closed).exit_code == 0
    assert commands(app, "export", plain, "--decrypt").exit_code == 0
    refused = commands(app, "export", plain)
    assert (refused.exit_code, "1 of its recordings have another encryption" in refused.output) == (
        1,
        True,
    )
    assert commands(make_app("elsewhere", **keys), "import", closed).exit_code == 0
    assert commands(make_app("bare"), "import", plain).exit_code == 0
    result = commands(make_app("closed"), "import", closed)
    assert (
        result.exit_code,
        result.output.count("it is encrypted, and REPLAY_ENCRYPTION_KEYS is not set"),
    ) == (1, 1)


def test_a_later_encrypted_export_encrypts_an_existing_folder(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """Existing files count only if they are encrypted as required."""
    app = make_app()
    app.test_client().get("/raises")
    with app.app_context():
        replay_of(app).finalize()
    assert commands(app, "export", str(tmp_path / "out")).exit_code == 0
    app = make_app(REPLAY_ENCRYPTION_KEYS=text_of(KEYS[0]))
    assert commands(app, "export", str(tmp_path / "out")).exit_code == 0
    store = FileStorage(tmp_path / "out")
    assert is_sealed(content(store.load(store.ids()[0])))


def test_a_long_running_recording_is_found_by_its_latest_events(inner: Storage) -> None:
    """Each batch has its own facets, and all are readable with the key."""
    storage = with_keys(inner, KEYS[0])
    long = head()
    for number in range(MOST_FACETS + 5):
        facets = Facets(
            methods=("GET",), codes=(200 + (number == MOST_FACETS + 4),), slowest_ms=number
        )
        storage.append(long, "w", [structs.replace(entry(number), facets=facets)])
    (summary,) = storage.active()
    assert (summary.facets.methods, summary.facets.codes, summary.facets.slowest_ms) == (
        ("GET",),
        (200, 201),
        MOST_FACETS + 4,
    )
    assert (summary.facets.sealed, "sealed" in summary.facets.named) == ((), False)
    (closed,) = inner.active()
    assert (len(closed.facets.sealed), structs.replace(closed.facets, sealed=())) == (
        MOST_FACETS + 5,
        Facets(),
    )
