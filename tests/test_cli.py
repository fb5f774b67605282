"""``flask replay …``: what the commands print, refuse and delete."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask, render_template, request
from jinja2 import DictLoader

from flask_replay import Replay
from flask_replay.testing import finished

from .conftest import AppMaker
from .faults import away, back

TEMPLATES = {
    "hello.html": "<h1>Hello {{ name }}</h1>\n",
    "form.html": "<input name=password value='{{ secret }}'>",
    "torn.html": "<p>{{ 1 / whole }}</p>",
}


class Site:
    """An app, its recordings, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.templates = dict(TEMPLATES)
        self.app = Flask(__name__, instance_path=str(folder / "instance"))
        self.app.config.update(
            SECRET_KEY="test", TEMPLATES_AUTO_RELOAD=True, REPLAY_STORAGE=str(folder / "replay")
        )
        self.app.jinja_env.loader = DictLoader(self.templates)
        self.replay = Replay(self.app, identify=lambda: request.args.get("user"))

        @self.app.get("/<name>")
        def hello(name: str) -> str:
            return render_template("hello.html", name=name)

        @self.app.post("/sign-in")
        def sign_in() -> str:
            return render_template("form.html", secret=request.form["password"])

        @self.app.get("/torn")
        def torn() -> str:
            return render_template("torn.html", whole=0)

        @self.app.get("/broken")
        def broken() -> str:
            raise LookupError("no such shelf")

    def visit(self, *paths: str, finish: bool = True) -> str:
        """Let a visitor open pages, and return the id of the recording."""
        client = self.app.test_client()
        for path in paths:
            client.get(path).close()
        with self.app.app_context():
            self.replay.flush()
            name = self.replay.recordings.storage.active()[0].id
            if finish:
                self.replay.finalize(name)
        return name

    def run(self, *arguments: str, input: str | None = None, status: int = 0) -> Result:
        """Run a command, and check its exit status."""
        result = self.app.test_cli_runner().invoke(args=["replay", *arguments], input=input)
        assert result.exit_code == status, result.output
        return result

    def listed(self, *options: str) -> list[dict[str, Any]]:
        """Return the output of ``list --json``."""
        found: list[dict[str, Any]] = json.loads(self.run("list", "--json", *options).stdout)
        return found

    def archived(self, name: str) -> Path:
        """Return the file of a finished recording."""
        return self.folder / "replay" / "archive" / f"{name}.replay"

    def damage(self, name: str) -> None:
        """Replace the file of a finished recording by something else."""
        self.archived(name).unlink()
        self.archived(name).write_bytes(b"not a recording")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an app without recordings."""
    return Site(tmp_path)


COMMANDS = (
    "list",
    "find",
    "errors",
    "stats",
    "show",
    "state",
    "test",
    "curl",
    "link",
    "links",
    "unlink",
    "verify",
    "finalize",
    "recover",
    "doctor",
    "delete",
    "clear",
    "pin",
    "unpin",
    "note",
    "unnote",
    "notes",
    "tag",
    "untag",
    "cleanup",
    "forget",
    "export",
    "import",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(site: Site, command: str) -> None:
    """The help has a line to copy, on a line of its own."""
    lines = site.run(command, "--help").stdout.splitlines()
    assert any(line.strip().startswith(f"flask replay {command}") for line in lines)


def test_the_group_lists_all_commands(site: Site) -> None:
    """``flask replay --help`` names them and says what each does."""
    help = site.run("--help").stdout
    assert all(f"\n  {command} " in help for command in COMMANDS)


def test_debug_prints_the_twin_of_a_template_and_the_log_of_a_frame(site: Site) -> None:
    """The instrumented Python, and the answers below the object that gave them."""
    code = site.run("debug", "hello.html").output
    assert "_h = context.runtime" in code and "resolve('name')" in code
    assert (
        "absent.html is not recorded: TemplateNotFound"
        in site.run("debug", "absent.html", status=1).output
    )

    name = site.visit("/ann", "/bob")
    lines = site.run("debug", name, "0").output.splitlines()
    assert lines[0].startswith("hello.html  entry ")
    assert lines[1:] == ["names and operations", '  name → "ann"']
    assert "has 2 frames, but none numbered 2" in site.run("debug", name, "2", status=1).output


def test_an_empty_list_says_so(site: Site) -> None:
    """It is not an error."""
    assert site.run("list").stdout == "There are no recordings yet.\n"
    assert site.listed() == []


def test_recordings_are_listed_newest_first_with_running_ones(site: Site) -> None:
    """Each line has id, counts, status and the visitor's name."""
    old = site.visit("/ann?user=Ann", "/bob")
    running = site.visit("/cid", "/dan", finish=False)
    heading, first, second = site.run("list").stdout.splitlines()
    assert heading.split() == ["ID", "STARTED", "LENGTH", "PAGES", "ERRORS", "STATUS", "WHO"]
    assert first.startswith(running) and first.split()[-2:] == ["active", "-"]
    assert second.startswith(old) and second.split()[-2:] == ["finished", "Ann"]
    assert [summary["id"] for summary in site.listed()] == [running, old]


def test_options_limit_the_list(site: Site) -> None:
    """By status, by visitor and by time."""
    with site.app.app_context(), site.replay.start("bot") as bot:
        bot.fail("no button")
    ann, torn = site.visit("/a?user=ann", "/b?user=ann"), site.visit("/a", "/torn")
    live = site.visit("/c", "/d", finish=False)

    def listed(*options: str) -> list[str]:
        return [found["id"] for found in json.loads(site.run("list", "--json", *options).stdout)]

    assert listed("--status", "failed") == [bot.id]
    assert listed("--status", "finished") == [torn, ann]
    assert listed("--status", "live") == [live]
    assert listed("--status", "interrupted") == []
    assert listed("--user", "ann") == [ann]
    assert listed("--errors") == [torn, bot.id]
    assert listed("--since", "1h", "--errors") == [torn, bot.id]
    assert listed("--until", "1h") == listed("--since", "2100-01-01") == []
    assert "failed" in site.run("list", "--status", "failed").stdout
    assert site.run("list", "--status", "interrupted").stdout == "No recording matches.\n"
    assert "must be a moment" in site.run("list", "--since", "soon", status=2).output
    assert "is not one of" in site.run("list", "--status", "broken", status=2).output


def test_recordings_are_found_by_their_content(site: Site) -> None:
    """With all filters that addresses and Python have, in other orders, with totals, and with the
    kinds of errors.
    """
    store = site.replay.recordings.storage
    ann, bob = (finished(store, name=name, error=name == "bob") for name in ("ann", "bob"))

    def found(*options: str) -> list[str]:
        return [one["id"] for one in json.loads(site.run(*options, "--json").stdout)]

    assert found("find", "ann") == [ann]
    assert (
        found("find", "1", "bob")
        == found("list", "--error", "ValueError", "--method", "post")
        == [bob]
    )
    assert found("find", "%_'\"*") == []
    assert found("list", "--min-pages", "2", "--sort", "who") == [ann, bob]
    assert found("list", "--pinned") == found("list", "--code", "404", "--device", "phone") == []
    assert "a status code" in site.run("list", "--code", "x", status=2).output
    (kind,) = json.loads(site.run("errors", "--json").stdout)
    assert (kind["type"], kind["recordings"], kind["moments"]) == ("ValueError", 1, [[bob, 10]])
    assert f"last in {bob} at 0:00.0" in site.run("errors").stdout
    assert site.run("errors", "--user", "ann").stdout == "There were no errors.\n"
    assert json.loads(site.run("stats", "--json").stdout)["recordings"] == 2
    assert "method    GET (2), POST (2)" in site.run("stats").stdout


def test_the_list_is_paged_by_id(site: Site) -> None:
    """``--before`` continues where a page ended."""
    first, second, third = (site.visit("/ann", "/bob") for _ in range(3))
    assert [
        line.split()[0] for line in site.run("list", "--limit", "2").stdout.splitlines()[1:]
    ] == [third, second]
    assert [
        line.split()[0] for line in site.run("list", "--before", second).stdout.splitlines()[1:]
    ] == [first]
    assert "--limit" in site.run("list", "--limit", "0", status=2).stderr


def test_show_prints_requests_renders_and_errors_in_order(site: Site) -> None:
    """One line for each event, after the time since the start."""
    name = site.visit("/ann?user=Ann", "/broken")
    head, *events = site.run("show", name, "--events").stdout.splitlines()
    assert head.startswith(name) and head.endswith("Ann")
    lines = [line.split(maxsplit=1)[1] for line in events]
    assert [re.sub(r"\d+ characters", "n characters", line) for line in lines] == [
        "GET /ann?user=Ann  200",
        "render hello.html",
        "GET /broken  500  (n characters that no template made)",
        "error LookupError: no such shelf",
    ]


def test_show_prints_the_session_in_sentences(site: Site) -> None:
    """With times for people, and as Markdown for tickets, without the words "GET" and "render"."""
    name = site.visit("/ann?user=Ann", "/bob?user=Ann", "/broken?user=Ann")
    head, *lines = site.run("show", name).stdout.splitlines()
    assert head.startswith("Ann, ") and head.endswith("3 pages, 1 error")
    assert [line.split(maxsplit=1)[1] for line in lines] == [
        "opened *Hello ann* (user: Ann)",
        "opened *Hello bob* (user: Ann)",
        "opened /broken (user: Ann): it failed with LookupError, “no such shelf” (500)",
    ]
    told = site.run("show", name, "--format", "md").stdout
    assert told.startswith("## Ann, ") and "- 0:00 opened *Hello bob* (user: Ann)" in told
    assert (
        json.loads(site.run("show", name, "--json").stdout)["story"]["lines"][2]["kind"] == "error"
    )


def test_show_includes_remarks(site: Site) -> None:
    """Tags before the lines and notes between them. In Markdown they are text, whatever they
    contain.
    """
    name = site.visit("/ann?user=Ann", "/broken?user=Ann")
    site.run("tag", name, "refund")
    site.run("note", name, "1:00", "see <b>ticket</b> [7](x)")
    lines = site.run("show", name).stdout.splitlines()
    assert lines[1] == "(tags: refund)"
    assert lines[-1].startswith("  1:00  note of ")
    assert lines[-1].endswith(": “see <b>ticket</b> [7](x)”")
    told = site.run("show", name, "--format", "md").stdout
    assert "> tags: refund\n" in told
    assert told.endswith(": “see \\<b\\>ticket\\</b\\> \\[7\\](x)”\n")


def test_state_shows_what_a_template_read_and_what_changed(site: Site) -> None:
    """As a tree, as JSON with the places on the page, and as changes since an earlier frame."""
    name = site.visit("/ann", "/bob")
    assert site.run("state", name, "0").stdout.splitlines() == ["hello.html", "  name = 'ann'"]
    assert site.run("state", name, "1", "--since", "0").stdout.splitlines() == [
        "name: 'ann' → 'bob'"
    ]
    assert site.run("state", name, "1", "--since", "1").stdout.splitlines() == [
        "Nothing has changed."
    ]
    found = json.loads(site.run("state", name, "1", "--json").stdout)
    assert found["reads"] == [{"name": "name", "path": "name", "type": "str", "value": "bob"}]
    assert found["spots"] == [[0, 10, 0, 1, []], [10, 13, 0, 1, ["name"]], [13, 18, 0, 1, []]]
    assert "has 2 frames, but none numbered 2" in site.run("state", name, "2", status=1).stderr


def test_show_prints_a_whole_recording_as_json(site: Site) -> None:
    """With everything that is kept."""
    name = site.visit("/ann", "/bob")
    recording = json.loads(site.run("show", name, "--json").stdout)
    assert recording.pop("story")["id"] == name
    assert recording["summary"]["id"] == name
    # the template's own words are stored once, elsewhere
    assert "Hello" not in json.dumps(recording)
    assert "ann" in json.dumps(recording)


@pytest.mark.parametrize(
    "command", [("show",), ("verify",), ("finalize",), ("delete", "--yes"), ("pin",), ("unpin",)]
)
@pytest.mark.parametrize("name", ["01jd3m4yq8x7c5tkz2v9bnw6ef", "../../etc/passwd", ""])
def test_a_missing_recording_is_reported_in_one_line(
    site: Site, command: tuple[str, ...], name: str
) -> None:
    """Without a traceback. The line contains the id, and the exit status is 1."""
    result = site.run(*command, name, status=1)
    assert result.stdout == "" or command == ("finalize",)
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ") and name in line


def test_notes_and_tags_are_written_listed_and_removed(site: Site) -> None:
    """Lists show them, and filters find them."""
    name, other = site.visit("/ann", "/bob"), site.visit("/ann", "/cid")
    assert site.run("notes", name).stdout == "It has no tags or notes.\n"
    assert site.run("tag", name, "refund").stdout == f"{name} tagged.\n"
    id = site.run("note", name, "1:14", "expired\nin May").stdout.split()[0]
    tags, line = site.run("notes", name).stdout.splitlines()
    assert tags == "Tags: refund"
    assert re.fullmatch(rf"{id}  +1:14\.0  \S+: expired / in May", line)
    (listed,) = site.listed("--tag", "REFUND")
    assert (listed["id"], listed["tags"], listed["notes"]) == (name, ["refund"], 1)
    site.run("unnote", name, id)
    site.run("untag", name, "Refund")
    assert json.loads(site.run("notes", name, "--json").stdout) == {}
    assert site.listed("--tag", "refund") == []
    for command in (
        ("note", other, "x", "text"),
        ("note", other, "0:01", " "),
        ("unnote", other, "x"),
        ("tag", other, ""),
    ):
        assert (
            "Error: "
            in site.run(*command, status=2 if command[2] == "x" and len(command) == 4 else 1).stderr
        )
    assert (
        "there is no recording"
        in site.run("tag", "01jd3m4yq8x7c5tkz2v9bnw6ef", "x", status=1).stderr
    )


def test_verify_reports_that_every_frame_is_identical(site: Site) -> None:
    """One line for the recording, and if its id is given, one for each frame."""
    name = site.visit("/ann", "/bob")
    line = f"{name}  2 frames: 2 identical, 0 identical but for redacted values, 0 different"
    assert site.run("verify").stdout.splitlines() == [line]
    assert site.run("verify", name).stdout.splitlines() == [
        line,
        "  frame 0  hello.html  identical",
        "  frame 1  hello.html  identical",
    ]


def test_verify_distinguishes_redacted_values_from_differences(site: Site) -> None:
    """A page that showed a password is identical but for it."""
    client = site.app.test_client()
    client.post("/sign-in", data={"password": "hunter2 hunter2"}).close()
    with site.app.app_context():
        site.replay.finalize()
    (name,) = [summary["id"] for summary in site.listed("--unconfirmed")]
    assert (
        "  frame 0  form.html  identical but for redacted values"
        in site.run("verify", name).stdout.splitlines()
    )


def test_verify_counts_renders_that_raised_separately(site: Site) -> None:
    """They cannot be compared with anything, and the recording is correct."""
    name = site.visit("/ann", "/torn")
    (line,) = site.run("verify").stdout.splitlines()
    assert line.startswith(f"{name}  2 frames: 1 identical")
    assert re.search(r"0 different, 1 unfinished; \d+ characters that no template made$", line)


def test_verify_now_shows_the_effect_of_a_changed_template(site: Site) -> None:
    """A unified diff between the recorded and the current page, and exit status 1."""
    name = site.visit("/ann", "/bob")
    site.templates["hello.html"] = "<h1>Goodbye {{ name }}</h1>\n"
    site.run("verify")
    output = site.run("verify", "--now", status=1).stdout
    assert output.startswith(f"{name}  2 frames: 0 identical")
    assert "    -<h1>Hello ann</h1>\n    +<h1>Goodbye ann</h1>\n" in output


def test_verify_names_values_that_only_a_current_template_reads(site: Site) -> None:
    """They were not recorded, so they render empty."""
    site.visit("/ann", "/bob")
    site.templates["hello.html"] = "<h1>Hello {{ name }}{{ motto }}</h1>\n"
    assert "    not in the recording: motto\n" in site.run("verify", "--now").stdout


def test_verify_prints_json(site: Site) -> None:
    """Verdicts, diffs and unreadable recordings, for a program that checks releases."""
    name = site.visit("/ann", "/bob")
    site.templates["hello.html"] = "<h1>Goodbye {{ name }}</h1>\n"
    found = json.loads(site.run("verify", "--now", "--json", status=1).stdout)
    (recording,) = found["recordings"]
    assert (recording["id"], recording["ok"], found["unreadable"]) == (name, False, [])
    assert [frame["verdict"] for frame in recording["frames"]] == ["different", "different"]
    assert "+<h1>Goodbye bob</h1>" in recording["frames"][1]["diff"]


def test_an_unreadable_recording_is_named_and_the_others_are_verified(site: Site) -> None:
    """It affects neither the list nor other recordings."""
    good = site.visit("/ann", "/bob")
    broken = site.visit("/cid", "/dan")
    site.damage(broken)
    first, second = site.run("list").stdout.splitlines()[1:]
    assert first.startswith(broken) and "unreadable" in first
    assert second.startswith(good) and "finished" in second
    result = site.run("verify", status=1)
    assert f"{good}  2 frames: 2 identical" in result.stdout
    assert f"Error: {broken}: " in result.stderr
    assert site.run("show", broken, status=1).stderr.startswith("Error: ")


def test_finalize_finishes_all_running_recordings_or_the_named_ones(site: Site) -> None:
    """Discarded sessions without interaction are counted."""
    first = site.visit("/ann", "/bob", finish=False)
    site.visit("/cid", finish=False)
    assert site.run("finalize", first).stdout == "1 finished, 1 kept.\n"
    assert site.run("finalize").stdout == "1 finished, 0 kept.\n"
    assert site.run("finalize").stdout == "0 finished, 0 kept.\n"
    assert [(summary["id"], summary["status"]) for summary in site.listed()] == [
        (first, "finished")
    ]


def test_finalize_saves_spooled_entries_of_dead_workers_first(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """The worker ended while the store was down, and none followed it."""
    app = make_app(REPLAY_SPOOL=str(tmp_path / "spool"))
    away(tmp_path / "replay")
    app.test_client().post("/save", data={"title": "ann"}).close()
    app.extensions["replay"].writer.close()
    back(tmp_path / "replay")
    later = make_app(REPLAY_SPOOL=str(tmp_path / "spool"))
    result = later.test_cli_runner().invoke(args=["replay", "finalize"])
    assert result.output.startswith("1 finished")


def test_finalize_names_recordings_that_it_left(site: Site) -> None:
    """Unreadable ones, and those that another process is finalizing. The others are finished, and
    the exit status is not 0.
    """
    torn, held, good = (site.visit("/ann", "/bob", finish=False) for _ in range(3))
    (segment,) = (site.folder / "replay" / "journal" / torn).glob("*.seg")
    segment.write_bytes(b"FRPJ\x09" + segment.read_bytes()[5:])
    site.app.extensions["replay"].storage.lease(held, "another", 60)
    result = site.run("finalize", status=1)
    assert result.stdout == "1 finished, 1 kept.\n"
    assert f"{torn} is still running: it cannot be read, and is kept until cleanup" in result.stderr
    assert "version 9" in result.stderr
    assert f"{held} is still running: another process is finalizing it" in result.stderr
    assert site.archived(good).exists()
    assert "1 finished" not in site.run("finalize", held, status=1).stdout


def test_finalizing_twice_is_harmless(site: Site) -> None:
    """The recording stays as it is."""
    name = site.visit("/ann", "/bob")
    before = site.archived(name).read_bytes()
    site.run("finalize", name)
    assert site.archived(name).read_bytes() == before


def test_delete_asks_first(site: Site) -> None:
    """Only "yes" deletes. ``--yes`` answers in advance."""
    first, second = site.visit("/ann", "/bob"), site.visit("/ann", "/bob")
    site.run("delete", first, input="n\n", status=1)
    assert len(site.listed()) == 2
    assert f"{first} deleted." in site.run("delete", first, input="y\n").stdout
    assert site.run("delete", second, "--yes").stdout == f"{second} deleted.\n"
    assert site.listed() == []


def test_clear_asks_first_and_spares_running_recordings(site: Site) -> None:
    """A visitor who is still there is not cut off."""
    site.visit("/ann", "/bob")
    running = site.visit("/cid", "/dan", finish=False)
    site.run("clear", input="\n", status=1)
    assert len(site.listed()) == 2
    assert "1 deleted.\n" in site.run("clear", "--yes").stdout
    assert [summary["id"] for summary in site.listed()] == [running]


def test_cleanup_keeps_as_many_as_the_settings_say(site: Site) -> None:
    """The newest stay."""
    names = [site.visit("/ann", "/bob") for _ in range(3)]
    site.app.extensions["replay"].recordings.max_recordings = 1
    told = "2 recordings {} (2 too many), 0 templates; 1 recording left, 0 pinned.\n"
    assert site.run("cleanup", "--dry-run").stdout == told.format("would be deleted")
    assert len(site.listed()) == 3
    assert site.run("cleanup").stdout == told.format("deleted")
    assert [summary["id"] for summary in site.listed()] == names[2:]


def test_cleanup_takes_other_limits(site: Site) -> None:
    """Ages and sizes with units. Pinned recordings stay."""
    names = [site.visit("/ann", "/bob") for _ in range(3)]
    site.run("pin", names[0])
    assert [summary.get("pinned", False) for summary in site.listed()] == [False, False, True]
    assert "finished, pinned" in site.run("list").stdout
    assert site.run("cleanup", "--max-age", "7d", "--max-size", "10GB").stdout.startswith(
        "0 recordings deleted, "
    )
    size = site.archived(names[2]).stat().st_size
    found = json.loads(site.run("cleanup", "--max-size", str(size), "--json").stdout)
    assert (found["large"], found["left"], found["busy"]) == ([names[1]], 2, False)
    site.run("unpin", names[0])
    assert site.run("cleanup", "--max-recordings", "0").stdout.startswith(
        "2 recordings deleted (2 too many)"
    )
    for option, value in (("--max-age", "soon"), ("--max-size", "10XB"), ("--max-age", "0s")):
        assert f"{value}" in site.run("cleanup", option, value, status=2).stderr


def test_cleanup_leaves_the_work_to_a_running_cleanup(site: Site) -> None:
    """This is not a failure."""
    site.app.extensions["replay"].storage.lease("0" * 26, "other", 60)
    assert site.run("cleanup").stdout.startswith("Another process")
    assert json.loads(site.run("cleanup", "--json").stdout) == {"busy": True, "dry_run": False}


def test_forget_deletes_all_recordings_of_one_visitor_and_counts_them(site: Site) -> None:
    """Running ones, too. Others stay, and unreadable ones are named."""
    site.visit("/x?user=Ann", "/y")
    running = site.visit("/x?user=Ann", "/y", finish=False)
    other = site.visit("/x?user=Bob", "/y")
    site.run("forget", "--user", "Ann", input="n\n", status=1)
    assert running in [summary["id"] for summary in site.listed()]
    assert site.run("forget", "--user", "Ann", "--yes").stdout == "2 recordings of Ann deleted.\n"
    assert [summary["id"] for summary in site.listed()] == [other]
    found = json.loads(site.run("forget", "--user", "Ann", "--yes", "--json").stdout)
    assert found == {"recordings": [], "unreadable": []}
    site.damage(other)
    assert other in site.run("forget", "--user", "Ann", "--yes", status=1).stderr


def test_an_unreadable_store_is_reported_in_one_line(site: Site) -> None:
    """The line contains the path and says what to check."""
    # fails for root too, as permissions do not
    (site.folder / "replay").symlink_to(site.folder / "replay")
    (line,) = site.run("list", status=1).stderr.splitlines()
    assert line.startswith("Error: ") and str(site.folder / "replay") in line


def test_an_app_without_replay_has_no_such_command(tmp_path: Path) -> None:
    """``Replay(app)`` adds the commands."""
    result = (
        Flask(__name__, instance_path=str(tmp_path))
        .test_cli_runner()
        .invoke(args=["replay", "list"])
    )
    assert result.exit_code == 2
    assert "No such command 'replay'" in result.stderr
