"""The shop's forms."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, EqualTo, Length, NumberRange, Regexp


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Who are you?"""

    email = EmailField("Email", validators=[DataRequired(), Email()])
    password = PasswordField("Password", validators=[DataRequired()])
    submit = SubmitField("Log in")


class RegisterForm(FlaskForm):  # type: ignore[misc]
    """A new customer."""

    name = StringField("Name", validators=[DataRequired(), Length(max=60)])
    email = EmailField("Email", validators=[DataRequired(), Email()])
    password = PasswordField("Password", validators=[DataRequired(), Length(min=10)])
    again = PasswordField("Password, again", validators=[EqualTo("password", "The two are not the same.")])
    submit = SubmitField("Create account")


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """What do you think of it?"""

    stars = SelectField("Stars", choices=[(n, "★" * n) for n in range(5, 0, -1)], coerce=int)
    text = TextAreaField("Your review", validators=[DataRequired(), Length(min=10, max=500)])
    submit = SubmitField("Publish")


class CountForm(FlaskForm):  # type: ignore[misc]
    """How many?"""

    count = IntegerField("Copies", default=1, validators=[NumberRange(0, 20)])
    submit = SubmitField("Add to cart")


class CouponForm(FlaskForm):  # type: ignore[misc]
    """A code from a letter."""

    code = StringField("Coupon", validators=[DataRequired()])
    submit = SubmitField("Apply")


class CheckoutForm(FlaskForm):  # type: ignore[misc]
    """Where to, and how?"""

    street = StringField("Street", validators=[DataRequired()])
    postcode = StringField("Postcode", validators=[Regexp(r"^\d{4,5}$", message="Four or five digits.")])
    city = StringField("City", validators=[DataRequired()])
    delivery = RadioField("Delivery", choices=[("post", "By post, 2 days"), ("bike", "By bike, today")], default="post")
    card_number = StringField("Card number", validators=[Length(min=12, message="It is longer than that.")])
    submit = SubmitField("Order now")
