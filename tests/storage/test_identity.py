"""The identity of a store: data that one app could not save is never saved by another."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from flask_replay import Replay, SQLAlchemyStorage
from flask_replay.storage import FileStorage


def identity(bind_key: str | None = None, folder: str = "/srv/shop", **config: object) -> str:
    """Return the identity of the database store of an app with these settings."""
    app = Flask("shop", instance_path=folder)
    app.config.update(config)
    return SQLAlchemyStorage(SQLAlchemy(), bind_key=bind_key).for_app(app).identity


def test_a_folder_is_one_store_under_any_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a relative path or a link."""
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path)
    names = {
        FileStorage(path).identity for path in (tmp_path / "folder", "folder", tmp_path / "link")
    }
    assert len(names) == 1
    assert FileStorage(tmp_path / "other").identity not in names


def test_a_database_is_one_store_for_any_user() -> None:
    """Also with another password, driver or option. Another host, port, name or file is another
    store.
    """
    shop = identity(SQLALCHEMY_DATABASE_URI="postgresql://ann:secret@db:5432/shop?sslmode=require")
    assert "secret" not in shop
    assert shop == identity(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://bob@db:5432/shop")
    others = {
        identity(SQLALCHEMY_DATABASE_URI=url)
        for url in (
            "postgresql://ann@db:5433/shop",
            "postgresql://ann@other:5432/shop",
            "postgresql://ann@db:5432/test",
            "mysql+pymysql://ann@db:5432/shop",
            "sqlite:///shop.db",
            "sqlite:////srv/other.db",
        )
    }
    assert len(others | {shop}) == 7
    assert (
        identity(
            SQLALCHEMY_BINDS={"replay": {"url": "postgresql://db:5432/shop"}}, bind_key="replay"
        )
        == shop
    )
    assert identity(SQLALCHEMY_DATABASE_URI="sqlite:///shop.db", folder="/srv/other") not in others


def test_two_apps_of_the_same_name_have_separate_boxes_in_a_shared_spool(tmp_path: Path) -> None:
    """Each database gets the recordings of its own app."""
    folders = []
    for name in ("first", "second"):
        app = Flask("app", instance_path=str(tmp_path / name))
        app.config.update(
            SECRET_KEY="k",
            SQLALCHEMY_DATABASE_URI="sqlite:///app.db",
            REPLAY_SPOOL=str(tmp_path / "spool"),
        )
        Replay(app, storage=SQLAlchemyStorage(SQLAlchemy(app)))
        folders.append(app.extensions["replay"].writer.folder)
    assert folders[0] != folders[1]
    assert {folder.parent for folder in folders} == {tmp_path / "spool"}
