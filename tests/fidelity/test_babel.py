"""Flask-Babel in two languages: texts, plurals, lazy texts, dates, numbers, forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask_babel
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template, request
from flask_babel import Babel, force_locale, lazy_gettext, lazy_ngettext
from flask_wtf import FlaskForm
from jinja2 import DictLoader
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from .harness import Visit, verify

PAGES = {
    "base.html": """<html lang="{{ locale().language }}"><title>{% block title %}{{ _('Books') }}{% endblock %}</title>
{% block body %}{% endblock %}""",
    "macros.html": "{% macro plural(n) %}{{ ngettext('%(num)s book', '%(num)s books', n) }} {{ _('Books') }}{% endmacro %}",
    "texts.html": """{% extends "base.html" %}
{% from "macros.html" import plural %}{% from "macros.html" import plural as own with context %}
{% block title %}{{ super() }} – {{ _('Hello %(name)s', name=name) }}{% endblock %}{% block body %}
{{ gettext('Books') }} {{ ngettext('%(num)s book', '%(num)s books', n) }} {{ plural(n) }} {{ own(n) }}
{{ pgettext('month', 'May') }} {{ npgettext('shelf', '%(num)s book', '%(num)s books', n) }} {{ _('100%%') }} {{ _('Not in a catalogue') }}
{% trans %}Welcome back{% endtrans %} {% trans who=name %}Hello {{ who }}{% endtrans %}
{% trans count=n %}{{ count }} book{% pluralize %}{{ count }} books{% endtrans %}
{% trans trimmed %}  Welcome
   back {% endtrans %}
{{ lazy }} {{ lazy|upper }} {{ lazy|e }} {{ lazy|safe }} {{ lazy ~ "!" }} {{ lazy|length }} {{ "x" in lazy }} {% if lazy %}yes{% endif %}
{{ lazies|join(', ') }} {{ lazies|sort|first }} {{ plurals }} {{ lazy == "A lazy text" }} {{ "%s" % lazy }} {{ {'key': lazy} }} {{ lazy|default('none') }}
{% for text in lazies %}{{ loop.index }}{{ text|title }}{% endfor %} {{ named }} {{ abroad() }}{% endblock %}""",
    "formats.html": """{% extends "base.html" %}{% block body %}
{{ when|datetimeformat }} {{ when|datetimeformat('short') }} {{ when|dateformat('full') }} {{ when|timeformat }} {{ gap|timedeltaformat }}
{{ when|datetimeformat('EEEE, d. MMMM yyyy') }} {{ day|dateformat }} {{ hour|timeformat(rebase=false) }} {{ zoned|datetimeformat }} {{ zoned }}
{{ price|currencyformat('EUR') }} {{ number|numberformat }} {{ price|decimalformat }} {{ share|percentformat }} {{ number|scientificformat }}
{{ babel.format_date(when) }} {{ babel.format_currency(price, 'EUR') }} {{ babel.format_timedelta(gap, granularity='minute') }}
{{ locale() }} {{ locale().display_name }} {{ locale().currency_symbols['EUR'] }} {{ locale().months['format']['wide'][5] }} {{ zone() }}
{% for day, name in locale().days['format']['abbreviated'].items() %}{{ day }}={{ name }} {% endfor %}{% endblock %}""",
    "form.html": """{% extends "base.html" %}{% block body %}<form method="post">{{ form.hidden_tag() }}
{% for field in (form.name, form.kind) %}{{ field.label }} {{ field(class_="wide", title=lazy) }} {{ field.description }}
{% for error in field.errors %}<em>{{ error }}</em>{% endfor %}{% endfor %}</form>{% endblock %}""",
}

GERMAN: dict[str | tuple[str, ...], str | tuple[str, ...]] = {
    "Hello %(name)s": "Hallo %(name)s",
    "Hello %(who)s": "Hallo %(who)s",
    "Books": "Bücher",
    "Welcome back": "Willkommen zurück",
    "A lazy text": "Ein fauler <Text>",
    "Name": "Der Name",
    "Please write <something>.": "Bitte <etwas> eingeben.",
    ("%(num)s book", "%(num)s books"): ("%(num)s Buch", "%(num)s Bücher"),
    ("%(count)s book", "%(count)s books"): ("%(count)s Buch", "%(count)s Bücher"),
}


class NameForm(FlaskForm):
    name = StringField(
        lazy_gettext("Name"),
        description=lazy_gettext("A lazy text"),
        validators=[DataRequired(lazy_gettext("Please write <something>."))],
    )
    kind = SelectField(
        lazy_gettext("Books"), choices=[("a", lazy_gettext("Books")), ("b", "B & C")]
    )


def translate(folder: Path) -> None:
    """Write a catalogue of German texts."""
    folder.mkdir(parents=True)
    catalog = Catalog("de")
    for text, translation in GERMAN.items():
        catalog.add(text, translation)
    catalog.add("May", "Mai", context="month")
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)


def make_app(folder: Path) -> Flask:
    translate(folder / "translations" / "de" / "LC_MESSAGES")
    app = Flask("babelapp", instance_path=str(folder / "instance"))
    app.config.update(SECRET_KEY="test", BABEL_TRANSLATION_DIRECTORIES=str(folder / "translations"))
    app.jinja_options = {"loader": DictLoader(PAGES)}
    Babel(
        app,
        locale_selector=lambda: request.args.get("lang", "en"),
        timezone_selector=lambda: request.args.get("zone", "UTC"),
    )
    lazy = lazy_gettext("A lazy text")

    def abroad() -> str:
        with force_locale("de"):
            return flask_babel.gettext("Books")

    @app.context_processor
    def texts() -> dict[str, Any]:
        return {
            "lazy": lazy,
            "locale": flask_babel.get_locale,
            "zone": flask_babel.get_timezone,
            "babel": flask_babel,
        }

    @app.route("/<name>", methods=["GET", "POST"])
    def page(name: str) -> str:
        count = request.args.get("n", 1, int)
        form = NameForm()
        form.validate_on_submit()
        return render_template(
            f"{name}.html",
            form=form,
            n=count,
            name="<Ann>",
            lazies=[lazy_gettext("Welcome back"), lazy, "text"],
            plurals=lazy_ngettext("%(num)s book", "%(num)s books", count),
            named=lazy_gettext("Hello %(name)s", name="Ben & Eve"),
            abroad=abroad,
            when=datetime(2024, 2, 3, 4, 5),
            zoned=datetime(2024, 2, 3, 4, 5, tzinfo=UTC),
            day=date(2024, 2, 29),
            hour=time(16, 30),
            gap=timedelta(hours=5),
            price=Decimal("12.50"),
            share=0.25,
            number=1234567.891,
        )

    return app


def walk(visit: Visit) -> None:
    """Visit each page in both languages, with no, one and many items, and send an empty form."""
    for language in ("en", "de"):
        for count in (0, 1, 7):
            page = visit.get(f"/texts?lang={language}&n={count}")
        visit.get(f"/formats?lang={language}")
        visit.get(f"/formats?lang={language}&zone=Asia/Tokyo")
        visit.get(f"/form?lang={language}")
        visit.post(f"/form?lang={language}", name="", kind="z")
    assert "Willkommen zurück" in page


def test_flask_babel_replays_exactly(tmp_path: Path) -> None:
    """In both languages."""
    verify(make_app, tmp_path, walk, frames=14)
