"""Flask-Security-Too: register and confirm, log in, fail, recover and change the password, two
factors.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask
from flask_security import MailUtil, Security, SQLAlchemyUserDatastore, hash_password
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from flask_replay.storage import FileStorage, Recordings

from .harness import Visit, verify

PASSWORD = "a long password"
LONGER = "an even longer password"


class Mails(MailUtil):  # type: ignore[misc]
    """Keeps mails instead of sending them. Their texts are rendered normally."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self.app = app

    def send_mail(self, *arguments: Any, **options: Any) -> None:
        """Keep a mail: its text is the fifth argument."""
        self.app.extensions.setdefault("mails", []).append(str(arguments[4]))


def make_app(folder: Path) -> Flask:
    app = Flask("securityapp", instance_path=str(folder / "instance"))
    app.config.update(
        SECRET_KEY="test",
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_REGISTERABLE=True,
        SECURITY_CONFIRMABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_EMAIL=True,
        SECURITY_TRACKABLE=True,
        SECURITY_AUTO_LOGIN_AFTER_CONFIRM=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SQLALCHEMY_DATABASE_URI="sqlite://",
    )
    db = SQLAlchemy(app)
    fsqla.FsModels.set_db_info(db)  # type: ignore[attr-defined,no-untyped-call]

    class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined,misc]
        pass

    class User(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined,misc]
        pass

    security = Security(app, SQLAlchemyUserDatastore(db, User, Role), mail_util_cls=Mails)
    with app.app_context():
        db.create_all()
        user = security.datastore.create_user(
            email="ann@example.com", password=hash_password(PASSWORD)
        )
        user.confirmed_at = datetime(2024, 1, 2)
        db.session.commit()
    app.add_url_rule("/", view_func=lambda: "<!doctype html><p>home</p>")
    return app


def mailed_link(visit: Visit) -> str:
    """Return the path of the link in the last mail."""
    found = re.search(r"http://localhost(/\S+)", visit.app.extensions["mails"][-1])
    assert found is not None
    return found.group(1)


def logging_in(visit: Visit) -> None:
    """Fail to log in, log in, change the password and the address, log out."""
    visit.get("/login")
    visit.post("/login", email="ann@example.com", password="wrong password")
    visit.post("/login", email="", password="")
    visit.post("/login", email="no address", password="x")
    visit.get("/change")  # leads to the login
    visit.get("/login")
    visit.post("/login", email="ann@example.com", password=PASSWORD)
    visit.get("/login")
    visit.get("/change")
    visit.post("/change", password="wrong one", new_password="x", new_password_confirm="y")
    visit.post("/change", password=PASSWORD, new_password=PASSWORD, new_password_confirm=PASSWORD)
    visit.post("/change", password=PASSWORD, new_password=LONGER, new_password_confirm=LONGER)
    visit.get("/change-email")
    visit.post("/change-email", email="not one")
    visit.post("/change-email", email="anna@example.com")
    visit.get("/verify")
    visit.post("/verify", password="wrong")
    visit.post("/logout")


def joining(visit: Visit) -> None:
    """Register, first with errors, confirm the address, log in."""
    visit.get("/register")
    visit.post("/register", email="bad", password="short", password_confirm="other")
    visit.post("/register", email="ann@example.com", password=PASSWORD, password_confirm=PASSWORD)
    visit.post("/register", email="ben@example.com", password=PASSWORD, password_confirm=PASSWORD)
    link = mailed_link(visit)
    visit.get("/login")
    visit.post("/login", email="ben@example.com", password=PASSWORD)
    visit.get("/confirm")
    visit.post("/confirm", email="nobody@example.com")
    visit.post("/confirm", email="ben@example.com")
    visit.get("/confirm/rubbish")
    visit.get(link)
    visit.get("/login")
    visit.post("/login", email="ben@example.com", password=PASSWORD)


def recovering(visit: Visit) -> None:
    """Reset a forgotten password with the link in the mail."""
    visit.get("/reset")
    visit.post("/reset", email="")
    visit.post("/reset", email="nobody@example.com")
    visit.post("/reset", email="ann@example.com")
    link = mailed_link(visit)
    visit.get("/reset/rubbish")
    visit.get(link)
    visit.post(link, password="short", password_confirm="other")
    visit.post(link, password=LONGER, password_confirm=LONGER)


def test_login_replays_exactly(tmp_path: Path) -> None:
    """With changes of password and address. No password is on the disk."""
    assert_secret(verify(make_app, tmp_path, logging_in, frames=14))


def test_registration_replays_exactly(tmp_path: Path) -> None:
    """With confirmation and mails. No password is on the disk."""
    assert_secret(verify(make_app, tmp_path, joining, frames=12))


def test_recovery_replays_exactly(tmp_path: Path) -> None:
    """By mail. No password is on the disk."""
    assert_secret(verify(make_app, tmp_path, recovering, frames=8))


def assert_secret(store: Path) -> None:
    """Assert that no password was kept."""
    recordings = Recordings(FileStorage(store), 1000, 1e9)
    for summary in recordings.summaries():
        kept = msgspec.json.encode(recordings.get(summary.id))
        assert b"ann@example.com" in kept
        assert PASSWORD.encode() not in kept
        assert LONGER.encode() not in kept
