"""What the shop knows."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash


class Base(DeclarativeBase):
    """The base of all tables."""


db = SQLAlchemy(model_class=Base)


class Shelf(enum.Enum):
    """Where a book stands."""

    NOVEL = "Novels"
    HISTORY = "History"
    NATURE = "Nature"
    COOKING = "Cooking"


class Author(Base):
    """Who wrote a book."""

    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(Base):
    """A book that is for sale."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    blurb: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    shelf: Mapped[Shelf]
    published: Mapped[date]
    stock: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")
    reviews: Mapped[list[Review]] = relationship(back_populates="book", order_by="Review.written.desc()")

    @property
    def rating(self) -> float | None:
        """Give the mean of the stars."""
        return sum(review.stars for review in self.reviews) / len(self.reviews) if self.reviews else None


class User(UserMixin, Base):
    """A customer."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    orders: Mapped[list[Order]] = relationship(back_populates="user", order_by="Order.placed.desc()")

    def set_password(self, password: str) -> None:
        """Keep a password, as a hash."""
        self.password_hash = generate_password_hash(password, "pbkdf2:sha256:1000")

    def has_password(self, password: str) -> bool:
        """Check a password."""
        return check_password_hash(self.password_hash, password)


class Review(Base):
    """What a customer says of a book."""

    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    stars: Mapped[int]
    text: Mapped[str]
    written: Mapped[datetime]
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    book: Mapped[Book] = relationship(back_populates="reviews")
    user: Mapped[User] = relationship()


class Order(Base):
    """What a customer bought."""

    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed: Mapped[datetime]
    total: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    street: Mapped[str]
    city: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship(back_populates="orders")
    lines: Mapped[list[Line]] = relationship(back_populates="order")


class Line(Base):
    """One book of an order."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    order: Mapped[Order] = relationship(back_populates="lines")
    book: Mapped[Book] = relationship()
