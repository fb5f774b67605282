"""Ask the bookseller: a chat on a WebSocket."""

from __future__ import annotations

from itertools import cycle

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_sock import Sock
from simple_websocket import Server
from sqlalchemy import select

from .models import Book, db

pages = Blueprint("chat", __name__)
sock = Sock()
ANSWERS = (
    "Good question. Let me look on the shelf.",
    "I would read it on a train, with nothing else to do.",
    "We close at six, but the cat may let you in.",
)


@pages.get("/ask")
def ask() -> ResponseReturnValue:
    """Show the chat."""
    return render_template("chat.html")


@sock.route("/ask/socket", bp=pages)
def socket(visitor: Server) -> None:
    """Answer a visitor's question with a book whose title contains one of its words, if there is
    one.
    """
    answers = cycle(ANSWERS)
    while True:
        text = visitor.receive()[:500]
        visitor.send(render_template("_said.html", who="You", text=text, book=None))
        words = [word for word in text.split() if len(word) > 3]
        found = [
            db.session.scalar(select(Book).where(Book.title.icontains(word))) for word in words
        ]
        book = next((book for book in found if book is not None), None)
        answer = "This one may be for you:" if book is not None else next(answers)
        visitor.send(render_template("_said.html", who="Bookseller", text=answer, book=book))
        db.session.rollback()  # a conversation may take hours, but a transaction must not
