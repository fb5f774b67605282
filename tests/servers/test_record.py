"""``flask replay record`` with the example, served by four workers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from .serving import DEADLINE, Server, Site, example_site, gunicorn

FOUR = gunicorn("--preload", workers=4)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return the example, which records nobody by default."""
    return example_site(tmp_path, "REPLAY_SAMPLE_RATE=0, REPLAY_FLUSH_INTERVAL=0.2")


def browse(server: Server, visitors: int, pages: int) -> None:
    """Let visitors request pages, all at the same time."""

    def look() -> None:
        opener = build_opener(HTTPCookieProcessor(CookieJar()))
        for number in range(1, pages + 1):
            opener.open(f"http://127.0.0.1:{server.port}/book/{number}", timeout=DEADLINE).read()

    threads = [threading.Thread(target=look) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_capture_records_everything_between_start_and_stop(site: Site) -> None:
    """In two steps, then until Ctrl-C."""
    command = [sys.executable, "-m", "flask", "--app", "served", "replay", "record"]
    with site.serve(FOUR) as server:
        browse(server, 4, 2)
        assert "Recording 'in two steps'" in site.replay("record", "start", "in two steps")
        threading.Event().wait(1.2)
        browse(server, 6, 3)
        assert "Recording 'in two steps'" in site.replay("record", "status")
        stopped = json.loads(site.replay("record", "stop", "--json"))
        browse(server, 4, 2)
        assert [found["tally"]["requests"] for found in stopped["recordings"]] == [3] * 6
        assert all(
            found["link"].startswith(f"http://127.0.0.1:{server.port}/replay/")
            for found in stopped["recordings"]
        )

        live = subprocess.Popen(
            [*command, "until Ctrl-C"],
            env=site.environment,
            cwd=site.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert live.stdout is not None and "until Ctrl-C" in live.stdout.readline()
        threading.Event().wait(1.2)
        browse(server, 2, 2)
        lines = iter(live.stdout.readline, "")
        assert any("2 recordings, 4 requests" in line for line in lines)
        live.send_signal(signal.SIGINT)
        rest = live.communicate(timeout=DEADLINE)[0]
        assert live.returncode == 0 and "'until Ctrl-C' has ended: 2 recordings, 4 requests" in rest
        assert rest.count(f"http://127.0.0.1:{server.port}/replay/") == 2
        browse(server, 2, 2)
    summaries = site.recordings.summaries()
    assert len(summaries) == 8 and {summary.status for summary in summaries} == {"finished"}
    assert site.replay("record", "status", status=1) == "Error: nothing is being recorded\n"
