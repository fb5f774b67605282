"""Credentials in a database's address appear in no message, wherever in the address they are."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_replay import ConfigError, Replay, SQLAlchemyStorage, StorageError
from flask_replay.storage.sql.address import discreet, shown_address

from ..conftest import AppMaker, replay_of
from .stores import open_database, using

SECRET = "Hunter2-7zQ"
ODBC = "DRIVER%3D%7BODBC+18%7D%3BSERVER%3Dh%3BUID%3Dsa%3BPWD%3D"

ADDRESSES = [
    (
        f"postgresql+psycopg://ann:{SECRET}@db.example:5432/shop",
        "postgresql+psycopg://ann:***@db.example:5432/shop",
    ),
    (
        f"postgresql+psycopg://db.example/shop?user=ann&password={SECRET}",
        "postgresql+psycopg://db.example/shop",
    ),
    (f"postgresql+psycopg:///shop?host=/run/pg&sslpassword={SECRET}", "postgresql+psycopg:///shop"),
    (
        f"mysql+pymysql://ann@db.example/shop?passwd={SECRET}&charset=utf8",
        "mysql+pymysql://ann@db.example/shop",
    ),
    (f"mssql+pyodbc:///?odbc_connect={ODBC}{SECRET}", "mssql+pyodbc:///"),
    (f"mssql+pyodbc:///?odbc_connect={ODBC}%7B{SECRET}%7D%3BEncrypt%3Dyes", "mssql+pyodbc:///"),
    (f"mssql+pyodbc://sa:{SECRET}@dsn?driver=ODBC+18", "mssql+pyodbc://sa:***@dsn"),
    (
        f"postgresql+psycopg://ann:p@{SECRET}@db.example/shop",
        "postgresql+psycopg://ann:***@db.example/shop",
    ),
    (
        f"postgresql+psycopg://ann:p@ss/{SECRET}@db.example/shop",
        "postgresql+psycopg://ann:***@ss/db.example/shop",
    ),
    ("sqlite:////srv/a-b/shop.db", "sqlite:////srv/a-b/shop.db"),
]


@pytest.mark.parametrize(("address", "shown"), ADDRESSES)
def test_an_address_is_shown_without_credentials(address: str, shown: str) -> None:
    """User and host are useful for whoever investigates."""
    assert shown_address(sa.make_url(address)) == shown


@pytest.mark.parametrize("address", [address for address, _ in ADDRESSES[:-1]])
@pytest.mark.parametrize(
    "said",
    [
        'invalid connection option "{secret}"',
        "connection to {address} failed",
        "could not translate host name '{secret}@db.example'",
        "[HY000] Login failed for DRIVER={{ODBC 18}};UID=sa;PWD={secret};",
        "password={secret} host=db.example",
    ],
)
def test_a_password_repeated_by_a_driver_is_redacted(address: str, said: str) -> None:
    """In any wording."""
    text = discreet(said.format(secret=SECRET, address=address), sa.make_url(address))
    assert SECRET not in text


@pytest.mark.parametrize(
    "said", ["connection refused", 'FATAL: password authentication failed for user "ann"']
)
def test_other_parts_of_a_drivers_message_stay(said: str) -> None:
    """People need the message to fix the problem, and ``ann`` is not a secret."""
    assert discreet(said, sa.make_url(ADDRESSES[0][0])) == said


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql//ann:{SECRET}@db.example/shop",
        f"postgresql://ann:x:{SECRET}@h:12ab/db",
        f"{SECRET}",
    ],
)
def test_an_invalid_address_is_refused_without_showing_it(address: str) -> None:
    """SQLAlchemy's own message may repeat it."""
    app, db = Flask("app"), SQLAlchemy()
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    with pytest.raises(
        ConfigError, match="its address must be dialect://user:password@host/name"
    ) as raised:
        Replay(app, storage=SQLAlchemyStorage(db))
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "options", ["?password={}&connect_timeout=1", "?passfile=/none&password={}"]
)
def test_doctor_health_and_errors_show_no_password(
    make_app: AppMaker, options: str, caplog: pytest.LogCaptureFixture
) -> None:
    """For an unreachable database whose password is an option of the address."""
    url = "postgresql+psycopg://ann@127.0.0.1:1/shop" + options.format(SECRET)
    with using(open_database(url)) as storage:
        app = make_app(
            storage=storage, authorize=lambda action, recording: True, REPLAY_RETRY_DELAY=0.01
        )
        app.test_client().get("/two")
        with app.app_context(), pytest.raises(StorageError) as raised:
            replay_of(app).flush()
        viewer = app.test_client()
        texts = [
            viewer.get(path).text for path in ("/replay/", "/replay/health", "/replay/health.json")
        ]
        texts += [
            app.test_cli_runner().invoke(args=["replay", *words]).output
            for words in (["doctor"], ["list"])
        ]
    for text in [*texts, str(raised.value), caplog.text]:
        assert "127.0.0.1" in text
        assert SECRET not in text
