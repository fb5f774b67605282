"""Send secrets to the apps under gunicorn, and search every byte for them: ``python -m
tests.canaries``.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from simple_websocket import Client, ConnectionClosed

from ..services import Services
from ..storage.stores import make_tables, open_database, using
from .app import planned
from .plan import Canary, formed
from .search import Search
from .serving import HTTPVisitor, Site
from .visiting import send

STORES = ("files", "postgresql")


def main(arguments: list[str]) -> int:
    """Print counts by channel.

    :returns: 0 if nothing was found.
    """
    parser = argparse.ArgumentParser(prog="fuzz secrets", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often each way, with other names and values"
    )
    parser.add_argument(
        "--store", choices=STORES, action="append", help="for recordings; both if none is named"
    )
    parser.add_argument(
        "--app", choices=("nasty", "example"), action="append", help="both if none is named"
    )
    options = parser.parse_args(arguments)
    services = Services()
    found = 0
    try:
        for store in options.store or STORES:
            for app in options.app or ("nasty", "example"):
                with tempfile.TemporaryDirectory() as folder:
                    found += _run(Path(folder), app, store, options.rounds, services)
    finally:
        services.remove()
    print(f"{found} found")
    return int(found > 0)


def _run(folder: Path, app: str, store: str, rounds: int, services: Services) -> int:
    started = time.monotonic()
    port = free_port()
    if store == "files":
        return _visit(Site(folder, app, "", rounds, port), rounds, f"{app}, files", started)
    with services.database(store, folder) as url:
        with using(open_database(url)) as storage:
            make_tables(storage)
        return _visit(Site(folder, app, url, rounds, port), rounds, f"{app}, {store}", started)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _visit(site: Site, rounds: int, title: str, started: float) -> int:
    with site.serve():
        canaries = (
            _nasty(site.port, rounds) if site.kind == "nasty" else _example(site.port, rounds)
        )
        search = Search({canary.number: canary.value for canary in canaries})
        leaks: dict[str, set[int]] = {"API": set()}
        site.replay("finalize")
        leaks["API"] = search.find(b"\n".join(_shown(site)))
    site.replay("finalize")
    leaks["commands"] = search.find(b"\n".join(site.replay(*command) for command in _COMMANDS))
    site.replay("export", "all.tar")
    size = 0
    for place, data in site.kept():
        size += len(data)
        leaks.setdefault(place, set()).update(search.find(data))
    _report(title, canaries, leaks, size, time.monotonic() - started)
    return len(set().union(*leaks.values()))


_COMMANDS = (
    ("list", "--limit", "100000"),
    ("verify",),
    ("verify", "--json"),
    ("doctor",),
    ("stats",),
)


def _report(
    title: str, canaries: list[Canary], leaks: dict[str, set[int]], size: int, seconds: float
) -> None:
    print(f"{title}: {len(canaries)} secrets, {size:,} bytes searched, {seconds:.0f} s")
    found = set().union(*leaks.values())
    for kind in ("source", "place", "writing"):
        sent = Counter(getattr(canary, kind) for canary in canaries)
        lost = Counter(getattr(canary, kind) for canary in canaries if canary.number in found)
        print(
            f"  {kind}: "
            + ", ".join(f"{name} {lost[name]}/{count}" for name, count in sorted(sent.items()))
        )
    print(
        "  found in: "
        + ", ".join(f"{place} {len(numbers)}" for place, numbers in sorted(leaks.items()))
    )
    for number in sorted(found):
        print(
            f"  {canaries[number]} in "
            f"{', '.join(place for place, numbers in leaks.items() if number in numbers)}"
        )


def _nasty(port: int, rounds: int) -> list[Canary]:
    canaries = planned(rounds)
    for canary in canaries:
        visitor, other = HTTPVisitor(port), HTTPVisitor(port)
        visitor.open("/sink")
        send(canary, visitor, other)
    for canary in canaries[:: len(canaries) // 40]:
        _talk(
            f"ws://127.0.0.1:{port}/socket/{canary.number}",
            [json.dumps({canary.name: canary.value})],
        )
    return canaries


def _example(port: int, rounds: int) -> list[Canary]:
    """Send secrets in the shop's forms, addresses and headers, and in some that it does not know."""
    values = iter(
        canary.value
        for canary in planned(rounds)
        if canary.source == "app" and "\n" not in canary.value
    )
    canaries: list[Canary] = []
    someone = {
        "name": "Ann",
        "email": "ann@example.org",
        "street": "A 1",
        "postcode": "1234",
        "city": "Ulm",
    }

    def next_canary(source: str, name: str, value: str = "") -> str:
        canaries.append(Canary(len(canaries), name, value or next(values), source, "shop"))
        return canaries[-1].value

    for _ in range(6):
        visitor = HTTPVisitor(port)
        visitor.open("/")
        for path in ("/account/login", "/account/register"):
            secret = next_canary("form", "password")
            visitor.open(path, method="POST", data={**someone, "password": secret, "again": secret})
        for name in ("token", "api_key", "reset_token"):
            visitor.open(f"/search?{urlencode({'q': 'sea', name: next_canary('query', name)})}")
        wanted = f"/account/order/1?{urlencode({'token': next_canary('next', 'token')})}"
        visitor.open(f"/account/login?{urlencode({'next': wanted})}")
        visitor.open("/", headers={"X-Api-Key": next_canary("header", "X-Api-Key").encode().hex()})
        referer = f"http://127.0.0.1:{port}/search?{urlencode({'access_token': next_canary('Referer', 'access_token')})}"
        visitor.open("/", headers={"Referer": referer})
        visitor.open("/cart/add/1", method="POST", data={"count": "1"})
        paying = {
            **someone,
            "card_number": next_canary("form", "card_number"),
            "expires": "1/1",
            "security_code": "1",
        }
        visitor.open("/cart/checkout", method="POST", data=paying)
    for number, value in enumerate(formed()):
        visitor = HTTPVisitor(port)
        visitor.open("/")
        shown = next_canary("form", "text", value)
        visitor.open(
            f"/book/{1 + number % 9}",
            method="POST",
            data={"stars": "5", "text": f"My number is {shown} you know"},
        )
        if number % 4 == 0:
            _talk(f"ws://127.0.0.1:{port}/ask/socket", [f"what is {shown} for?"])
    return canaries


def _talk(address: str, said: Iterable[str]) -> None:
    client = Client.connect(address)
    for text in said:
        client.send(text)
    try:
        while client.receive(timeout=1) is not None:
            pass
        client.close()
    except ConnectionClosed:
        pass


def _shown(site: Site) -> Iterable[bytes]:
    """Return what the player shows of all recordings."""
    viewer = HTTPVisitor(site.port)
    listed = site.replay("list", "--limit", "100000", "--unconfirmed").decode()
    yield viewer.open("/replay/")
    for id in dict.fromkeys(word for word in listed.split() if len(word) == 26 and word.isalnum()):
        steps = viewer.open(f"/replay/{id}/steps.json")
        yield steps
        for number, _ in enumerate(json.loads(steps)["steps"]):
            yield viewer.open(f"/replay/{id}/step/{number}.json")
            yield viewer.open(f"/replay/{id}/page/{number}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
