"""``pytest --replay``: a recording of each failed test, and no effect without the option."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage, Recordings
from flask_replay.storage.files.tar import TarFile
from flask_replay.storage.lifecycle.moving import copy

from ..browsing import CHROMIUM

pytest_plugins = ["pytester"]

_CONFTEST = """
import pytest
from flask import Flask, render_template_string, request

@pytest.fixture
def app():
    app = Flask("shop")
    app.testing = True

    @app.route("/<name>", methods=["GET", "POST"])
    def hello(name):
        return render_template_string("<!doctype html><h1>Hello {{ name }}</h1>", name=name)

    @app.get("/headers")
    def headers():
        return sorted(name for name, _ in request.headers)

    return app

@pytest.fixture
def client(app):
    return app.test_client()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a project with a small app that does not use Flask-Replay."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeconftest(_CONFTEST)
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run its tests in a separate process."""
    return project.runpytest_subprocess(
        "-p", "pytest_flask_replay", "-p", "no:cacheprovider", *options
    )


def kept(project: pytest.Pytester, folder: str = "replay-results") -> dict[str, Recording]:
    """Return the recordings by the names of their files."""
    found = {}
    for path in sorted((project.path / folder).glob("*.tar")):
        assert path.with_suffix(".html").read_text().startswith("<!doctype html>")
        with TarFile(path) as tar:
            storage = FileStorage(project.path / "store" / path.name)
            assert not copy(tar, storage).problems
            (recording,) = map(Recordings(storage, 10, 1e9).get, tar.ids())
            found[path.name] = recording
    return found


def kinds(recording: Recording) -> list[str]:
    return [type(event).__name__ for event in recording.events]


def test_a_failing_test_leaves_its_recording_and_others_do_not(project: pytest.Pytester) -> None:
    """With all requests of the test's clients in order. The file and the link are printed."""
    project.makepyfile(
        test_shop="""
        import pytest

        def test_passes(client):
            assert client.get("/ann").status_code == 200

        @pytest.mark.parametrize("name", ["bob", "c/d"])
        def test_fails(app, name):
            app.test_client().get("/first")
            with app.test_client() as client:
                client.post(f"/{name}", data={"password": "hunter2hunter2"})
                assert client.get("/second").status_code == 404

        def test_has_no_app():
            assert 1 == 2

        @pytest.fixture
        def breaks_at_the_end(client):
            yield client
            client.get("/at-the-end")
            raise ValueError("no way down")

        def test_is_well_but_for_its_fixture(breaks_at_the_end):
            breaks_at_the_end.get("/within")

        @pytest.mark.xfail
        def test_is_expected_to_fail(client):
            client.get("/expected")
            assert False
        """
    )
    result = run(project, "--replay")
    result.assert_outcomes(passed=2, failed=3, errors=1, xfailed=1)
    found = kept(project)
    names = [re.sub(r"-[0-9a-f]{8}\.tar", ".tar", name) for name in found]
    assert names == ["test_shop.py.test_fails-bob.tar", "test_shop.py.test_fails-c-d.tar",
                     "test_shop.py.test_is_well_but_for_its_fixture.tar"]  # fmt: skip
    first, _, last = found.values()
    assert first.summary.name == "test_shop.py::test_fails[bob]" and "failed" in first.summary.flags
    assert kinds(first) == ["Run", *["Request", "Frame"] * 3, "Error", "Run"]
    requests = [batch.request for batch in first.batches if batch.request is not None]
    assert [request.url for request in requests] == ["/first", "/bob", "/second"]
    assert "hunter2" not in repr(first)
    assert [batch.errors[0].type for batch in first.batches if batch.errors] == ["AssertionError"]
    assert kinds(last).count("Request") == 2 and last.batches[-1].run is not None
    output = result.stdout.str()
    assert output.count("flask replay import replay-results/test_shop.py.test_") == 3
    assert f"/replay/{first.summary.id}" in output and "test_passes" not in output


def test_without_the_option_nothing_of_flask_replay_is_imported(project: pytest.Pytester) -> None:
    """As if it were not installed."""
    project.makepyfile(
        """
        import sys

        def test_fails(client):
            client.get("/ann")
            assert not [name for name in sys.modules if name.split(".")[0] == "flask_replay"], "imported"
            assert 1 == 2, "as ever"
        """
    )
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*as ever*"])
    assert "recordings of failed tests" not in result.stdout.str() and not kept(project)


def test_apps_do_not_notice_and_apps_with_a_replay_record_into_the_same_store(
    project: pytest.Pytester,
) -> None:
    """No header, no cookie, no file elsewhere. Two apps of one test are in one recording."""
    project.makepyfile(
        """
        from pathlib import Path
        from flask import Flask
        from flask_replay import Replay

        def other(tmp_path):
            other = Flask("other", instance_path=str(tmp_path / "instance"))
            other.config.update(TESTING=True, REPLAY_ENABLED=False, REPLAY_STORAGE=str(tmp_path / "own"))
            replay = Replay()
            replay.init_app(other)
            other.add_url_rule("/raises", "raises", lambda: 1 / 0)
            return other

        def test_fails(client, tmp_path):
            answer = client.get("/headers")
            assert answer.get_json() == ["Host", "User-Agent"] and "Set-Cookie" not in answer.headers
            other(tmp_path).test_client().get("/raises")

        def test_nothing_is_elsewhere(tmp_path):
            assert not list(tmp_path.parent.glob("test_fails*/*"))
        """
    )
    run(project, "--replay", "--replay-dir", "kept/here").assert_outcomes(passed=1, failed=1)
    ((name, recording),) = kept(project, "kept/here").items()
    assert (
        name
        == "test_apps_do_not_notice_and_apps_with_a_replay_record_into_the_same_store.py.test_fails.tar"
    )
    urls = [batch.request.url for batch in recording.batches if batch.request is not None]
    assert urls == ["/headers", "/raises"]


def test_workers_of_xdist_keep_their_recordings_and_a_passing_rerun_leaves_none(
    project: pytest.Pytester,
) -> None:
    """The report of the main process lists all of them, and so does JUnit's."""
    fails = "".join(
        f"def test_{n}(client):\n    client.get('/{n}')\n    assert {n} == 0\n" for n in range(4)
    )
    project.makepyfile(test_many=fails)
    result = run(project, "--replay", "-n", "2", "--junitxml", "junit.xml")
    result.assert_outcomes(passed=1, failed=3)
    assert list(kept(project)) == [f"test_many.py.test_{n}.tar" for n in (1, 2, 3)]
    assert result.stdout.str().count("    flask replay import ") == 3
    assert (project.path / "junit.xml").read_text().count('<property name="replay"') == 3
    project.makepyfile(test_many="def test_2(client):\n    client.get('/2')\n")
    run(project, "--replay").assert_outcomes(passed=1)
    shutil.rmtree(project.path / "store")
    assert list(kept(project)) == ["test_many.py.test_1.tar", "test_many.py.test_3.tar"]


def test_an_app_in_a_separate_process_is_recorded(project: pytest.Pytester) -> None:
    """A live server, forked once for all tests."""
    project.makepyfile(
        """
        import multiprocessing, time, urllib.request
        import pytest
        from werkzeug.serving import make_server
        from conftest import app as make_app

        @pytest.fixture(scope="session")
        def address():
            from flask import Flask
            app = Flask("live")
            app.add_url_rule("/<name>", "hello", lambda name: f"<!doctype html><h1>{name}</h1>")
            server = make_server("127.0.0.1", 0, app)
            process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
            process.start()
            yield f"http://127.0.0.1:{server.server_port}"
            process.kill()
            process.join()

        def look(address, name):
            urllib.request.urlopen(f"{address}/{name}", timeout=30).read()

        def test_first(address):
            look(address, "ann")

        def test_second(address):
            look(address, "bob")
            time.sleep(1)
            assert False
        """
    )
    run(project, "--replay").assert_outcomes(passed=1, failed=1)
    (recording,) = kept(project).values()
    assert [batch.request.url for batch in recording.batches if batch.request is not None] == [
        "/bob"
    ]


_BROWSER = """
import pytest, threading
from playwright.sync_api import sync_playwright, expect
from werkzeug.serving import make_server

@pytest.fixture(scope="session")
def window():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path={chromium!r}, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()

@pytest.fixture
def page(window):
    page = window.new_page()
    yield page
    page.close()

@pytest.fixture
def address(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{{server.server_port}}"
    server.shutdown()

def test_browser(page, address):
    page.goto(f"{{address}}/ann")
    expect(page.get_by_role("heading")).to_have_text("Hello ann")
    page.get_by_role("heading").click()
    expect(page).to_have_url(f"{{address}}/bob", timeout=100)
"""


def test_actions_and_pages_of_a_browser_are_in_the_recording(project: pytest.Pytester) -> None:
    """With screenshots, the last of which shows the moment at which the test failed."""
    project.makepyfile(test_it=_BROWSER.format(chromium=CHROMIUM))
    run(project, "--replay").assert_outcomes(failed=1)
    (recording,) = kept(project).values()
    steps = [
        batch.action.type if batch.action else kinds_of_first(batch) for batch in recording.batches
    ]
    assert [step for step in steps if step != "Request /favicon.ico"] == [
        "Run", "navigate", "Request /ann", "click", "snapshot", "Error", "Run",
    ]  # fmt: skip
    actions = [batch.action for batch in recording.batches if batch.action is not None]
    assert all(action.screenshot is not None for action in actions)
    assert [action.sequence for action in actions] == [1, 2, 3]


def kinds_of_first(batch: object) -> str:
    (first, *_) = batch.events  # type: ignore[attr-defined]
    return f"Request {first.url}" if type(first).__name__ == "Request" else type(first).__name__


def test_the_entry_point_is_declared() -> None:
    """Installing the package adds the option."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\npytest_flask_replay = "pytest_flask_replay"' in text
