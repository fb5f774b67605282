"""Flask-Admin over SQLAlchemy models."""

from __future__ import annotations

import enum
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, flash
from flask_admin import Admin, BaseView, expose
from flask_admin.actions import action
from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import rules
from flask_admin.menu import MenuDivider, MenuLink
from flask_admin.model.template import EndpointLinkRowAction, LinkRowAction
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from markupsafe import Markup

from .harness import Visit, verify


class Genre(enum.Enum):
    crime = "Crime"
    poetry = "Poetry"


class BookView(ModelView):  # type: ignore[misc,type-arg]
    can_view_details = True
    can_export = True
    can_set_page_size = True
    column_searchable_list = ("title", "writer.name")
    column_filters = ("genre", "price", "added", "writer.name")
    column_editable_list = ("title", "price", "genre")
    column_list = ("title", "writer", "genre", "price", "added")
    column_labels = {"added": "Added <when>"}
    column_descriptions = {"price": "In euros & cents"}
    column_formatters = {
        "writer": lambda view, context, book, name: Markup("<i>{}</i>").format(book.writer)
    }
    column_extra_row_actions = [
        LinkRowAction("fa fa-link", "/books/{row_id}", title="Open"),
        EndpointLinkRowAction("fa fa-eye", "book.details_view"),
    ]
    form_ajax_refs = {"writer": {"fields": ("name",), "page_size": 5}}
    page_size = 5

    @action("dear", "Make dear", "Really <all> of them?")
    def make_dear(self, ids: list[str]) -> None:
        flash(f"{len(ids)} are dear <now>", "success")


class WriterView(ModelView):  # type: ignore[misc,type-arg]
    create_modal = edit_modal = details_modal = True
    can_view_details = True
    column_display_all_relations = True
    column_hide_backrefs = False
    form_excluded_columns = ("born",)


class ShelfView(ModelView):  # type: ignore[misc,type-arg]
    inline_models: Any = ()
    form_create_rules = (
        rules.FieldSet(("name",), "What it is"),
        rules.Header("Where <it> is"),
        rules.NestedRule((rules.Field("room"), rules.HTML("<hr>"), rules.Text("and more & more"))),
        "boards",
    )


class Report(BaseView):  # type: ignore[misc]
    @expose("/")
    def index(self) -> str:
        return str(self.render("admin/index.html"))


def make_app(folder: Path) -> Flask:
    app = Flask("adminapp", instance_path=str(folder / "instance"))
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

        def __str__(self) -> str:
            return str(self.title)

    class Shelf(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80), nullable=False)
        room = db.Column(db.Text)

    class Board(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        label = db.Column(db.String(80), nullable=False)
        shelf_id = db.Column(db.Integer, db.ForeignKey("shelf.id"))
        shelf = db.relationship(Shelf, backref="boards")

    Babel(app)  # Flask-Admin translates as soon as Flask-Babel is installed
    admin = Admin(app, name="Library")
    admin.add_view(BookView(Book, db))
    admin.add_view(WriterView(Writer, db, category="People"))
    admin.add_view(
        type("ShelfView", (ShelfView,), {"inline_models": (Board,)})(Shelf, db, category="Rooms")
    )
    admin.add_view(
        Report(
            name="Report",
            endpoint="report",
            category="People",
            menu_icon_type="fa",
            menu_icon_value="x",
        )
    )
    admin.add_view(FileAdmin(str(_files(folder / "files")), "/files/", name="Files"))
    admin.add_menu_item(MenuDivider(), "People")
    admin.add_link(MenuLink("Home <page>", url="/"))
    with app.app_context():
        db.create_all()
        writers = [Writer(name=f"Writer {n} <b>", born=date(1950 + n, 1, 2)) for n in range(3)]
        db.session.add_all(writers)
        for n in range(12):
            genre = (Genre.crime, Genre.poetry, None)[n % 3]
            writer = writers[n % 3] if n % 4 else None
            book = Book(
                title=f"Book {n}",
                genre=genre,
                price=n * 1.5,
                added=datetime(2024, 1, 1, n),
                writer=writer,
            )
            db.session.add(book)
        db.session.add(
            Shelf(
                name="Long & high", room="hall", boards=[Board(label="<top>"), Board(label="floor")]
            )
        )
        db.session.commit()
    return app


def _files(folder: Path) -> Path:
    """Create a folder with files of a fixed age."""
    (folder / "deep").mkdir(parents=True)
    (folder / "hello.txt").write_text("hello <world>")
    for path in (folder / "deep", folder / "hello.txt"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


def lists(visit: Visit) -> None:
    """Visit lists: pages, sorting, search, filters, inline edits, actions on rows."""
    visit.get("/admin/")
    visit.get("/admin/book/")
    visit.get("/admin/book/?page=1")
    visit.get("/admin/book/?page_size=20")
    visit.get("/admin/book/?sort=3&desc=1")
    visit.get("/admin/book/?sort=1")
    visit.get("/admin/book/?search=Book+1")
    visit.get("/admin/book/?flt0_0=crime&flt1_8=1")
    visit.get("/admin/book/?search=nothing+at+all")
    visit.get("/admin/book/export/csv/")
    visit.get("/admin/book/ajax/lookup/?name=writer&query=Wri")
    visit.post("/admin/book/ajax/update/", list_form_pk="4", title="Inline")
    visit.post("/admin/book/ajax/update/", status=500, list_form_pk="4", title="")
    visit.post("/admin/book/action/", action="dear", rowid=["1", "2"])
    visit.post("/admin/book/action/", action="delete", rowid=["6", "7"])
    visit.post("/admin/book/delete/", id="5")
    visit.get("/admin/writer/")
    visit.get("/admin/shelf/")


def forms(visit: Visit) -> None:
    """Create and edit, first with errors. Visit details, modal windows, rules and inline forms."""
    visit.get("/admin/book/details/?id=2")
    visit.get("/admin/book/details/?id=2&modal=True")
    visit.get("/admin/book/new/")
    visit.post("/admin/book/new/", title="", price="abc")
    visit.post(
        "/admin/book/new/",
        title="Fresh",
        price="3.50",
        genre="crime",
        writer="1",
        added="2024-05-06 07:08:09",
    )
    visit.get("/admin/book/edit/?id=3")
    visit.post("/admin/book/edit/?id=3", title="", price="1")
    visit.post("/admin/book/edit/?id=3", title="Changed", price="1")
    visit.get("/admin/book/edit/?id=999")
    visit.get("/admin/writer/new/?modal=True")
    visit.get("/admin/writer/edit/?id=1&modal=True")
    visit.post("/admin/writer/edit/?id=1", name="", books=["1", "2"])
    visit.get("/admin/writer/details/?id=1")
    visit.get("/admin/shelf/new/")
    visit.post("/admin/shelf/new/", {"name": "", "boards-0-label": "new"})
    visit.post("/admin/shelf/new/", {"name": "Short", "room": "attic", "boards-0-label": "new"})
    visit.get("/admin/shelf/edit/?id=1")
    visit.get("/admin/report/")


def files(visit: Visit) -> None:
    """Browse files, create and rename folders."""
    visit.get("/admin/fileadmin/")
    visit.get("/admin/fileadmin/b/deep")
    visit.get("/admin/fileadmin/?sort=size")
    visit.get("/admin/fileadmin/mkdir/")
    visit.post("/admin/fileadmin/mkdir/", name="../bad")
    visit.get("/admin/fileadmin/upload/")
    visit.get("/admin/fileadmin/rename/?path=hello.txt")
    visit.post("/admin/fileadmin/rename/?path=hello.txt", name="deep")
    # leads to "/files/", which does not exist
    visit.get("/admin/fileadmin/download/hello.txt", status=404)


def test_lists_replay_exactly(tmp_path: Path) -> None:
    """With search, filters, sorting, pages, actions and inline edits."""
    verify(make_app, tmp_path, lists, frames=14)


def test_forms_replay_exactly(tmp_path: Path) -> None:
    """With errors, in modal windows, by rules, with inline models, and details."""
    verify(make_app, tmp_path, forms, frames=18)


def test_files_replay_exactly(tmp_path: Path) -> None:
    """In the file view."""
    verify(make_app, tmp_path, files, frames=8)
