"""A soak test: the example under gunicorn for hours, with visitors who come and go. The memory of
its workers must stay level.

It runs with two heaps of the C library's allocator, as the docs recommend. It begins with a crowd
that uses all threads of the server at once: a server has all its memory after its first busy moment,
with or without a recorder. With a heap per thread, the memory rises for two hours, by 5 to 8 %.

``./dev soak --minutes 120`` prints a line each minute. It ends with status 1 if a worker's resident
memory left the band after the warm-up, if a worker died, or if a visitor was refused. Idle
recordings are finished and cleaned up all the while, so that whatever is kept of each shows within
the hour.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from simple_websocket import Client, ConnectionClosed, ConnectionError

from benchmarks.memory import MEGABYTE, resident

from .server import FLUSH, Server, Shop

BAND = 0.03
"""The fraction by which resident memory may differ from that at the end of the warm-up."""

WARM_UP = 10.0
"""Minutes, or a third of a shorter soak."""

WORKERS = 2
VISITORS = 6
"""Visitors at a time."""

PAUSE = 1.0
"""Seconds between two actions of a visitor."""

EVERY = 5.0
"""Seconds between two samples, and between two visits to the player."""

SETTINGS = {
    "REPLAY_IDLE_TIMEOUT": 20,
    "REPLAY_MAX_RECORDINGS": 100,
    "REPLAY_CLEANUP_INTERVAL": 30,
    "REPLAY_FLUSH_INTERVAL": FLUSH,
}
THREADS = 16
"""Threads of a worker."""

OPTIONS = (
    *("--worker-class", "gthread", "--threads", str(THREADS)),
    *("--timeout", "120", "--keep-alive", "0"),
)
CROWD = 2 * WORKERS * THREADS
"""Visitors who come at the same moment when the soak begins."""

_OPEN = "\napp.extensions['replay'].viewed.authorize = lambda action, recording: True\n"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_ID = re.compile(r"/replay/([0-9a-z]{26})")


@dataclass
class Traffic:
    """The responses to visitors.

    :ivar answers: how often each status was given; ``"message"`` counts what came over sockets.
    :ivar refused: a line for each response that nobody should have got.
    """

    leave: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    visitors: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def got(self, url: str, status: str, expected: str) -> None:
        """Count a response."""
        with self.lock:
            self.answers[status] += 1
            if status != expected:
                self.refused.append(f"{url}: {status}")


class Person:
    """A visitor with a cookie jar.

    :param place: host and port of the server.
    """

    def __init__(self, place: str, traffic: Traffic) -> None:
        self.place = place
        self.traffic = traffic
        self.jar = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.jar))

    def ask(self, path: str, expected: int = 200, **form: str) -> str:
        """Request a page or send a form, and return the page."""
        data = urlencode(form).encode() if form else None
        text, status = "", "none"
        try:
            try:
                answer = self.opener.open(f"http://{self.place}{path}", data, timeout=60)
            except HTTPError as refusal:
                answer = refusal
            with answer:
                text, status = answer.read().decode(), str(answer.status)
        except (HTTPException, OSError) as error:
            status = f"{type(error).__name__}: {error}"
        self.traffic.got(path, status, str(expected))
        return text

    def shop(self) -> None:
        """Search while typing, open books, put one into the cart, request a missing page, and
        leave.
        """
        self.ask("/")
        for length in range(1, 6):
            self._pause()
            self.ask(f"/search?sort=title&q={'clock'[:length]}")
        for book in (3, 5, 14):
            self._pause()
            found = _TOKEN.search(self.ask(f"/book/{book}"))
        if found is not None:
            self.ask("/cart/add/14", csrf_token=found[1], count="1")
        self._pause()
        self.ask("/nowhere", 404)

    def chat(self) -> None:
        """Ask the bookseller some questions on a WebSocket."""
        self.ask("/ask")
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        try:
            socket = Client.connect(f"ws://{self.place}/ask/socket", headers={"Cookie": cookies})
            for text in ("Have you anything about clocks?", "And about mustard?", "Thank you!"):
                socket.send(text)
                for _ in range(2):
                    said = socket.receive(timeout=60)
                    self.traffic.got("/ask/socket", "message" if said else "silence", "message")
                self._pause()
            socket.close()
        except (ConnectionClosed, ConnectionError, OSError) as error:
            self.traffic.got("/ask/socket", f"{type(error).__name__}: {error}", "message")

    def watch(self) -> None:
        """Open the list in the player, and the newest recording."""
        found = _ID.search(self.ask("/replay/"))
        if found is None:
            return
        with suppress(HTTPException, OSError):  # it may be deleted meanwhile
            opened = self.opener.open(f"http://{self.place}/replay/{found[1]}", timeout=60)
            with opened:
                opened.read()

    def glance(self) -> None:
        """Open some pages without a pause, the player's too."""
        for path in ("/", "/search?q=clock", "/book/3", "/ask"):
            self.ask(path)
        self.watch()

    def _pause(self) -> None:
        self.traffic.leave.wait(PAUSE)


def visit(place: str, traffic: Traffic) -> None:
    """Act as one visitor after another until the end. Every third one chats."""
    while not traffic.leave.is_set():
        with traffic.lock:
            traffic.visitors += 1
            number = traffic.visitors
        person = Person(place, traffic)
        person.shop()
        if number % 3 == 0:
            person.chat()


def look(place: str, traffic: Traffic) -> None:
    """Open the player now and then."""
    while not traffic.leave.wait(EVERY):
        Person(place, traffic).watch()


def crowd(place: str, traffic: Traffic) -> None:
    """Send more visitors at the same time than the server has threads."""
    people = [Person(place, traffic) for _ in range(CROWD)]
    threads = [threading.Thread(target=person.glance) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    traffic.visitors += len(people)


class Minute:
    """The samples of one minute, and their line of the table.

    :param samples: of each worker, bytes.
    """

    def __init__(self, samples: dict[int, list[int]]) -> None:
        self.held = {worker: statistics.median(values) for worker, values in samples.items()}

    def row(self, number: int, base: Minute | None, traffic: Traffic, shop: Shop) -> str:
        """Return a line of the table."""
        cells = [
            f"{bytes / MEGABYTE:8.1f} MB{self.change(worker, base):>8}"
            for worker, bytes in self.held.items()
        ]
        answered = traffic.answers.total()
        kept = sum(1 for _ in (shop.folder / "replay" / "archive").glob("*.replay"))
        return f"{number:6d} {'  '.join(cells)} {answered:9,d} {traffic.visitors:8,d} {kept:8,d} {len(traffic.refused):7,d}"

    def change(self, worker: int, base: Minute | None) -> str:
        """Return a worker's difference from the base, in percent."""
        return (
            ""
            if base is None or worker not in base.held
            else f"{self.held[worker] / base.held[worker] - 1:+.1%}"
        )


def level(base: Minute, later: Sequence[Minute], band: float = BAND) -> list[str]:
    """Return what left the band, a line for each worker, empty if all stayed level."""
    found = []
    for worker, held in base.held.items():
        worst = max((minute.held[worker] / held - 1 for minute in later), key=abs, default=0.0)
        if abs(worst) > band:
            found.append(f"worker {worker} left the band: {worst:+.1%} of {held / MEGABYTE:.1f} MB")
    return found


def sample(workers: Sequence[int], seconds: float, every: float = EVERY) -> Minute:
    """Sample the resident memory of processes for this many seconds."""
    samples: dict[int, list[int]] = {worker: [] for worker in workers}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        threading.Event().wait(min(every, max(0.0, end - time.monotonic())))
        for worker, values in samples.items():
            values.append(resident(worker))
    return Minute(samples)


def soak(
    minutes: float, folder: Path, say: Callable[[str], object] = print, minute: float = 60.0
) -> list[str]:
    """Serve and visit for this many minutes.

    :param minute: seconds that one takes.
    :returns: what went wrong, a line each.
    """
    shop = Shop(folder, *OPTIONS, workers=WORKERS, settings=SETTINGS)
    shop.environment["MALLOC_ARENA_MAX"] = "2"
    served = folder / "served.py"
    served.write_text(served.read_text() + _OPEN)
    traffic, place = Traffic(), f"127.0.0.1:{shop.port}"
    threads = [threading.Thread(target=visit, args=(place, traffic)) for _ in range(VISITORS)]
    threads.append(threading.Thread(target=look, args=(place, traffic)))
    with shop.serve() as server:
        crowd(place, traffic)
        for thread in threads:
            thread.start()
        try:
            problems = _minutes(server, shop, traffic, minutes, say, minute)
        finally:
            traffic.leave.set()
            for thread in threads:
                thread.join()
    problems += [f"refused: {line}" for line in traffic.refused[:10]]
    report = json.loads(shop.replay("verify", "--json"))
    problems += [
        f"does not replay: {recording['id']}"
        for recording in report["recordings"]
        if not recording["ok"]
    ]
    return problems


def _minutes(
    server: Server,
    shop: Shop,
    traffic: Traffic,
    minutes: float,
    say: Callable[[str], object],
    minute: float,
) -> list[str]:
    """Sample minute after minute, and return which workers left the band or died."""
    warm_up = min(WARM_UP, minutes / 3)
    workers = list(server.workers)
    heads = "  ".join(f"{f'worker {worker}':>11}{'':8}" for worker in workers)
    say(f"minute {heads} {'answers':>9} {'visitors':>8} {'archived':>8} {'refused':>7}")
    base: Minute | None = None
    later: list[Minute] = []
    for number in itertools.count(1):
        try:
            found = sample(workers, minute * min(1.0, minutes - number + 1))
        except OSError:
            return ["a worker ended", *server.output[-20:]]
        if base is not None:
            later.append(found)
        say(found.row(number, base, traffic, shop))
        base = found if base is None and number >= warm_up else base
        if number >= minutes:
            break
    if len(server.workers) > len(workers):
        return ["a worker was replaced", *server.output[-20:]]
    return level(base, later) if base is not None else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak, and return the exit status."""
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    minutes = parser.parse_args(arguments).minutes
    with tempfile.TemporaryDirectory() as folder:
        problems = soak(minutes, Path(folder), lambda line: print(line, flush=True))
    print("\n".join(problems) or f"level within ±{BAND:.0%} after the warm-up")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
