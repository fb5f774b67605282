"""Customers: registration, login, their orders."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy import select

from .forms import LoginForm, NameForm, ProfileForm, RegisterForm
from .models import Order, User, db

pages = Blueprint("account", __name__, url_prefix="/account")


def user_with(email: str) -> User | None:
    """Return the customer with an address."""
    return db.session.scalar(select(User).filter_by(email=email.lower()))


def back() -> ResponseReturnValue:
    """Redirect to where the visitor wanted to go, if that is a path of this site."""
    wanted = request.args.get("next", "")
    return redirect(
        wanted
        if wanted.startswith("/") and wanted[1:2] not in {"/", "\\"}
        else url_for("catalogue.index")
    )


@pages.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log in."""
    form = LoginForm()
    if form.validate_on_submit():
        user = user_with(form.email.data)
        if user is not None and user.has_password(form.password.data):
            login_user(user, remember=form.remember.data)
            flash(f"Welcome back, {user.name}.", "success")
            return back()
        flash("Email and password do not match.", "error")
        return render_template("login.html", form=form), 401
    page = render_template("login.html", form=form)
    return (page, 422) if form.errors else page


@pages.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Register as a customer."""
    form = RegisterForm()
    if form.validate_on_submit():
        if user_with(form.email.data) is None:
            user = User(name=form.name.data, email=form.email.data.lower())
            user.set_password(form.password.data)
            db.session.add(user)
            db.session.commit()
            login_user(user)
            flash(f"Welcome, {user.name}.", "success")
            return back()
        form.email.errors = ["There is an account with this address."]
    page = render_template("register.html", form=form)
    return (page, 422) if form.errors else page


@pages.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    """Log out."""
    logout_user()
    flash("See you soon.", "success")
    return redirect(url_for("catalogue.index"))


@pages.route("/", methods=["GET", "POST"])
@login_required
def overview() -> ResponseReturnValue:
    """Show the customer's orders and profile."""
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        owner = user_with(form.email.data)
        if owner is None or owner.id == current_user.id:
            current_user.name, current_user.email = form.name.data, form.email.data.lower()
            db.session.commit()
            flash("Saved.", "success")
            return redirect(url_for("account.overview"))
        form.email.errors = ["There is an account with this address."]
    page = render_template("account.html", form=form)
    return (page, 422) if form.errors else page


@pages.route("/name", methods=["GET", "POST"])
@login_required
def name() -> ResponseReturnValue:
    """Change the name, in place."""
    form = NameForm(obj=current_user)
    if form.validate_on_submit():
        current_user.name = form.name.data
        db.session.commit()
        return render_template("_name.html", form=None)
    page = render_template("_name.html", form=form)
    return (page, 422) if form.errors else page


@pages.get("/order/<int:key>")
@login_required
def order(key: int) -> ResponseReturnValue:
    """Show an order."""
    found = db.get_or_404(Order, key)
    if found.user_id != current_user.id:
        abort(404)
    return render_template("order.html", order=found)
