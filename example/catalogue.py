"""The shelves: the list of books, the search, and each book with its reviews."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import or_, select

from .forms import CountForm, ReviewForm
from .models import Author, Book, Review, Shelf, db

pages = Blueprint("catalogue", __name__)

PER_PAGE = 8
SORTS = {
    "title": ("Title", Book.title),
    "newest": ("Newest first", Book.published.desc()),
    "price": ("Price, lowest first", Book.price),
}


@pages.app_context_processor
def shelves() -> dict[str, object]:
    """Add the shelves to the menu of every page."""
    return {"shelves": Shelf}


def found_books() -> Pagination:
    """Return one page of the books that match the request."""
    query = select(Book).join(Author)
    text = request.args.get("q", "").strip()
    if text:
        query = query.where(or_(Book.title.icontains(text), Author.name.icontains(text)))
    shelf = request.args.get("shelf", "")
    if shelf in Shelf.__members__:
        query = query.where(Book.shelf == Shelf[shelf])
    _, order = SORTS.get(request.args.get("sort", ""), SORTS["title"])
    return db.paginate(query.order_by(order, Book.id), per_page=PER_PAGE)


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the shelves."""
    return render_template("index.html", books=found_books(), sorts=SORTS)


@pages.get("/search")
def search() -> ResponseReturnValue:
    """Return only the results, for a search while typing."""
    return render_template("_books.html", books=found_books())


@pages.route("/book/<int:key>", methods=["GET", "POST"])
def book(key: int) -> ResponseReturnValue:
    """Show a book, and add a review of it."""
    found = db.get_or_404(Book, key)
    form = ReviewForm()
    if form.validate_on_submit():
        if not current_user.is_authenticated:
            flash("Log in to write a review.", "note")
            return redirect(url_for("account.login", next=url_for("catalogue.book", key=key)))
        review = Review(
            stars=form.stars.data, text=form.text.data, book=found, user_id=current_user.id
        )
        db.session.add(review)
        db.session.commit()
        flash("Thank you for your review.", "success")
        return redirect(url_for("catalogue.book", key=key))
    page = render_template("book.html", book=found, form=form, count_form=CountForm(formdata=None))
    return (page, 422) if form.errors else page
