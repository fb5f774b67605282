"""The peers: what each suite needs to run from its source distribution, and expected
differences.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

EXPECTED = Path(__file__).with_name("expected.toml")


@dataclass(frozen=True)
class Peer:
    """A project whose test suite is run.

    :param name: its name for pip.
    :param needs: requirements of its suite, besides pytest.
    :param options: options for pytest; most of them disable settings of the suite that are not
        needed here.
    :param tests: the folder of the tests in the source distribution.
    :param extras: extras of the project that its suite needs, as pip writes them.
    :param quick: this project's own tests run the suite in their environment, which therefore has
        its requirements.
    """

    name: str
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    tests: str = "tests"
    extras: str = ""
    quick: bool = False


_NO_ADDED = ("-o", "addopts=")
"""Disables options of the suite: some measure coverage in each run, or print all output."""

PEERS = (
    Peer("jinja2", needs=("trio",)),
    Peer("flask", needs=("asgiref", "greenlet", "python-dotenv", "pytest<9")),
    Peer(
        "apiflask",
        needs=("openapi-spec-validator", "flask-httpauth", "pydantic[email]", "flask[async]"),
        options=_NO_ADDED,
    ),
    Peer("flask-login", needs=("asgiref", "blinker", "semantic_version"), quick=True),
    Peer("flask-wtf", needs=("email_validator", "flask-babel", "flask-reuploaded"), quick=True),
    Peer("flask-sock"),
    Peer("flask-compress", needs=("flask-caching",)),
    # with later versions, its own dataclasses fail
    Peer("flask-sqlalchemy", needs=("aiosqlite", "blinker", "sqlalchemy<2.1")),
    Peer(
        "jinja2-fragments",
        needs=(
            "pytest-asyncio",
            "quart",
            "fastapi",
            "httpx",
            "starlette",
            "litestar",
            "sanic_testing",
            "sanic_ext",
        ),
    ),
    # its fixtures are only in a checkout
    Peer("jinjax", needs=("whitenoise", "flask"), options=_NO_ADDED),
    Peer("frozen-flask"),
    Peer("flask-smorest", needs=("flask[async]", "PyYAML"), options=_NO_ADDED),
    Peer(
        "flask-restx",
        needs=(
            "Faker==2.0.0",
            "mock",
            "pytest-benchmark",
            "pytest-flask",
            "pytest-mock",
            "blinker",
            "tzlocal",
        ),
    ),
    Peer(
        "flask-caching",
        needs=("pytest-asyncio", "pytest-xprocess", "redis", "asgiref"),
        # otherwise this is a warning, and an error
        options=("-o", "asyncio_default_fixture_loop_scope=function"),
    ),
    Peer(
        "flask-limiter",
        needs=(
            "flask[async]",
            "flask-restful",
            "flask-restx",
            "redis",
            "pymemcache",
            "pymongo",
            "hiro",
            "pytest-check",
            "pytest-mock",
            "lovely-pytest-docker",
        ),
        options=_NO_ADDED,
    ),
    Peer(
        "flask-admin",
        needs=("beautifulsoup4", "moto"),
        tests="flask_admin/tests",
        extras="[all]",
    ),
    Peer(
        "sentry-sdk",
        needs=(
            "flask",
            "flask-login",
            "pytest-forked",
            "pytest-localserver",
            "jsonschema",
            "responses",
            "executing",
            "asttokens",
            "brotli",
        ),
        options=_NO_ADDED,
        tests="tests/integrations/flask",
    ),
    Peer(
        "opentelemetry-instrumentation-flask",
        needs=("opentelemetry-test-utils",),
        # These tests allow 10 ms between the times of client and server. On a busy machine they
        # fail without recording, and always with it, because an app of a suite gets its Replay
        # within its first request.
        options=(
            "--deselect",
            "tests/test_programmatic.py::TestProgrammatic::test_flask_metric_values",
            "--deselect",
            "tests/test_programmatic.py::TestProgrammatic::test_flask_metrics",
        ),
    ),
    Peer("opentelemetry-instrumentation-jinja2", needs=("opentelemetry-test-utils",)),
    # These have no tests in their source distributions, and are run with ``--checkout``. They are
    # listed so that a later release with tests is noticed.
    Peer("flask-babel", needs=("pytest-mock",)),
    # five of its eleven tests need no server; Redis and memcached on this machine are one test each
    Peer(
        "flask-session",
        needs=(
            "redis",
            "pymemcache",
            "flask-sqlalchemy",
            "pymongo",
            "boto3",
            "mypy_boto3_dynamodb",
            "psycopg2-binary",
        ),
        options=_NO_ADDED,
    ),
    Peer("bootstrap-flask", needs=("flask-wtf", "flask-sqlalchemy", "beautifulsoup4")),
    Peer(
        "jinja-partials",
        needs=("pytest-clarity", "flask", "fastapi", "quart", "starlette", "httpx"),
    ),
)


def expected(peer: str) -> dict[str, str]:
    """Return the tests of a peer that are expected to differ, with the reason of each."""
    found: dict[str, str] = tomllib.loads(EXPECTED.read_text()).get(peer, {})
    return found
