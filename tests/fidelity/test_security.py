"""Flask-Security-Too: register, log in, fail, change the password."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, hash_password
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from .harness import Visit, verify


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = Flask("securityapp", instance_path=str(tmp_path / "instance"))
    app.config.update(
        SECRET_KEY="test",
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_REGISTERABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SQLALCHEMY_DATABASE_URI="sqlite://",
    )
    db = SQLAlchemy(app)
    fsqla.FsModels.set_db_info(db)

    class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined,misc]
        pass

    class User(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined,misc]
        pass

    security = Security(app, SQLAlchemyUserDatastore(db, User, Role))
    with app.app_context():
        db.create_all()
        security.datastore.create_user(email="ann@example.com", password=hash_password("a long password"))
        db.session.commit()

    @app.get("/")
    def home() -> str:
        return "<!doctype html><p>home</p>"

    return app


def drive(visit: Visit) -> None:
    visit.get("/login")
    visit.post("/login", email="ann@example.com", password="wrong password")
    visit.post("/login", email="", password="")
    visit.get("/register")
    visit.post("/register", email="bad", password="short", password_confirm="other")
    visit.get("/reset")
    visit.post("/reset", email="nobody@example.com")
    visit.get("/login")
    visit.post("/login", email="ann@example.com", password="a long password")
    visit.get("/change")
    visit.post("/change", password="wrong one", new_password="x", new_password_confirm="y")
    visit.post(
        "/change",
        password="a long password",
        new_password="a longer password",
        new_password_confirm="a longer password",
    )
    visit.post("/logout")


def test_flask_security_replays_exactly(app: Flask, tmp_path: Path) -> None:
    """Login, registration, recovery and change of password verify, and no password is on the disk."""
    verify(app, tmp_path / "replay", drive, frames=10)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "replay").rglob("*") if path.is_file())
    assert b"a long password" not in stored
