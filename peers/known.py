"""The peers: what each suite needs to run from its source distribution, and what is known to
differ.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

EXPECTED = Path(__file__).with_name("expected.toml")


@dataclass(frozen=True)
class Peer:
    """A project of which the suite is run.

    :param name: as pip knows it.
    :param needs: requirements of its suite, pytest aside.
    :param options: of pytest; most put aside what a suite asks for that is no part of its tests.
    :param tests: where they are, in the source distribution.
    :param extras: of its own that its suite needs, as pip writes them.
    :param quick: the project's own tests run it, in their environment, which therefore has its
        needs.
    """

    name: str
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    tests: str = "tests"
    extras: str = ""
    quick: bool = False


_NO_ADDED = ("-o", "addopts=")
"""Some measure coverage in each run, or print all that is written."""

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
    Peer(
        "flask-sqlalchemy", needs=("aiosqlite", "blinker", "sqlalchemy<2.1")
    ),  # later, its own dataclasses fail
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
    Peer(
        "jinjax", needs=("whitenoise", "flask"), options=_NO_ADDED
    ),  # its fixtures are in a checkout alone
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
        options=(
            "-o",
            "asyncio_default_fixture_loop_scope=function",
        ),  # what is not said is a warning, and an error
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
        # They allow 10 ms between a client's time and the server's: on a busy machine they fail
        # bare, and recorded always, for an app of a suite gets its Replay within its first request.
        options=(
            "--deselect",
            "tests/test_programmatic.py::TestProgrammatic::test_flask_metric_values",
            "--deselect",
            "tests/test_programmatic.py::TestProgrammatic::test_flask_metrics",
        ),
    ),
    Peer("opentelemetry-instrumentation-jinja2", needs=("opentelemetry-test-utils",)),
    # These ship no tests in their source distributions, and are run with ``--checkout``; else they
    # are here to be noticed once they do.
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
    """Return the tests of a peer that differ, and must, with the reason of each."""
    found: dict[str, str] = tomllib.loads(EXPECTED.read_text()).get(peer, {})
    return found
