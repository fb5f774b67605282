"""Books for an empty shop."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from .models import Author, Book, Review, Shelf, User, db

_BOOKS = (
    ("The Salt Road", "Ines Marlow", "NOVEL", "14.90", 2019, 7, "Two sisters follow a river to where it began."),
    ("Harbour Lights", "Ines Marlow", "NOVEL", "11.50", 2021, 3, "A winter in a town that the ferry has left."),
    ("A Field Guide to Rain", "Tobias Wren", "NATURE", "22.00", 2018, 12, "Forty kinds of it, and how to dress."),
    ("The Patient Gardener", "Tobias Wren", "NATURE", "18.75", 2020, 0, "A year of doing less, and seeing more."),
    ("Bread, Mostly", "Cora Lindqvist", "COOKING", "24.90", 2022, 5, "Flour, water, time; and what may go on top."),
    ("One Pot, No Rush", "Cora Lindqvist", "COOKING", "9.80", 2017, 9, "Stews for people who read while they cook."),
    ("The Mapmakers' Quarrel", "Elias Okoro", "HISTORY", "27.40", 2016, 4, "How a border was drawn by a wager."),
    ("Salt, Silk & Paper", "Elias Okoro", "HISTORY", "19.90", 2023, 6, "Three goods that moved the world."),
    ("Notes from a Lighthouse", "Mara Tien", "NOVEL", "8.90", 2015, 10, "Letters that were never meant to be sent."),
    ("The Quiet Orchard", "Mara Tien", "NOVEL", "13.20", 2024, 2, "An inheritance, and eleven trees."),
    ("Owls of the Old Town", "Jonas Brandt", "NATURE", "16.30", 2021, 8, "Who lives above the bakery?"),
    ("Small Fires", "Jonas Brandt", "NOVEL", "12.60", 2022, 1, "A strike, a dance hall, a summer."),
    ("Pickles & Patience", "Anna Ferro", "COOKING", "15.00", 2019, 11, "Everything keeps, if you let it."),
    ("The Clock Towers", "Anna Ferro", "HISTORY", "21.10", 2020, 3, "Why every town once had its own time."),
)  # fmt: skip


def seed() -> None:
    """Fill an empty shop."""
    if db.session.scalar(select(func.count()).select_from(Book)):
        return
    authors: dict[str, Author] = {}
    for title, author, shelf, price, year, stock, blurb in _BOOKS:
        writer = authors.setdefault(author, Author(name=author))
        book = Book(
            title=title, blurb=blurb, price=Decimal(price), shelf=Shelf[shelf], published=date(year, 3, 1),
            stock=stock, author=writer,
        )  # fmt: skip
        db.session.add(book)
    reader = User(name="Nora Reads", email="nora@example.com")
    reader.set_password("a good long password")
    db.session.add(reader)
    db.session.flush()
    for number, (stars, text) in enumerate(((5, "Read it in one night."), (4, "Slow, but I liked that."))):
        written = datetime(2024, 5, 3 + number, 18, 30)
        db.session.add(Review(stars=stars, text=text, written=written, book_id=1, user_id=reader.id))
    db.session.commit()
