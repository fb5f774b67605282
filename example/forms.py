"""The shop's forms."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TelField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    Email,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
)

from .models import Delivery


class LoginForm(FlaskForm):
    """The login."""

    email = EmailField("Email", validators=[DataRequired(), Email()])
    password = PasswordField("Password", validators=[DataRequired()])
    remember = BooleanField("Remember me on this device")
    submit = SubmitField("Log in")


class RegisterForm(FlaskForm):
    """The registration."""

    name = StringField("Name", validators=[DataRequired(), Length(max=60)])
    email = EmailField("Email", validators=[DataRequired(), Email()])
    password = PasswordField(
        "Password", validators=[Length(min=10)], description="At least ten characters."
    )
    again = PasswordField(
        "The same password again", validators=[EqualTo("password", "The two are not the same.")]
    )
    submit = SubmitField("Create account")


class NameForm(FlaskForm):
    """The name."""

    name = StringField("Name", validators=[DataRequired("We need one."), Length(max=60)])


class ReviewForm(FlaskForm):
    """A review."""

    stars = SelectField("Stars", choices=[(n, "★" * n) for n in range(5, 0, -1)], coerce=int)
    text = TextAreaField("Your review", validators=[Length(10, 500)])
    submit = SubmitField("Publish review")


class CountForm(FlaskForm):
    """The number of copies."""

    count = IntegerField("Copies", default=1, validators=[InputRequired(), NumberRange(0, 20)])


class CouponForm(FlaskForm):
    """A coupon."""

    code = StringField("Coupon", validators=[DataRequired(), Length(max=20)])
    submit = SubmitField("Apply")


class CheckoutForm(FlaskForm):
    """The delivery."""

    name = StringField("Name", validators=[DataRequired(), Length(max=60)])
    phone = TelField(
        "Phone", validators=[Optional(), Regexp(r"^\+?[\d ]{6,20}$", message="Digits and spaces.")]
    )
    street = StringField("Street and number", validators=[DataRequired(), Length(max=80)])
    postcode = StringField(
        "Postcode", validators=[Regexp(r"^\d{4,5}$", message="Four or five digits.")]
    )
    city = StringField("City", validators=[DataRequired(), Length(max=60)])
    delivery = RadioField(
        "Delivery", choices=[(way.name, way.value) for way in Delivery], default="POST"
    )
    gift_wrap = BooleanField("Wrap it as a gift")
    note = TextAreaField("A note for us", validators=[Length(max=200)])
    card_number = StringField(
        "Card number", validators=[Length(min=12, message="A card number is longer.")]
    )
    expires = StringField(
        "Expires", validators=[Regexp(r"^\d\d/\d\d$", message="As on the card: MM/YY.")]
    )
    security_code = PasswordField(
        "Security code", validators=[Length(3, 4, "Three or four digits.")]
    )
    terms = BooleanField("I have read the terms", validators=[DataRequired("We need your yes.")])
    submit = SubmitField("Place order")


class ProfileForm(FlaskForm):
    """The profile of a customer."""

    name = StringField("Name", validators=[DataRequired(), Length(max=60)])
    email = EmailField("Email", validators=[DataRequired(), Email()])
    submit = SubmitField("Save")
