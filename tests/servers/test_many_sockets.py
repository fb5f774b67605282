"""Hundreds of open sockets in one process: waiting data stays within the limits of the settings."""

from __future__ import annotations

import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from .chat import WHO
from .serving import DEADLINE, KINDS, Server, Site

SOCKETS = 250
MESSAGES = 4
TEXT = "x" * 10_000
LIMIT = 1 << 20
_SERVED = (
    "import os\n"
    "from tests.servers.chat import create_app\n"
    f"app = create_app(os.environ['SERVED'], REPLAY_MAX_MEMORY={LIMIT}, REPLAY_FLUSH_INTERVAL=600,\n"
    f"                 REPLAY_MAX_UNCONFIRMED={2 * SOCKETS})\n"
)
GEVENT = replace(
    KINDS["gunicorn gevent"],
    command=(
        sys.executable, "-m", "gunicorn", "-w", "1", "-k", "gevent", "--worker-connections", "2000", "--graceful-timeout", "1",
        "-b", "127.0.0.1:{port}", "served:app",
    ),
    processes=1,
)  # fmt: skip


class Client:
    """A WebSocket without a thread of its own."""

    def __init__(self, port: int) -> None:
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.line = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.line.sendall(self.protocol.send(Request(host=f"127.0.0.1:{port}", target="/chat")))
        assert isinstance(self._next(), AcceptConnection)
        self.worker = int(self.ask(WHO))

    def _next(self) -> object:
        while True:
            for event in self.protocol.events():
                return event
            self.protocol.receive_data(self.line.recv(65_536) or None)

    def hear(self) -> str:
        """Return the next message."""
        text = ""
        while True:
            event = self._next()
            assert isinstance(event, TextMessage)
            text += event.data
            if event.message_finished:
                return text

    def ask(self, text: str) -> str:
        """Send a message, and return the answer."""
        self.line.sendall(self.protocol.send(TextMessage(data=text)))
        return self.hear()

    def close(self) -> None:
        self.line.sendall(self.protocol.send(CloseConnection(code=1000)))
        while not isinstance(self._next(), CloseConnection):
            pass
        self.line.close()


@contextmanager
def many_files() -> Iterator[None]:
    """Allow this process and its children as many open files as the system does."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def memory(process: int) -> int:
    """Return the bytes of memory that a process uses."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def closed(site: Site) -> list[int]:
    """Return, for each closed socket, how many of its messages were lost."""
    recordings = map(site.recordings.get_active, site.storage.touched())
    sockets = [
        batch.socket
        for recording in recordings
        for batch in recording.batches
        if batch.socket is not None
    ]
    return [socket.lost for socket in sockets if socket.state == "closed"]


def test_hundreds_of_sockets_stay_within_the_memory_limit(
    tmp_path: Path,
) -> None:
    """Tens of megabytes pass without a flush. Messages beyond the limit are counted, and everybody
    is served.
    """
    site = Site(tmp_path)
    site.module.write_text(_SERVED)
    with many_files(), site.serve(GEVENT) as server, ExitStack() as stack:
        clients = [Client(server.port) for _ in range(SOCKETS)]
        for client in clients:
            stack.callback(client.line.close)
        (worker,) = {client.worker for client in clients}
        before = memory(worker)
        for number in range(MESSAGES):
            for client in clients:
                text = f"{number}{TEXT}"
                assert client.ask(text) == f"<p>{text}</p>"
        grown = memory(worker) - before
        for client in clients:
            client.close()
        server.wait_until(lambda: len(closed(site)) == SOCKETS)
        log = _last(server)
    lost = closed(site)
    kept = SOCKETS * 2 * MESSAGES - sum(lost)
    assert 0 < kept * len(TEXT) < 2 * LIMIT < sum(lost) * len(TEXT)
    assert grown < 8 * LIMIT, (
        f"{grown >> 20} MB more after {SOCKETS * MESSAGES * 2 * len(TEXT) >> 20} MB of messages"
    )
    assert "Traceback" not in log


def _last(server: Server) -> str:
    return server.log()[-20_000:]
