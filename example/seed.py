"""Books for an empty shop."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from .models import Author, Book, Delivery, Line, Order, Review, Shelf, User, db

_BOOKS = (
    ("The Salt Road", "Ines Marlow", "NOVEL", "14.90", "2019-03-04", 312, 7, "river",
     "Two sisters follow a river back to where it began, with a map their father drew from memory and got wrong."),
    ("Harbour Lights", "Ines Marlow", "NOVEL", "11.50", "2021-09-16", 248, 3, "harbour",
     "One winter in a town that the ferry has stopped calling at, told by those who stayed."),
    ("A Field Guide to Rain", "Tobias Wren", "NATURE", "22.00", "2018-10-01", 196, 12, "rain",
     "Forty kinds of it, how to tell them apart by ear, and what to wear."),
    ("The Patient Gardener", "Tobias Wren", "NATURE", "18.75", "2020-02-20", 224, 0, "garden",
     "A year of doing less and seeing more, on a plot the size of a bus."),
    ("Bread, Mostly", "Cora Lindqvist", "COOKING", "24.90", "2022-11-10", 280, 5, "bread",
     "Flour, water, time; and sixty things to put on top."),
    ("One Pot, No Rush", "Cora Lindqvist", "COOKING", "9.80", "2017-01-12", 160, 9, "pot",
     "Stews for people who read while they cook."),
    ("The Mapmakers' Quarrel", "Elias Okoro", "HISTORY", "27.40", "2016-05-23", 402, 4, "map",
     "How a border was drawn to settle a wager, and what it cost those who lived on it."),
    ("Salt, Silk & Paper", "Elias Okoro", "HISTORY", "19.90", "2023-04-13", 344, 6, "trade",
     "Three goods that moved the world, and the people who carried them."),
    ("Notes from a Lighthouse", "Mara Tien", "NOVEL", "8.90", "2015-07-02", 136, 10, "lighthouse",
     "Letters that were never meant to be sent, found behind the lamp."),
    ("The Quiet Orchard", "Mara Tien", "NOVEL", "13.20", "2024-03-21", 264, 2, "orchard",
     "An inheritance, eleven trees, and a neighbour who counts the apples."),
    ("Owls of the Old Town", "Jonas Brandt", "NATURE", "16.30", "2021-10-07", 208, 8, "owl",
     "Who lives above the bakery? A year on the roofs."),
    ("Small Fires", "Jonas Brandt", "NOVEL", "12.60", "2022-06-30", 288, 1, "fire",
     "A strike, a dance hall, one very dry summer."),
    ("Pickles & Patience", "Anna Ferro", "COOKING", "15.00", "2019-08-15", 176, 11, "jar",
     "Everything keeps, if you let it."),
    ("The Clock Towers", "Anna Ferro", "HISTORY", "21.10", "2020-09-03", 320, 3, "clock",
     "Why every town once had its own time, and who took it away."),
    ("Night Trains", "Ravi Solano", "HISTORY", "17.80", "2024-01-25", 256, 6, "train",
     "A continent crossed asleep: porters, spies and honeymooners since 1872."),
    ("Eleven Kinds of Moss", "Ravi Solano", "NATURE", "9.40", "2023-10-19", 120, 14, "moss",
     "The smallest forest in the world grows on your wall. Bring a lens."),
)  # fmt: skip

_REVIEWS = (
    (1, 5, "Read it in one night, and then again for the map.", "Nora Reads"),
    (1, 4, "Slow, but I liked that. The ferryman alone is worth it.", "Paul Quist"),
    (2, 3, "Lovely sentences; nothing happens until page 90.", "Paul Quist"),
    (5, 5, "My kitchen smells of rye. No regrets.", "Nora Reads"),
    (7, 4, "Who knew a border could be this funny?", "Nora Reads"),
    (9, 5, "Short, salty and perfect.", "Paul Quist"),
    (11, 5, "I look up now when I walk home.", "Nora Reads"),
    (14, 2, "Too many clocks.", "Paul Quist"),
    (16, 4, "I did bring a lens. I have not come back yet.", "Nora Reads"),
)


def seed() -> None:
    """Fill an empty shop."""
    if db.session.scalar(select(func.count()).select_from(Book)):
        return
    authors: dict[str, Author] = {}
    books = []
    for title, author, shelf, price, published, pages, stock, cover, blurb in _BOOKS:
        book = Book(
            title=title, blurb=blurb, cover=cover, price=Decimal(price), shelf=Shelf[shelf], pages=pages,
            published=date.fromisoformat(published), stock=stock,
            author=authors.setdefault(author, Author(name=author)),
        )  # fmt: skip
        db.session.add(book)
        books.append(book)
    nora, paul = (_customer(name) for name in ("Nora Reads", "Paul Quist"))
    customers = {customer.name: customer for customer in (nora, paul)}
    for day, (number, stars, text, name) in enumerate(_REVIEWS, 1):
        written = datetime(2024, 5, day, 18, 30)
        db.session.add(
            Review(
                stars=stars,
                text=text,
                written=written,
                book=books[number - 1],
                user=customers[name],
            )
        )
    db.session.add(_order(nora, datetime(2024, 5, 2, 9, 12), [(books[0], 1), (books[4], 2)]))
    db.session.add(_order(nora, datetime(2024, 6, 21, 20, 47), [(books[15], 1)]))
    db.session.commit()


def _customer(name: str) -> User:
    first = name.split(maxsplit=1)[0]
    user = User(name=name, email=f"{first.lower()}@example.com", joined=datetime(2024, 4, 1, 12))
    user.set_password(f"a book for {first}")
    return user


def _order(user: User, placed: datetime, books: list[tuple[Book, int]]) -> Order:
    return Order(
        user=user, placed=placed, delivery=Delivery.POST, discount=Decimal(0), gift_wrap=False, note="",
        name=user.name, street="Quay Street 12", postcode="04155", city="Leipzig",
        total=sum((book.price * count for book, count in books), Delivery.POST.price),
        lines=[Line(book=book, count=count, price=book.price) for book, count in books],
    )  # fmt: skip
