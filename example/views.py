"""The shop's pages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from .forms import CheckoutForm, CountForm, CouponForm, LoginForm, RegisterForm, ReviewForm
from .models import Author, Book, Line, Order, Review, Shelf, User, db

Answer = str | Response | tuple[str, int]

shop = Blueprint("shop", __name__)
account = Blueprint("account", __name__, url_prefix="/account")

_SORTS = {"title": Book.title, "price": Book.price, "newest": Book.published.desc()}
_COUPONS = {"SPRING10": Decimal("0.10")}


@shop.app_context_processor
def cart_size() -> dict[str, object]:
    """Tell every page what the cart holds."""
    return {"cart_size": sum(session.get("cart", {}).values()), "shelves": Shelf}


def found_books() -> object:
    """Find the books that the request asks for, a page of them."""
    query = select(Book).join(Author)
    text = request.args.get("q", "").strip()
    if text:
        query = query.where(or_(Book.title.icontains(text), Author.name.icontains(text)))
    shelf = request.args.get("shelf", "")
    if shelf in Shelf.__members__:
        query = query.where(Book.shelf == Shelf[shelf])
    query = query.order_by(_SORTS.get(request.args.get("sort", ""), Book.title))
    return db.paginate(query, per_page=6)


@shop.get("/")
def index() -> Answer:
    """Show the catalogue."""
    return render_template("index.html", books=found_books(), sorts=_SORTS)


@shop.get("/search")
def search() -> Answer:
    """Show the results alone, for a search while one types."""
    return render_template("_books.html", books=found_books())


@shop.route("/book/<int:key>", methods=["GET", "POST"])
def book(key: int) -> Answer:
    """Show a book, and take a review of it."""
    found = db.get_or_404(Book, key)
    form = ReviewForm()
    if form.validate_on_submit():
        if not current_user.is_authenticated:
            flash("Log in to write a review.", "error")
            return redirect(url_for("account.login"))
        db.session.add(
            Review(
                stars=form.stars.data,
                text=form.text.data,
                written=datetime(2024, 6, 1, 12),
                book=found,
                user_id=current_user.id,
            )
        )
        db.session.commit()
        flash("Thank you for your review.", "success")
        return redirect(url_for("shop.book", key=key))
    page = render_template("book.html", book=found, form=form, cart_form=CountForm())
    return (page, 422) if form.errors else page


@shop.get("/cart")
def cart() -> Answer:
    """Show the cart."""
    return render_template("cart.html", **_cart(), form=CouponForm())


@shop.post("/cart/<int:key>")
def add(key: int) -> Answer:
    """Put copies of a book into the cart."""
    found = db.get_or_404(Book, key)
    form = CountForm()
    if not form.validate_on_submit():
        flash("Between 0 and 20 copies, please.", "error")
        return redirect(url_for("shop.book", key=key))
    held = dict(session.get("cart", {}))
    held[str(key)] = form.count.data or 0
    session["cart"] = {name: count for name, count in held.items() if count}
    flash(f"“{found.title}” is in your cart.", "success")
    return redirect(url_for("shop.cart"))


@shop.post("/coupon")
def coupon() -> Answer:
    """Take a coupon."""
    form = CouponForm()
    code = (form.code.data or "").strip().upper()
    if form.validate_on_submit() and code in _COUPONS:
        session["coupon"] = code
        flash("Ten per cent off.", "success")
        return redirect(url_for("shop.cart"))
    flash(f"We know no coupon “{form.code.data}”.", "error")
    return render_template("cart.html", **_cart(), form=form), 422


@shop.route("/checkout", methods=["GET", "POST"])
@login_required
def checkout() -> Answer:
    """Order what is in the cart."""
    held = _cart()
    form = CheckoutForm()
    if form.validate_on_submit() and held["rows"]:
        order = Order(
            placed=datetime(2024, 6, 1, 12),
            total=held["total"],
            street=form.street.data,
            city=form.city.data,
            user_id=current_user.id,
        )
        order.lines = [Line(book=found, count=count) for found, count in held["rows"]]
        db.session.add(order)
        db.session.commit()
        session.pop("cart", None)
        session.pop("coupon", None)
        flash("Thank you! Your books are on their way.", "success")
        return redirect(url_for("account.overview"))
    page = render_template("checkout.html", **held, form=form)
    return (page, 422) if form.errors else page


@shop.get("/gift-card")
def gift_card() -> Answer:
    """Split a gift between friends; somebody forgot that there may be none."""
    friends = request.args.get("friends", 1, int)
    return render_template("gift.html", amount=Decimal(50), friends=friends)


def _cart() -> dict[str, Any]:
    held = session.get("cart", {})
    rows = [(found, count) for key, count in held.items() if (found := db.session.get(Book, int(key)))]
    total = sum((found.price * count for found, count in rows), Decimal(0))
    off = (total * _COUPONS.get(session.get("coupon", ""), Decimal(0))).quantize(Decimal("0.01"))
    return {"rows": rows, "off": off, "total": total - off}


@account.route("/login", methods=["GET", "POST"])
def login() -> Answer:
    """Log in."""
    form = LoginForm()
    if form.validate_on_submit():
        user = db.session.scalar(select(User).filter_by(email=form.email.data))
        if user is not None and user.has_password(form.password.data):
            login_user(user)
            flash(f"Welcome back, {user.name}.", "success")
            return redirect(url_for("shop.index"))
        flash("Email and password do not match.", "error")
        return render_template("login.html", form=form), 401
    return render_template("login.html", form=form)


@account.route("/register", methods=["GET", "POST"])
def register() -> Answer:
    """Become a customer."""
    form = RegisterForm()
    if form.validate_on_submit():
        if db.session.scalar(select(User).filter_by(email=form.email.data)) is None:
            user = User(name=form.name.data, email=form.email.data)
            user.set_password(form.password.data)
            db.session.add(user)
            db.session.commit()
            login_user(user)
            flash(f"Welcome, {user.name}.", "success")
            return redirect(url_for("shop.index"))
        form.email.errors = [*form.email.errors, "There is an account with this address."]
    return render_template("register.html", form=form)


@account.post("/logout")
@login_required
def logout() -> Answer:
    """Log out."""
    logout_user()
    flash("See you soon.", "success")
    return redirect(url_for("shop.index"))


@account.get("/")
@login_required
def overview() -> Answer:
    """Show a customer's orders."""
    return render_template("account.html")


@account.get("/order/<int:key>")
@login_required
def order(key: int) -> Answer:
    """Show one order."""
    found = db.get_or_404(Order, key)
    if found.user_id != current_user.id:
        abort(404)
    return render_template("order.html", order=found)
