"""The tables of the shop."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash


class Base(DeclarativeBase):
    """The base of all tables."""


db = SQLAlchemy(model_class=Base)


def now() -> datetime:
    """Return the current time, to the second."""
    return datetime.now().replace(microsecond=0)


class Shelf(enum.Enum):
    """A shelf."""

    NOVEL = "Novels"
    HISTORY = "History"
    NATURE = "Nature"
    COOKING = "Cooking"


class Delivery(enum.Enum):
    """A way to deliver an order."""

    POST = "By post"
    BIKE = "By bike"
    COLLECT = "I come to the shop"

    @property
    def price(self) -> Decimal:
        """Return the cost of the delivery."""
        return {"POST": Decimal("3.90"), "BIKE": Decimal("2.50")}.get(self.name, Decimal(0))

    @property
    def days(self) -> int:
        """Return how many days it takes."""
        return 2 if self is Delivery.POST else 0


class Author(Base):
    """The author of a book."""

    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list[Book]] = relationship(back_populates="author", order_by="Book.published")


class Book(Base):
    """A book for sale."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    blurb: Mapped[str]
    cover: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    shelf: Mapped[Shelf]
    published: Mapped[date]
    pages: Mapped[int]
    stock: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")
    reviews: Mapped[list[Review]] = relationship(
        back_populates="book", order_by="Review.written.desc()"
    )

    @property
    def rating(self) -> float | None:
        """Return the average number of stars."""
        return (
            sum(review.stars for review in self.reviews) / len(self.reviews)
            if self.reviews
            else None
        )


class User(UserMixin, Base):
    """A customer."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    joined: Mapped[datetime] = mapped_column(default=lambda: now())
    orders: Mapped[list[Order]] = relationship(back_populates="user", order_by="Order.id.desc()")

    def set_password(self, password: str) -> None:
        """Store a hash of a password."""
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        """Whether a password is correct."""
        return check_password_hash(self.password_hash, password)


class Review(Base):
    """A customer's opinion of a book."""

    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    stars: Mapped[int]
    text: Mapped[str]
    written: Mapped[datetime] = mapped_column(default=lambda: now())
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    book: Mapped[Book] = relationship(back_populates="reviews")
    user: Mapped[User] = relationship()


class Order(Base):
    """What a customer bought."""

    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed: Mapped[datetime] = mapped_column(default=lambda: now())
    delivery: Mapped[Delivery]
    discount: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    total: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    name: Mapped[str]
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    note: Mapped[str]
    gift_wrap: Mapped[bool]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship(back_populates="orders")
    lines: Mapped[list[Line]] = relationship(back_populates="order")

    @property
    def due(self) -> date:
        """Return the expected day of arrival."""
        return self.placed.date() + timedelta(days=self.delivery.days)


class Line(Base):
    """One book of an order, at the price of that day."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    order: Mapped[Order] = relationship(back_populates="lines")
    book: Mapped[Book] = relationship()
