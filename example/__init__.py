"""Corner Books: a small shop like many Flask sites. One of its lines adds Flask-Replay."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, render_template
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from flask_replay import Replay

from . import account, cart, catalogue, chat, gifts
from .models import Book, User, db
from .seed import seed

HERE = Path(__file__).parent


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """Return the shop.

    :param config: overrides for ``app.config``.
    """
    app = Flask(__name__, instance_path=str(HERE / "instance"))
    app.config.update(
        SECRET_KEY="only-for-this-example-4b0c9e71",
        SQLALCHEMY_DATABASE_URI="sqlite:///shop.db",
    )
    app.config.update(config or {})
    db.init_app(app)
    CSRFProtect(app)
    logins = LoginManager(app)
    logins.login_view = "account.login"
    logins.login_message_category = "note"
    logins.user_loader(lambda key: db.session.get(User, int(key)))
    for part in (catalogue, cart, gifts, chat, account):
        app.register_blueprint(part.pages)
    htmx = HERE.parent / "node_modules" / "htmx2" / "dist"  # from npm, where ./dev demo installs it
    app.register_blueprint(Blueprint("htmx", __name__, static_folder=htmx, static_url_path="/htmx"))
    app.register_error_handler(404, lambda error: (render_template("404.html"), 404))
    app.register_error_handler(500, lambda error: (render_template("500.html"), 500))
    app.jinja_env.filters["money"] = money
    app.jinja_env.tests["bargain"] = is_bargain

    # `authorize` decides who may watch. Without it, only you may, in debug mode.
    Replay(app, identify=lambda: getattr(current_user, "name", None))

    with app.app_context():
        db.create_all(bind_key=None)
        seed()
    return app


def money(amount: Decimal) -> str:
    """Return a price as text."""
    return f"€\N{NO-BREAK SPACE}{amount:,.2f}"


def is_bargain(book: Book) -> bool:
    """Whether a book costs less than ten."""
    return book.price < 10
