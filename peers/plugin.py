"""A pytest plugin for the suites of peers: ``-p peers.plugin --peers-report FILE``, and
``--peers-record`` to record.

Every Flask app gets a Replay at its first request, and all other Jinja environments are
instrumented like those of Flask. After each test, its recording is encoded, decoded, rendered again
and compared with the original output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest
from flask.templating import Environment as FlaskEnvironment
from jinja2 import Environment, Template

from flask_replay.boundary import Boundary
from flask_replay.codec import decode_batch, encode_batch
from flask_replay.engine.replaying import Renderer
from flask_replay.engine.replaying.verify import Outcome, Verdict, verify
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.programs.programs import ProgramRecording
from flask_replay.recorder.templates.environments import WatchedEnvironment
from flask_replay.recorder.templates.render import Render, frames
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Frame
from flask_replay.sanitize import Sanitizer
from flask_replay.testing.plugin import ReplayPlugin

from .reports import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("peers")
    group.addoption("--peers-report", type=Path, metavar="FILE")
    group.addoption("--peers-record", action="store_true")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register the plugins before any app or environment is created."""
    options = early_config.known_args_namespace
    report = Report()
    early_config.pluginmanager.register(Outcomes(report, options.peers_report), "peers-outcomes")
    if options.peers_record:
        folder = options.peers_report.with_suffix("")
        early_config.pluginmanager.register(Recording(folder, report), "peers-recording")


class Outcomes:
    """Collects the outcome of each test."""

    def __init__(self, report: Report, file: Path) -> None:
        self.report = report
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the outcome of a phase. A failure outside the test itself is an error."""
        outcome: str = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        elif report.failed and report.when != "call":
            outcome = "error"
        self.report.ended(report.nodeid, outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Add a module that cannot be imported."""
        if report.failed:
            self.report.ended(report.nodeid, "error")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the report."""
        self.file.write_text(json.dumps(self.report.document(), indent=1))


class Recording(ReplayPlugin):
    """Records every app and every environment, and compares each recording with its replay.

    :param folder: the folder for recordings of failed tests.
    """

    def __init__(self, folder: Path, report: Report) -> None:
        self.report = report
        self.sink: Sink | None = None
        super().__init__(folder)

    def _patch(self) -> None:
        super()._patch()
        begin, from_string, boundary = Environment.__init__, Environment.from_string, Boundary()

        @wraps(begin)
        def init(environment: Environment, *arguments: Any, **options: Any) -> None:
            begin(environment, *arguments, **options)
            if not isinstance(environment, FlaskEnvironment) and _is_a_peers(environment):
                WatchedEnvironment(lambda: self.sink, boundary).attach(environment)

        @wraps(from_string)
        def make(
            environment: Environment, source: Any, globals: Any = None, template_class: Any = None
        ) -> Template:
            # ``Template(source)`` creates its own environment
            own = None if template_class is Template else template_class
            return from_string(environment, source, globals, own)

        self.patch.setattr(Environment, "__init__", init)
        self.patch.setattr(Environment, "from_string", make)

    def _begin(self, name: str) -> None:
        super()._begin(name)
        self.sink = Sink()

    def _end(self) -> None:
        sink, self.sink = self.sink, None
        if sink is not None and self.test is not None:
            self._compare(self.test.name, sink.renders)
        super()._end()

    def _delete(self, recording: ProgramRecording, test: str) -> None:
        if recording.id in self.storage.ids():
            with self.host.app_context():
                kept = self.replay.recordings.get(recording.id).frames
                self._count(test, kept, self.replay._state().renderer)
        super()._delete(recording, test)

    def _compare(self, test: str, renders: list[Render]) -> None:
        """Make frames of the renders of environments, as a recording would, and replay them."""
        made, documents = frames(
            renders, lambda moment: 0, Cleaner(Sanitizer(), Boundary()).begin()
        )
        batch = decode_batch(encode_batch(Batch(tuple(made)), "msgpack"), "msgpack")
        kept = [event for event in batch.events if isinstance(event, Frame)]
        self._count(
            test, kept, Renderer(documents.__getitem__), [render.output for render in renders]
        )

    def _count(
        self,
        test: str,
        kept: Iterable[Frame],
        renderer: Renderer,
        outputs: list[str | None] | None = None,
    ) -> None:
        report = self.report
        for number, frame in enumerate(kept):
            verdict = verify(number, frame, renderer)
            report.verdicts[verdict.verdict] = report.verdicts.get(verdict.verdict, 0) + 1
            if verdict.verdict == Outcome.DIFFERENT:
                output = None if outputs is None else outputs[number]
                say = partial(_described, verdict, output, renderer.render(frame).html)
                report.different.setdefault(test, []).append(say())
            elif verdict.verdict == Outcome.NOT_RECORDED:
                report.unrecorded[frame.unrecorded] = report.unrecorded.get(frame.unrecorded, 0) + 1


class Sink:
    """Collects the renders of one test."""

    max_reads = 100_000
    ignoring = 0
    unseen = False

    def __init__(self) -> None:
        self.renders: list[Render] = []

    def opened(self, render: Render) -> None:
        """Add a render that begins."""
        self.renders.append(render)


def _is_a_peers(environment: Environment) -> bool:
    """Whether an environment is not one of the replay's own."""
    return not type(environment).__module__.startswith("flask_replay.")


def _described(verdict: Verdict, output: str | None, html: str) -> str:
    """Return one line about a frame that differs."""
    where = verdict.template or "(string)"
    was = "" if output is None else f" was {output!r:.160}"
    return f"{where}: {verdict.problem or 'no problem seen'};{was} is {html!r:.160}"
