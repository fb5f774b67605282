"""Flask-Admin over SQLAlchemy models."""

from __future__ import annotations

import enum
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_admin import Admin, BaseView, expose
from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy

from .harness import Visit, verify


class Genre(enum.Enum):
    crime = "Crime"
    poetry = "Poetry"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = Flask("adminapp", instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", SQLALCHEMY_DATABASE_URI="sqlite://")
    db = SQLAlchemy(app)

    class Writer(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80), nullable=False)
        born = db.Column(db.Date)
        active = db.Column(db.Boolean, default=True)

        def __str__(self) -> str:
            return str(self.name)

    class Book(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        title = db.Column(db.String(80), nullable=False)
        genre = db.Column(db.Enum(Genre))
        price = db.Column(db.Numeric(8, 2))
        added = db.Column(db.DateTime)
        writer_id = db.Column(db.Integer, db.ForeignKey("writer.id"))
        writer = db.relationship(Writer, backref="books")

    class BookView(ModelView):  # type: ignore[misc,type-arg]
        can_view_details = True
        can_export = True
        column_searchable_list = ("title", "writer.name")
        column_filters = ("genre", "price", "added", "writer.name")
        column_editable_list = ("title", "price", "genre")
        column_list = ("title", "writer", "genre", "price", "added")
        page_size = 5

    class Report(BaseView):  # type: ignore[misc]
        @expose("/")
        def index(self) -> str:
            return str(self.render("admin/index.html"))

    files = tmp_path / "files"
    (files / "deep").mkdir(parents=True)
    (files / "hello.txt").write_text("hello <world>")
    Babel(app)  # Flask-Admin translates as soon as Flask-Babel is installed
    admin = Admin(app, name="Library")
    admin.add_view(BookView(Book, db))
    admin.add_view(ModelView(Writer, db, category="People"))
    admin.add_view(Report(name="Report", endpoint="report", category="People"))
    admin.add_view(FileAdmin(str(files), "/files/", name="Files"))
    with app.app_context():
        db.create_all()
        writers = [Writer(name=f"Writer {n} <b>", born=date(1950 + n, 1, 2)) for n in range(3)]
        db.session.add_all(writers)
        for n in range(12):
            genre = (Genre.crime, Genre.poetry, None)[n % 3]
            writer = writers[n % 3] if n % 4 else None
            book = Book(title=f"Book {n}", genre=genre, price=n * 1.5, added=datetime(2024, 1, 1, n), writer=writer)
            db.session.add(book)
        db.session.commit()
    return app


def drive(visit: Visit) -> None:
    visit.get("/admin/")
    visit.get("/admin/book/")
    visit.get("/admin/book/?page=1")
    visit.get("/admin/book/?sort=3&desc=1")
    visit.get("/admin/book/?search=Book+1")
    visit.get("/admin/book/?flt0_0=crime")
    visit.get("/admin/book/?search=nothing+at+all")
    visit.get("/admin/book/details/?id=2")
    visit.get("/admin/book/new/")
    visit.post("/admin/book/new/", title="", price="abc")
    visit.post("/admin/book/new/", title="Fresh", price="3.50", genre="crime", writer="1", added="2024-05-06 07:08:09")
    visit.get("/admin/book/edit/?id=3")
    visit.post("/admin/book/edit/?id=3", title="", price="1")
    visit.post("/admin/book/edit/?id=3", title="Changed", price="1")
    visit.post("/admin/book/ajax/update/", list_form_pk="4", title="Inline")
    visit.post("/admin/book/ajax/update/", status=500, list_form_pk="4", title="")
    visit.post("/admin/book/delete/", id="5")
    visit.post("/admin/book/action/", action="delete", rowid=["6", "7"])
    visit.get("/admin/writer/")
    visit.get("/admin/writer/new/")
    visit.get("/admin/writer/edit/?id=1")
    visit.get("/admin/report/")
    visit.get("/admin/fileadmin/")
    visit.get("/admin/fileadmin/b/deep")
    visit.get("/admin/fileadmin/mkdir/")
    visit.post("/admin/fileadmin/mkdir/", name="new")
    visit.get("/admin/fileadmin/rename/?path=hello.txt")


def test_flask_admin_replays_exactly(app: Flask, tmp_path: Path) -> None:
    """Lists, searches, filters, inline edits, forms with errors, details and the file view verify."""
    verify(app, tmp_path / "replay", drive, frames=25)
