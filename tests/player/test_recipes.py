"""The recipes of ``docs/access.md`` open the player to the right people, and to nobody else."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_babel import Babel
from flask_httpauth import HTTPBasicAuth
from flask_login import LoginManager, UserMixin, login_user
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3 as fsqla
from flask_sqlalchemy import SQLAlchemy

from flask_replay.storage import FileStorage

from .handmade import TOUR, keep

DOCS = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
RECIPES = dict(re.findall(r"## ([^\n]+)\n.*?```python\n(.*?)```", DOCS, re.DOTALL))
Prepared = tuple[dict[str, Any], Callable[[str], FlaskClient]]
"""Names that a recipe presupposes, and a function that returns the browser of a user, ``""`` for
nobody's.
"""


class User(UserMixin):  # type: ignore[misc]
    """A user for Flask-Login."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.is_admin = id == "ann"


def with_login(app: Flask) -> Prepared:
    LoginManager(app).user_loader(User)
    app.add_url_rule("/login", "login", lambda: "log in")

    def enter(name: str) -> str:
        return str(login_user(User(name)))

    app.add_url_rule("/enter/<name>", "enter", enter)

    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        if name:
            client.get(f"/enter/{name}")
        return client

    return {}, browser


def with_admin(app: Flask) -> Prepared:
    given, browser = with_login(app)
    Babel(app)  # which Flask-Admin uses if it is installed
    return {**given, "admin": Admin(app)}, browser


def with_security(app: Flask) -> Prepared:
    app.config.update(
        SECURITY_PASSWORD_SALT="salt",
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SQLALCHEMY_DATABASE_URI="sqlite://",
        WTF_CSRF_ENABLED=False,
    )
    db = SQLAlchemy(app)
    fsqla.FsModels.set_db_info(db)  # type: ignore[attr-defined,no-untyped-call]

    class Role(db.Model, fsqla.FsRoleMixin):  # type: ignore[name-defined,misc]
        pass

    class Person(db.Model, fsqla.FsUserMixin):  # type: ignore[name-defined,misc]
        __tablename__ = "user"

    people = SQLAlchemyUserDatastore(db, Person, Role)
    Security(app, people)
    with app.app_context():
        db.create_all()
        role = people.create_role(name="support")
        for name in ("ann", "bob"):
            people.create_user(
                email=f"{name}@example.org",
                password="a long password",
                roles=[role] if name == "ann" else [],
            )
        db.session.commit()

    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        if name:
            said = {"email": f"{name}@example.org", "password": "a long password"}
            assert client.post("/login", data=said).status_code == 302
        return client

    return {}, browser


def with_passwords(app: Flask) -> Prepared:
    auth = HTTPBasicAuth()
    auth.verify_password(lambda name, password: name if password == "right" else None)
    auth.get_user_roles(lambda name: ["support"] if name == "ann" else [])

    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        password = "wrong" if name == "forged" else "right"
        if name:
            said = base64.b64encode(f"{name.replace('forged', 'ann')}:{password}".encode()).decode()
            client.environ_base["HTTP_AUTHORIZATION"] = f"Basic {said}"
        return client

    return {"auth": auth}, browser


def behind_a_proxy(app: Flask) -> Prepared:
    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        if name == "forged":
            client.environ_base |= {
                "HTTP_X_FORWARDED_USER": "ann@example.org",
                "REMOTE_ADDR": "203.0.113.9",
            }
        elif name:
            client.environ_base["HTTP_X_FORWARDED_USER"] = f"{name}@example.org"
        return client

    return {}, browser


def with_session(app: Flask) -> Prepared:
    def enter(name: str) -> str:
        session["user"] = name
        return name

    app.add_url_rule("/enter/<name>", "enter", enter)

    def browser(name: str) -> FlaskClient:
        client = app.test_client()
        if name:
            client.get(f"/enter/{name}")
        return client

    return {}, browser


PREPARE: dict[str, tuple[Callable[[Flask], Prepared], int | str]] = {
    "Flask-Login": (with_login, "/login?next=/replay/"),
    "Flask-Security-Too": (with_security, "/login?next=/replay/"),
    "Flask-Admin": (with_admin, 404),
    "Flask-HTTPAuth": (with_passwords, 401),
    "A proxy that logs people in": (behind_a_proxy, 404),
    "Programs that read": (with_login, 404),
    "Everybody their own": (with_session, 200),
}
"""The app for a recipe, and the responses to strangers."""


def cook(name: str, folder: Path) -> tuple[Flask, Callable[[str], FlaskClient]]:
    """Return an app with a recipe."""
    app = Flask("recipe", instance_path=str(folder / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=False, REPLAY_STORAGE=str(folder / "store"))
    given, browser = PREPARE[name][0](app)
    exec(compile(RECIPES[name], "access.md", "exec"), {"app": app, **given})
    return app, browser


def test_every_recipe_is_tested() -> None:
    """There is none that no test runs."""
    assert RECIPES.keys() == PREPARE.keys()


@pytest.mark.parametrize("name", [name for name in PREPARE if name != "Everybody their own"])
def test_a_recipe_lets_in_only_its_own_people(name: str, tmp_path: Path) -> None:
    """Ann has permission. Bob, a known user, has not. Strangers are sent to the login page, if
    there is one.
    """
    _, browser = cook(name, tmp_path)
    recording = keep(FileStorage(tmp_path / "store"), TOUR)
    place = "/admin/recordings" if name == "Flask-Admin" else "/replay"
    for view in ("/", f"/{recording}", f"/{recording}/steps.json", f"/{recording}/page/0"):
        assert browser("ann").get(place + view).status_code == 200
        refused = 403 if name == "Flask-HTTPAuth" else 404
        assert browser("bob").get(place + view).status_code == refused
    answer = browser("").get(f"{place}/")
    strangers = PREPARE[name][1]
    assert strangers in {answer.status_code, answer.headers.get("Location")}


@pytest.mark.parametrize("name", ["Flask-HTTPAuth", "A proxy that logs people in"])
def test_people_who_only_claim_to_be_ann_are_refused(name: str, tmp_path: Path) -> None:
    """With a wrong password, or with the proxy's header but not through the proxy."""
    _, browser = cook(name, tmp_path)
    assert browser("forged").get("/replay/").status_code == PREPARE[name][1]


def test_the_admin_has_a_link_that_others_do_not_see(tmp_path: Path) -> None:
    """In the menu."""
    _, browser = cook("Flask-Admin", tmp_path)
    assert "/admin/recordings/" in browser("ann").get("/admin/").get_data(as_text=True)
    assert "/admin/recordings/" not in browser("bob").get("/admin/").get_data(as_text=True)


def test_users_see_their_own_recordings(tmp_path: Path) -> None:
    """Nobody sees recordings without a name."""
    _, browser = cook("Everybody their own", tmp_path)
    storage = FileStorage(tmp_path / "store")
    mine, theirs, nobodys = (keep(storage, TOUR, name=name) for name in ("ann", "bob", ""))
    for name, seen, hidden in (
        ("ann", [mine], [theirs, nobodys]),
        ("", [], [mine, theirs, nobodys]),
    ):
        listed = browser(name).get("/replay/").get_data(as_text=True)
        for id in seen:
            assert id in listed and browser(name).get(f"/replay/{id}").status_code == 200
        for id in hidden:
            assert id not in listed and browser(name).get(f"/replay/{id}").status_code == 404
