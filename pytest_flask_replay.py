"""The options of ``pytest --replay``. Everything else of Flask-Replay is imported only with this
option.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--replay`` and ``--replay-dir``."""
    group = parser.getgroup("flask-replay")
    what = "Record each test that uses a Flask app, and keep the recordings of those that fail."
    where = "Where --replay keeps them (default: %(default)s)."
    group.addoption("--replay", action="store_true", help=what)
    group.addoption("--replay-dir", default="replay-results", metavar="DIR", help=where)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Register the plugin before any app is created."""
    options = early_config.known_args_namespace
    if options.replay:
        from flask_replay.testing.plugin import ReplayPlugin

        folder = early_config.invocation_params.dir / options.replay_dir
        early_config.pluginmanager.register(ReplayPlugin(folder), "flask-replay-recorder")
