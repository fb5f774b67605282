"""Kinds of values from libraries: forms, database rows, models with lazy relations, lazy
translations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import LazyString
from sqlalchemy import ForeignKey, StaticPool, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from werkzeug.datastructures import MultiDict
from wtforms import Form, SelectField, StringField
from wtforms.validators import Length


class Base(DeclarativeBase):
    """The tables of a shop."""


class Shop(Base):
    __tablename__ = "shop"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    goods: Mapped[list[Goods]] = relationship(back_populates="shop", order_by="Goods.id")

    def __repr__(self) -> str:
        return f"<Shop {self.name}>"


class Goods(Base):
    __tablename__ = "goods"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    shop: Mapped[Shop] = relationship(back_populates="goods")

    def __repr__(self) -> str:
        return f"<Goods {self.name}>"


class Search(Form):
    name = StringField("Name", [Length(min=3)])
    kind = SelectField("Kind", choices=[("a", "A"), ("b", "B")])

    def __repr__(self) -> str:
        return "<Search>"


ENGINE = create_engine(
    "sqlite://",
    poolclass=StaticPool,
    connect_args={"check_same_thread": False},  # whichever thread collects a session
)
Base.metadata.create_all(ENGINE)
with Session(ENGINE) as _session:
    _session.add(Shop(name="corner", goods=[Goods(name="pear"), Goods(name="fig")]))
    _session.commit()


def _session_told(log: list[str]) -> Session:
    session = Session(ENGINE)
    event.listen(session, "do_orm_execute", lambda state: log.append(str(state.statement)))
    return session


def _model(log: list[str]) -> Any:
    return _session_told(log).get(Shop, 1)


def _form() -> Any:
    form = Search(MultiDict({"name": "<a", "kind": "b"}))
    form.validate()
    return form


def _detached() -> Any:
    with Session(ENGINE) as session:
        shop = session.get(Shop, 1)
        session.expunge_all()
    return shop


class LazyHtml(LazyString):
    """A lazy text that claims to be HTML, like some lazy translations."""

    def __html__(self) -> str:
        return str(self)


LIBRARY: dict[str, Callable[[list[str]], Any]] = {
    "form": lambda log: _form(),
    "form_field": lambda log: _form().name,
    "select_field": lambda log: _form().kind,
    "field_label": lambda log: _form().name.label,
    "field_errors": lambda log: _form().errors,
    "model": _model,
    "lazy_relation": lambda log: _model(log).goods,
    "detached_model": lambda log: _detached(),
    "rows": lambda log: (
        _session_told(log).execute(select(Goods.name, Goods.id).order_by(Goods.id)).all()
    ),
    "row": lambda log: (
        _session_told(log).execute(select(Goods.name, Goods.id).order_by(Goods.id)).first()
    ),
    "row_of_a_model": lambda log: _session_told(log).execute(select(Shop, Shop.id)).first(),
    "query": lambda log: _session_told(log).query(Goods).order_by(Goods.id),
    "result": lambda log: _session_told(log).scalars(select(Goods).order_by(Goods.id)),
    "column": lambda log: Goods.name,
    "lazy_text": lambda log: LazyString(lambda: "<b>lazy</b>"),
    "lazy_html": lambda log: LazyHtml(lambda: "<b>lazy</b>"),
}
"""Created with a log for the queries of a session."""
