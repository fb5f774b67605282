"""The pages that are measured. Each is an app of its own that answers one request repeatedly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import (
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    render_template_string,
    request,
)
from jinja2 import DictLoader

from .page import make_app as make_tasks_app
from .page import make_tasks

_PNG = bytes(range(256)) * 8


class Page(NamedTuple):
    """One page.

    :param label: its name in the table.
    :param make: returns the app, without any tool.
    :param sent: arguments of a request besides its path, for ``EnvironBuilder``.
    :param each: returns additional items for the environment of each request.
    """

    label: str
    make: Callable[[], Flask]
    sent: Mapping[str, Any] = MappingProxyType({})
    each: Callable[[], dict[str, Any]] = dict


PAGES: dict[str, Page] = {
    "tasks": Page("25 rows of tasks: macros, 360 attributes, 107 calls", make_tasks_app)
}

Wire = Callable[[Flask], object]


def _page(
    label: str,
    sent: Mapping[str, Any] = MappingProxyType({}),
    each: Callable[[], dict[str, Any]] = dict,
    **templates: str,
) -> Callable[[Wire], Wire]:
    """Add a page to the family, by a function that adds routes to its app; the page has the
    endpoint ``page``.
    """

    def take(wire: Wire) -> Wire:
        def make() -> Flask:
            app = Flask(f"benchmarks_{wire.__name__}")
            app.config["SECRET_KEY"] = "benchmark"
            app.jinja_options = {
                "loader": DictLoader({f"{name}.html": text for name, text in templates.items()})
            }
            wire(app)
            return app

        PAGES[wire.__name__] = Page(label, make, sent, each)
        return wire

    return take


@_page(
    "invoices: macros with context, filters of the app's, calls",
    macros="""{% macro amount(invoice) %}<b class="{{ 'late' if invoice.late else 'fine' }}">
{{ invoice.total()|money(currency) }}</b>{% endmacro %}
{% macro party(p) %}<a href="{{ url_for('page', who=p.code) }}" title="{{ shop }}">{{ p.name|short }}</a>{% endmacro %}""",
    page="""{% from "macros.html" import amount, party with context %}<!doctype html><title>{{ shop }}</title>
<table>{% for invoice in invoices %}<tr id="i{{ invoice.number }}" class="{{ loop.cycle('odd', 'even') }}">
<td>{{ invoice.number }}</td><td>{{ party(invoice.buyer) }}</td><td>{{ amount(invoice) }}</td>
<td>{{ invoice.day|day }}</td><td>{{ invoice.describe("en") }}</td><td>{{ invoice.note|default("-", true)|short }}</td>
<td>{% if can("edit", invoice) %}<a href="/edit/{{ invoice.number }}">edit</a>{% endif %}</td></tr>{% endfor %}</table>
<p>{{ invoices|sum(attribute="net")|money(currency) }}</p>""",
)
def invoices(app: Flask) -> None:
    class Buyer:
        def __init__(self, code: str, name: str) -> None:
            self.code, self.name = code, name

    class Invoice:
        def __init__(self, number: int, buyer: Buyer) -> None:
            self.number, self.buyer, self.net = number, buyer, number * 3.5
            self.day, self.late = (2024, 1 + number % 12), number % 3 == 0
            self.note = f"to be paid within {number} days" if number % 2 else None

        def total(self) -> float:
            return self.net * 1.2

        def describe(self, language: str) -> str:
            return f"{language}: delivery {self.number} of {self.buyer.name}"

    buyers = [
        Buyer(f"b{number}", f"Company of {name}")
        for number, name in enumerate(("Ada", "Ben", "Cleo"))
    ]
    found = [Invoice(number, buyers[number % 3]) for number in range(25)]
    app.add_template_filter(lambda value, currency: f"{value:,.2f} {currency}", "money")
    app.add_template_filter(lambda text: text[:20], "short")
    app.add_template_filter(lambda day: f"{day[0]}-{day[1]:02}", "day")
    app.add_template_global(lambda action, thing: action == "edit" and not thing.late, "can")
    app.context_processor(lambda: {"shop": "The corner shop", "currency": "EUR"})
    app.add_url_rule("/", "page", lambda: render_template("page.html", invoices=found))


@_page(
    "books over SQLAlchemy: joined author and tags, SQLite",
    page="""<!doctype html><title>Books</title>{% for book in books %}<article id="b{{ book.id }}">
<h2>{{ book.title }}</h2><p>by {{ book.author.name }}, {{ book.author.country }}, {{ book.year or "?" }}</p>
<p>{{ book.about|truncate(60) }}</p><ul>{% for tag in book.tags %}<li class="{{ tag.kind }}">{{ tag.name }}</li>
{% endfor %}</ul></article>{% else %}<p>none</p>{% endfor %}""",
)
def books(app: Flask) -> None:
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy.orm import joinedload, selectinload
    from sqlalchemy.pool import StaticPool

    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": StaticPool}
    db: Any = SQLAlchemy(app)
    tagged = db.Table(
        "tagged",
        db.Column("book", db.ForeignKey("book.id")),
        db.Column("tag", db.ForeignKey("tag.id")),
    )

    class Author(db.Model):  # type: ignore[misc]
        id = db.Column(db.Integer, primary_key=True)
        name, country = db.Column(db.String(80)), db.Column(db.String(80))

    class Tag(db.Model):  # type: ignore[misc]
        id = db.Column(db.Integer, primary_key=True)
        name, kind = db.Column(db.String(80)), db.Column(db.String(80))

    class Book(db.Model):  # type: ignore[misc]
        id = db.Column(db.Integer, primary_key=True)
        title, about, year = db.Column(db.String(80)), db.Column(db.Text), db.Column(db.Integer)
        author_id = db.Column(db.ForeignKey("author.id"))
        author, tags = db.relationship(Author), db.relationship(Tag, secondary=tagged)

    with app.app_context():
        db.create_all()
        authors = [Author(name=name, country="Iceland") for name in ("Ada", "Ben", "Cleo", "Dan")]
        tags = [Tag(name=f"tag {number}", kind=("genre", "age")[number % 2]) for number in range(6)]
        for number in range(25):
            chosen = [tags[(number + step) % 6] for step in range(1 + number % 3)]
            about = (
                f"The story of number {number}, and of all that came before and after it, told "
                "again. " * 2
            )
            author = authors[number % 4]
            db.session.add(
                Book(
                    title=f"Book {number}",
                    about=about,
                    year=1950 + number,
                    author=author,
                    tags=chosen,
                )
            )
        db.session.commit()

    @app.get("/", endpoint="page")
    def page() -> str:
        wanted = (
            db.select(Book)
            .options(joinedload(Book.author), selectinload(Book.tags))
            .order_by(Book.title)
        )
        return render_template("page.html", books=db.session.scalars(wanted).all())


@_page(
    "a table of 1,000 rows, 13 reads each",
    page="""<!doctype html><table>{% for r in rows %}<tr class="{{ r.state }}"><td>{{ r.id }}</td><td>{{ r.name }}</td>
<td>{{ r.mail }}</td><td>{{ r.city }}</td><td>{{ r.street }}</td><td>{{ r.zip }}</td><td>{{ r.age }}</td>
<td>{{ r.score }}</td><td>{% if r.active %}yes{% endif %}</td><td>{{ r.team }}</td><td>{{ r.role }}</td>
<td>{{ r.since }}</td></tr>{% endfor %}</table>""",
)
def table(app: Flask) -> None:
    class Row(NamedTuple):
        state: str
        id: int
        name: str
        mail: str
        city: str
        street: str
        zip: int
        age: int
        score: float
        active: bool
        team: str
        role: str
        since: str

    rows = [
        Row(
            ("new", "old")[n % 2], n, f"Name {n}", f"n{n}@example.com", f"City {n % 40}", f"Street {n % 90}", 10_000 + n,
            18 + n % 60, n / 7, n % 3 > 0, f"Team {n % 9}", ("lead", "staff")[n % 5 > 0], f"20{n % 24:02}-01-01",
        )
        for n in range(1000)
    ]  # fmt: skip
    app.add_url_rule("/", "page", lambda: render_template("page.html", rows=rows))


@_page("render_template_string of one line")
def line(app: Flask) -> None:
    text = "<p>Hello {{ name }}, you have {{ count }} new message{{ 's' if count != 1 }}.</p>"
    app.add_url_rule("/", "page", lambda: render_template_string(text, name="Ada", count=3))


@_page("JSON of 20 objects, no template")
def api(app: Flask) -> None:
    found = [
        {
            "id": n,
            "title": f"Number {n}",
            "price": n * 1.5,
            "stock": n % 7,
            "tags": ["a", "b"],
            "open": n % 2 == 0,
        }
        for n in range(20)
    ]
    app.add_url_rule("/", "page", lambda: jsonify(items=found, total=len(found), next=None))


_FORM = {
    "name": "",
    "mail": "nobody",
    "age": "7",
    "about": "A few words about me",
    "country": "is",
    "csrf": "x" * 40,
}


@_page(
    "a form that comes back with its errors",
    {"method": "POST", "data": _FORM},
    page="""<!doctype html><form method="post">{% for field in form %}{% if field.type != "HiddenField" %}
<p class="{{ 'wrong' if field.errors }}">{{ field.label }} {{ field(class_="input") }}{% for error in field.errors %}
<em>{{ error }}</em>{% endfor %}</p>{% endif %}{% endfor %}<button>Send</button></form>""",
)
def form(app: Flask) -> None:
    from wtforms import (
        Form,
        HiddenField,
        IntegerField,
        SelectField,
        StringField,
        TextAreaField,
        validators,
    )

    class Profile(Form):
        csrf = HiddenField()
        name = StringField("Name", [validators.DataRequired()])
        mail = StringField("E-mail", [validators.Regexp(".+@.+")])
        age = IntegerField("Age", [validators.NumberRange(min=18)])
        about = TextAreaField("About", [validators.Length(max=10)])
        country = SelectField("Country", choices=["is", "no", "fo"])

    @app.post("/", endpoint="page")
    def page() -> tuple[str, int]:
        sent = Profile(request.form)
        sent.validate()
        return render_template("page.html", form=sent), 422


@_page(
    "an htmx fragment of three lines",
    {"headers": [("HX-Request", "true"), ("HX-Target", "count")]},
    page="""<div id="count">\n<b>{{ count }}</b> of {{ total }}\n</div>""",
)
def fragment(app: Flask) -> None:
    app.add_url_rule("/", "page", lambda: render_template("page.html", count=3, total=12))


@_page("Flask-Admin's list of 20 rows")
def admin(app: Flask) -> None:
    from flask_admin import Admin
    from flask_admin.contrib.sqla import ModelView
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy.pool import StaticPool

    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"poolclass": StaticPool}
    app.jinja_options = {}
    if find_spec("flask_babel"):  # Flask-Admin uses it if it is installed
        import_module("flask_babel").Babel(app)
    db: Any = SQLAlchemy(app)

    class Part(db.Model):  # type: ignore[misc]
        id = db.Column(db.Integer, primary_key=True)
        name, maker, price = db.Column(db.String(80)), db.Column(db.String(80)), db.Column(db.Float)

    with app.app_context():
        db.create_all()
        db.session.add_all(
            Part(name=f"Part {n}", maker=f"Maker {n % 7}", price=n / 3) for n in range(60)
        )
        db.session.commit()
    shown = Admin(app, url="/admin")
    shown.add_view(ModelView(Part, db, url="/", endpoint="page"))


@_page(
    "nested includes and blocks",
    root="""<!doctype html><title>{% block title %}{{ title }}{% endblock %}</title>{% block nav %}<nav>
{% for item in items %}{% include "entry.html" %}{% endfor %}</nav>{% endblock %}{% block main %}{% endblock %}""",
    entry="""<a href="{{ item.href }}">{{ item.name }}</a>""",
    middle="""{% extends "root.html" %}{% block main %}<main>{% block inner %}{% endblock %}</main>{% endblock %}""",
    page="""{% extends "middle.html" %}{% block title %}{{ super() }}: parts{% endblock %}
{% block inner %}{% include "outer.html" %}{{ items|length }}{% endblock %}""",
    outer="""{% for item in items[:4] %}{% set depth = loop.index %}{% include "part.html" %}{% endfor %}""",
    part="""<section>{{ title }} {{ depth }} {{ item.name }}{% include "deeper.html" %}</section>""",
    deeper="""{% if depth > 1 %}<i>{{ depth }}</i>{% endif %}{% include "deepest.html" %}""",
    deepest="""<p>{{ title }}: {{ item.href }}</p>""",
)
def nested(app: Flask) -> None:
    items = [{"href": f"/items/{number}", "name": f"Item {number}"} for number in range(12)]
    app.add_url_rule("/", "page", lambda: render_template("page.html", title="Parts", items=items))


@_page(
    "304, nothing has changed",
    {"headers": [("If-None-Match", '"known"')]},
    page="<p>{{ text }}</p>",
)
def unchanged(app: Flask) -> None:
    @app.get("/", endpoint="page")
    def page() -> Any:
        response = Response(_PNG, mimetype="image/png")
        response.set_etag("known")
        return response.make_conditional(request)


@_page(
    "a redirect that flashes a message", {"method": "POST", "data": {"title": "Milk", "count": "3"}}
)
def moved(app: Flask) -> None:
    @app.post("/", endpoint="page")
    def page() -> Any:
        flash(f"Added {request.form['title']}")
        return redirect("/list")


@_page(
    "a page that is streamed",
    page="""<!doctype html><ol>{% for task in tasks %}<li>{{ task.title }} <b>{{ task.owner.name }}</b> {{ task.hours }}
{% endfor %}</ol>""",
)
def streamed(app: Flask) -> None:
    tasks = make_tasks(60)

    @app.get("/", endpoint="page")
    def page() -> Iterator[str]:
        return app.jinja_env.get_template("page.html").generate(tasks=tasks)


class Sink:
    """A socket whose peer accepts everything and sends nothing."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, size: int) -> bytes:
        self.closed.wait()
        return b""

    def close(self) -> None:
        self.closed.set()


def handshake(sink: Sink) -> dict[str, Any]:
    """Return the environment of a request for a WebSocket."""
    headers = {
        "HTTP_HOST": "localhost",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_UPGRADE": "websocket",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    return {**headers, "werkzeug.socket": sink}


@_page(
    "a WebSocket and 20 messages, each a rendered line",
    each=lambda: handshake(Sink()),
    line="<li>{{ who }}: {{ text }}</li>",
)
def chat(app: Flask) -> None:
    from flask_sock import Sock

    sock = Sock(app)

    @sock.route("/", endpoint="page")
    def page(socket: Any) -> None:
        for number in range(20):
            socket.send(render_template("line.html", who="Ada", text=f"message {number}"))
        socket.sock.close()
