"""Gift cards. The page has a bug, so that there is an error to watch."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

pages = Blueprint("gifts", __name__)

AMOUNTS = (Decimal(25), Decimal(50), Decimal(100))


@pages.get("/gift-card")
def card() -> ResponseReturnValue:
    """Share a gift between friends. If the visitor names none, the page divides by zero."""
    friends = [name.strip() for name in request.args.get("friends", "").split(",") if name.strip()]
    wanted = request.args.get("amount")
    amount = next((amount for amount in AMOUNTS if str(amount) == wanted), None)
    return render_template("gift.html", amounts=AMOUNTS, amount=amount, friends=friends)
