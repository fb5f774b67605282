"""A store on the other side of a TCP connection, and a proxy before it that stalls and disconnects."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

from flask_replay.storage import FileStorage

_KEY = b"only for tests"


class StoreServer:
    """Serves a file store to any client, with a thread for each.

    :ivar mute: it does what it is asked, and hangs up instead of answering.
    """

    def __init__(self, folder: Path) -> None:
        self.store = FileStorage(folder)
        self.listener = Listener(("127.0.0.1", 0), authkey=_KEY)
        self.calls = 0
        self.mute = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.address[1])

    def _accept(self) -> None:
        while True:
            with suppress(OSError, EOFError):
                connection = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Any) -> None:
        with suppress(OSError, EOFError), connection:
            name, arguments, options = connection.recv()
            try:
                found = getattr(self.store, name)(*arguments, **options)
                answer = (True, list(found) if name == "templates" else found)
            except Exception as error:  # it is raised on the other side
                answer = (False, error)
            self.calls += 1
            if not self.mute:
                connection.send(answer)


class RemoteStorage:
    """A store that uses another one over TCP, like a database. Its errors are those of the network."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __getattr__(self, name: str) -> Any:
        if not hasattr(FileStorage, name):
            raise AttributeError(name)

        def call(*arguments: Any, **options: Any) -> Any:
            with Client(("127.0.0.1", self.port), authkey=_KEY) as connection:
                connection.send((name, arguments, options))
                done, found = connection.recv()
            if not done:
                raise found
            return found

        return call


class Proxy:
    """Passes bytes between a client and a server, or stops doing so.

    :ivar passing: both ways; while it is clear, connections stand still.
    :ivar refusing: connections are cut as soon as they are made.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.passing = threading.Event()
        self.passing.set()
        self.refusing = False
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def _accept(self) -> None:
        while True:
            client, _ = self.socket.accept()
            if self.refusing:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with source, suppress(OSError):
            while data := source.recv(65536):
                self.passing.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
