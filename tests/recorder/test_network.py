"""A store behind a network that stalls, disconnects, and loses responses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask import Flask

from flask_replay.recorder.delivery import outbox

from ..conftest import AppMaker
from ..faults import until
from ..remote import Proxy, RemoteStorage, StoreServer
from .test_outbox import QUICK, all_saved, ask, outbox_of, urls, wanted


@pytest.fixture
def server(tmp_path: Path) -> StoreServer:
    """Return a store on a server."""
    return StoreServer(tmp_path / "replay")


@pytest.fixture
def proxy(server: StoreServer) -> Proxy:
    """Return the proxy before it."""
    return Proxy(server.port)


@pytest.fixture
def far(make_app: AppMaker, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an app that writes through the proxy at short intervals."""
    monkeypatch.setattr(outbox, "_SLOW", 0.3)
    return make_app(storage=RemoteStorage(proxy.port), **QUICK)


def test_a_stalled_connection_delays_nobody(far: Flask, proxy: Proxy) -> None:
    """Waiting entries are spooled, and saved once bytes flow again."""
    client = far.test_client()
    ask(client, 0)
    until(lambda: all_saved(far))
    proxy.passing.clear()
    began = time.monotonic()
    ask(client, 1, 2, 3)
    assert time.monotonic() - began < 5
    until(lambda: outbox_of(far).spool.count >= 3)
    ask(client, 4)
    until(lambda: outbox_of(far).spool.count >= 4)
    assert "more than" in outbox_of(far).outage.problem
    proxy.passing.set()
    until(lambda: all_saved(far))
    assert urls(far) == [wanted(5)]


def test_an_entry_whose_confirmation_was_lost_is_stored_once(
    far: Flask, server: StoreServer
) -> None:
    """Nobody can know, so it is sent again, from memory and from the spool."""
    client = far.test_client()
    ask(client, 0)
    until(lambda: all_saved(far))
    server.mute = True
    before = server.calls
    ask(client, 1)
    until(lambda: server.calls >= before + 4)
    ask(client, 2)
    until(lambda: outbox_of(far).spool.count >= 1)
    before = server.calls
    until(lambda: server.calls >= before + 2)
    server.mute = False
    until(lambda: all_saved(far))
    ask(client, 3)
    assert urls(far) == [wanted(4)]


def test_a_server_that_hangs_up_is_tried_again(far: Flask, proxy: Proxy) -> None:
    """Errors of other libraries count as failures of the store, too."""
    proxy.refusing = True
    client = far.test_client()
    ask(client, 0, 1)
    until(lambda: outbox_of(far).spool.count >= 2)
    assert outbox_of(far).outage.problem.partition(":")[0] in (
        "EOFError",
        "ConnectionResetError",
        "BrokenPipeError",
    )
    proxy.refusing = False
    until(lambda: all_saved(far))
    assert urls(far) == [wanted(2)]
