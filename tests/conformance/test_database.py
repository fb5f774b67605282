"""SQLAlchemy in a page: models, rows, lazy relations, paginations. The recorder sends no query of
its own.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, String, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.orm import DynamicMapped as Dynamic

from .harness import Case, Context, Replaying, check


class Base(DeclarativeBase):
    """The tables of a library."""


db = SQLAlchemy(model_class=Base)


class Author(db.Model):  # type: ignore[name-defined]
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    books: Mapped[list[Book]] = relationship(back_populates="author", order_by="Book.id")
    shelf: Dynamic[Book] = relationship(order_by="Book.id", viewonly=True)

    def __repr__(self) -> str:
        return f"<Author {self.name}>"


class Book(db.Model):  # type: ignore[name-defined]
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")

    @property
    def shout(self) -> str:
        return self.title.upper()

    def __repr__(self) -> str:
        return f"<Book {self.title}>"


_USES = {
    "model": "{{ author.name }}{{ author.id }}{{ author }}{{ author.name|upper }}{{ book.shout }}",
    "model that is not read": "{{ books|length }}nothing else",
    "lazy relation": "{{ book.author.name }}{{ book.author.name }}{{ book.author }}",
    "lazy relation that is not read": "{{ book.title }}",
    "lazy collection": "{% for b in author.books %}{{ loop.index }}{{ b.title }}{{ loop.last }}{% endfor %}{{ author.books|length }}",
    "truth of a lazy collection": "{% if author.books %}some{% endif %}{{ author.books|length > 1 }}{{ author.books[0].title }}",
    "back and forth": "{% for b in author.books %}{{ b.author.books[0].title }}{{ b.author is sameas(author) }}{% endfor %}",
    "relation of each": "{% for b in books %}{{ b.title }} by {{ b.author.name }};{% endfor %}",
    "dynamic relation": "{% for b in author.shelf %}{{ b.title }}{% endfor %}{{ author.shelf.count() }}{{ author.shelf.first().title }}",
    "query in the page": "{% for b in query %}{{ b.title }}{% endfor %}{{ query.count() }}{{ query.first().title }}{{ query.all()|length }}",
    "query left half-way": "{% for b in query %}{{ b.title }}{% break %}{% endfor %}",
    "query that is not run": "{% if query is defined %}{{ query is none }}{% endif %}",
    "filters of a query": "{{ query.filter_by(title='B').first().title }}{{ query.filter_by(title='none').first() }}{{ query.limit(1).all() }}",
    "rows": "{% for row in rows %}{{ row.title }}{{ row[1] }}{{ row.name }}{{ row|length }}{{ row._mapping.title }}{% endfor %}",
    "rows unpacked": "{% for title, name in rows %}{{ title }}{{ name }}{% endfor %}{{ rows[0] }}{{ rows|first|last }}",
    "rows of a model and a number": "{% for a, n in counted %}{{ a.name }}{{ n }}{{ a.books|length == n }}{% endfor %}",
    "row as a mapping": "{{ rows[0]._asdict() }}{{ rows[0]._fields }}{{ rows[0] == ('A', 'ann') }}{{ dict(rows[0]._mapping) }}",
    "result, read as it goes": "{% for b in result %}{{ b.title }}{% break %}{% endfor %}{% for b in result %}{{ b.title }}{% endfor %}",
    "sorted, grouped and joined": "{% for a, bs in books|groupby('author.name') %}{{ a }}{{ bs|map(attribute='title')|join(',') }}{% endfor %}"
    "{{ books|map(attribute='author')|map(attribute='name')|unique|join }}{{ "
    "(books|sort(attribute='title', reverse=true))[0].title }}",
    "equality of models": "{{ book == author.books[0] }}{{ book in author.books }}{{ book in books }}{{ books[0].author == books[1].author }}",
    "pagination": "{% for b in pages.items %}{{ b.title }}{% endfor %}{{ pages.page }}/{{ pages.pages }}{{ pages.total }}{{ pages.has_next }}"
    "{{ pages.has_prev }}{{ pages.next_num }}{{ pages.prev_num }}{% for n in pages.iter_pages() "
    "%}{{ n }},{% endfor %}",
    "pagination iterated": "{% for b in pages %}{{ b.title }}{% endfor %}{{ pages.first }}{{ pages.last }}{{ pages.per_page }}",
    "pagination by macro": "{% macro links(p) %}{% for n in p.iter_pages(left_edge=1, right_edge=1) %}{% if n == p.page %}[{{ n }}]"
    "{% else %}{{ n or '…' }}{% endif %}{% endfor %}{% endmacro %}{{ links(pages) }}",
    "detached": "{{ detached.name }}{{ detached.id }}{{ detached }}{{ detached is sameas(detached) }}",
    "expired within the page": "{{ book.title }}{{ expire() }}{{ book.title }}{{ book.author.name }}",
    "aggregate and scalar": "{{ total }}{{ total + 1 }}{{ total is number }}{{ newest }}",
    "attributes of the mapping": "{{ book.__tablename__ }}{{ book.gone is defined }}{{ book.metadata is defined }}{{ book.query is defined }}",
}


def _database(app: Flask) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    app.jinja_env.add_extension("jinja2.ext.loopcontrols")
    with app.app_context():
        db.create_all()
        for name, titles in (("ann", "AB"), ("bob", "C")):
            db.session.add(Author(name=name, books=[Book(title=title) for title in titles]))
        db.session.commit()


def _context() -> Context:
    log: list[str] = []
    engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: log.append(arguments[2]))
    with Session(engine) as other:
        detached = other.scalars(select(Author)).first()
        other.expunge_all()
    session: Any = db.session
    book: Any = session.get(Book, 1)
    titles = select(Book.title, Author.name).join(Author).order_by(Book.id)
    counts = select(Author, func.count(Book.id)).join(Book).group_by(Author.id).order_by(Author.id)
    return {
        "log": log,
        "author": session.get(Author, 1),
        "book": book,
        "books": session.scalars(select(Book).order_by(Book.id)).all(),
        "query": session.query(Book).order_by(Book.id),
        "rows": session.execute(titles).all(),
        "counted": session.execute(counts).all(),
        "result": session.scalars(select(Book).order_by(Book.id)),
        "pages": db.paginate(select(Book).order_by(Book.id), page=1, per_page=2),
        "detached": detached,
        "expire": lambda: session.expire_all() or "",
        "total": session.scalar(select(func.count()).select_from(Book)),
        "newest": session.scalar(select(func.max(Book.title))),
    }


@pytest.mark.parametrize("use", _USES)
def test_database_in_a_page(use: str, replaying: Replaying) -> None:
    """Rows and models are recorded as they are read. The same queries run with recording and
    without.
    """
    check(Case(_USES[use], _context, _database), replaying)


def test_queries_are_logged(replaying: Replaying) -> None:
    """The compared log contains the queries of a lazy relation."""
    few = check(Case("{{ book.title }}", _context, _database), replaying)
    more = check(Case("{{ book.title }}{{ author.books|length }}", _context, _database), replaying)
    assert len(more.log) == len(few.log) + 1
