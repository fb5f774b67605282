"""Flask-Babel in two languages: texts, plurals, lazy texts, dates and numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string, request
from flask_babel import Babel, format_currency, format_date, format_decimal, format_timedelta, get_locale, lazy_gettext

from .harness import Visit, verify

PAGE = """<h1>{{ _('Hello %(name)s', name=name) }}</h1>{{ gettext('Books') }} {{ ngettext('%(num)s book', '%(num)s books', n) }}
{% trans %}Welcome back{% endtrans %}
{% trans count=n %}{{ count }} book{% pluralize %}{{ count }} books{% endtrans %}
{{ lazy }} {{ lazy|upper }} {{ lazy ~ "!" }} {{ lazy|length }} {{ "x" in lazy }} {% if lazy %}yes{% endif %}
{{ when|datetimeformat }} {{ when|dateformat('full') }} {{ when|timeformat }} {{ gap|timedeltaformat }}
{{ price|currencyformat('EUR') }} {{ 1234567.891|numberformat }} {{ share|percentformat }}
{{ date(when) }} {{ money(price, 'EUR') }} {{ number(price) }} {{ ago(gap) }} {{ locale() }} {{ locale().display_name }}
"""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    folder = tmp_path / "translations" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalog = Catalog("de")
    catalog.add("Hello %(name)s", "Hallo %(name)s")
    catalog.add("Books", "Bücher")
    catalog.add("Welcome back", "Willkommen zurück")
    catalog.add("A lazy text", "Ein fauler <Text>")
    catalog.add(("%(num)s book", "%(num)s books"), ("%(num)s Buch", "%(num)s Bücher"))
    catalog.add(("%(count)s book", "%(count)s books"), ("%(count)s Buch", "%(count)s Bücher"))
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    app = Flask("babelapp", instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", BABEL_TRANSLATION_DIRECTORIES=str(tmp_path / "translations"))
    Babel(app, locale_selector=lambda: request.args.get("lang", "en"))
    lazy = lazy_gettext("A lazy text")

    @app.get("/")
    def home() -> str:
        return render_template_string(
            PAGE, name="<Ann>", n=request.args.get("n", 1, int), lazy=lazy, when=datetime(2024, 2, 3, 4, 5),
            gap=timedelta(hours=5), price=Decimal("12.50"), share=0.25, date=format_date, money=format_currency,
            number=format_decimal, ago=format_timedelta, locale=get_locale,
        )  # fmt: skip

    return app


def drive(visit: Visit) -> None:
    for language in ("en", "de"):
        for count in (0, 1, 7):
            page = visit.get(f"/?lang={language}&n={count}")
    assert "Willkommen zurück" in page


def test_flask_babel_replays_exactly(app: Flask, tmp_path: Path) -> None:
    """Both languages verify."""
    verify(app, tmp_path / "replay", drive, frames=6)
