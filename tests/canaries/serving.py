"""The apps under gunicorn with two workers, a visitor over HTTP, and every byte that is kept or
shown.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

from example import create_app as create_example

from ..processes.server import Server

_SERVED = """
import logging, os
from tests.canaries.serving import make
logging.getLogger("flask_replay").addHandler(logging.FileHandler({log!r}))
logging.getLogger("flask_replay").setLevel(logging.DEBUG)
app = make({kind!r}, {folder!r}, {url!r}, {rounds!r})
"""
_LIMITS = {
    "REPLAY_MAX_UNCONFIRMED": 10**6,
    "REPLAY_MAX_RECORDINGS": 10**6,
    "REPLAY_FLUSH_INTERVAL": 0.5,
}


def make(kind: str, folder: str, url: str, rounds: int) -> Any:
    """Return an app as a worker of the server makes it.

    :param kind: ``"nasty"``, or ``"example"``.
    :param url: of the database for recordings; empty where these are files.
    """
    from ..storage.stores import open_database
    from .app import create_app, planned

    settings = {
        **_LIMITS,
        "REPLAY_STORAGE": open_database(url) if url else f"{folder}/replay",
        "REPLAY_SPOOL": f"{folder}/spool",
    }
    if kind == "nasty":
        return create_app(folder, planned(rounds), **settings)
    app = create_example({**settings, **_database(folder)})
    app.debug = True  # the player is open
    return app


def _database(folder: object) -> dict[str, Any]:
    return {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db", "WTF_CSRF_ENABLED": False}


class Site:
    """An app in a folder, as :class:`tests.processes.server.Server` serves it.

    :param url: of the database for recordings; empty where these are files.
    """

    def __init__(self, folder: Path, kind: str, url: str, rounds: int, port: int) -> None:
        self.folder, self.kind, self.url, self.port = folder, kind, url, port
        self.options = ("-k", "gthread", "--threads", "8")
        self.count = 2
        self.container: tuple[str, ...] = ()
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
        self.log = folder / "replay.log"
        served = _SERVED.format(
            log=str(self.log), kind=kind, folder=str(folder), url=url, rounds=rounds
        )
        (folder / "served.py").write_text(served)
        if kind == "example":  # the data exists before the workers start
            create_example({**_database(folder), "REPLAY_ENABLED": False})

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve the app until the block ends."""
        import signal

        server = Server(self)  # type: ignore[arg-type]  # it has what is asked of a shop
        try:
            yield
        finally:
            server.end(signal.SIGTERM)

    def replay(self, *command: str) -> bytes:
        """Run ``flask replay …`` in a separate process, and return its output."""
        arguments = [sys.executable, "-m", "flask", "--app", "served", "replay", *command]
        done = subprocess.run(arguments, env=self.environment, cwd=self.folder, capture_output=True)
        return done.stdout + done.stderr

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Return every file and every value of the database, with the kind of each."""
        for path in self.folder.rglob("*"):
            if (
                path.is_file()
                and path.suffix not in {".py", ".pyc"}
                and not path.name.startswith("shop.db")
            ):
                place = path.relative_to(self.folder).parts
                yield (place[0] if len(place) < 3 else f"{place[0]}/{place[1]}"), path.read_bytes()
        if self.url:
            engine = sa.create_engine(self.url)
            tables = sa.MetaData()
            tables.reflect(engine)
            with engine.connect() as connection:
                for table in tables.sorted_tables:
                    for row in connection.execute(table.select()):
                        yield f"table {table.name}", b"\n".join(map(_bytes, row))
                        yield from (
                            (f"table {table.name}", value)
                            for value in row
                            if isinstance(value, bytes)
                        )
            engine.dispose()


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


class HTTPVisitor:
    """Sends requests to a server like Werkzeug's test client to an app."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def set_cookie(self, key: str, value: str) -> None:
        """Send a cookie with each request from now on."""
        self.cookies[key] = value

    def open(self, path: str, **options: Any) -> bytes:
        """Send a request, and return as much of the body as arrives."""
        builder = EnvironBuilder(path, base_url=f"http://127.0.0.1:{self.port}", **options)
        environ = builder.get_environ()
        headers = {
            key: value
            for key, value in builder.headers.items()
            if key not in {"Host", "Content-Length"}
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read()
        place = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            query = builder.query_string
            address = f"{path}?{query}" if query and "?" not in path else path
            place.putrequest(builder.method, address, skip_accept_encoding=True)
            for key, value in headers.items():
                place.putheader(key, value.encode())
            place.putheader("Content-Length", str(len(body)))
            place.endheaders(body)
            answer = place.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or []:
                self.cookies |= {
                    key: morsel.coded_value for key, morsel in SimpleCookie(line).items()
                }
            return answer.read()
        except http.client.IncompleteRead as cut:
            return cut.partial
        finally:
            place.close()
