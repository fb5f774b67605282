"""Flask's own objects in a page: request, session, g, config, messages, URLs, proxies, lazy
translations.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, flash, g, session
from flask_babel import Babel, lazy_gettext
from markupsafe import Markup
from werkzeug.local import LocalProxy

from . import things
from .harness import Case, Context, Replaying, check

_OBJECTS = {
    "request": "{{ request.path }}{{ request.method }}{{ request.endpoint }}{{ request.args.get('q') }}{{ request.is_json }}",
    "request's arguments": "{{ request.args }}{{ request.args['q'] }}{{ request.args.getlist('tag') }}{{ request.args.to_dict() }}"
    "{% for k, v in request.args.items(multi=True) %}{{ k }}={{ v }};{% endfor %}{{ 'q' in "
    "request.args }}",
    "request's headers and URL": "{{ request.headers['User-Agent'] }}{{ request.url }}{{ request.base_url }}{{ request.host }}"
    "{{ request.headers.get('X', 'none') }}{{ request.user_agent }}{{ request.full_path }}",
    "request's view": "{{ request.view_args }}{{ request.url_rule }}{{ request.blueprint is none }}{{ request }}",
    "session": "{{ session.user }}{{ session['user'] }}{{ session.get('gone', 'no') }}{{ 'user' in session }}"
    "{% for key in session %}{{ key }}{% endfor %}{{ session.new }}{{ session.permanent }}",
    "session that is written": "{% set _ = session.update({'seen': 1}) %}{{ session.seen }}{{ session.pop('seen') }}{{ session|length }}",
    "g": "{{ g.user.name }}{{ g.get('gone') }}{{ g.get('gone', 'd') }}{{ 'user' in g }}{{ g.gone is defined }}",
    "config": "{{ config.TITLE }}{{ config['TITLE'] }}{{ config.get('GONE', 1) }}{{ config.DEBUG }}{{ 'TITLE' in config }}",
    "url_for": "{{ url_for('item', id=3) }}{{ url_for('item', id=3, page=2) }}{{ url_for('item', id=4, _anchor='a') }}"
    "{{ url_for('item', id=3, _external=True) }}",
    "url_for spread": "{{ url_for('item', **dict(request.args, id=7)) }}{{ url_for(**{'endpoint': 'item', 'id': 1}) }}",
    "messages": "{{ get_flashed_messages() }}{{ get_flashed_messages(with_categories=true) }}"
    "{% with messages = get_flashed_messages() %}{% for m in messages %}{{ m }}{% endfor %}{% "
    "endwith %}",
    "messages by category": "{% for category, message in get_flashed_messages(with_categories=true) %}"
    "<{{ category }}>{{ message }}{% endfor %}",
    "proxies": "{{ proxy.name }}{{ proxy.greet('x') }}{{ proxy }}{{ listed }}{{ listed|length }}{% for i in listed %}{{ i }}{% endfor %}"
    "{{ text }}{{ text|upper }}{{ text|string }}{{ proxy == person }}{{ nobody is none }}{% if "
    "nobody %}y{% else %}n{% endif %}",
    "proxy changes what it stands for": "{{ turn.name }}{{ next_turn() }}{{ turn.name }}{{ turn }}",
    "current user, anonymous": "{% if user.is_authenticated %}{{ user.name }}{% else %}anonymous{% endif %}{{ user.id }}",
    "lazy translations": "{{ lazy }}{{ lazy ~ '!' }}{{ lazy|upper }}{{ lazy == 'Hello <b>' }}{{ lazy|length }}{{ [lazy]|join }}"
    "{{ lazy|safe }}{{ '%s' % lazy }}{{ {'k': lazy} }}{{ labels[lazy] }}{{ lazy.upper() }}{{ "
    "lazy|default('x', true) }}",
    "lazy translations with values": "{{ greeting }}{{ greeting|replace('ann', 'bob') }}{{ _('plain %(x)s', x=lazy) }}"
    "{% trans %}text{% endtrans %}{{ ngettext('%(num)s book', '%(num)s books', 2) }}",
    "app context": "{{ request.environ.REQUEST_METHOD }}{{ request.referrer }}{{ request.remote_addr }}",
}


class _Anonymous:
    is_authenticated = False
    id = None


def _setup(app: Flask) -> None:
    app.config["TITLE"] = "The <Site>"
    app.add_url_rule("/item/<int:id>", "item", lambda id: "")
    Babel(app)


def _context() -> Context:
    session["user"] = "ann"
    g.user = person = things.Plain("ann")
    flash("saved <b>", "info")
    flash(Markup("<i>gone</i>"), "error")
    turns = iter([things.Plain("second")])
    turn = [things.Plain("first")]
    lazy: Any = lazy_gettext("Hello <b>")
    return {
        "person": person,
        "proxy": LocalProxy(lambda: person),
        "listed": LocalProxy(lambda: [3, 4]),
        "text": LocalProxy(lambda: "<text>"),
        "nobody": LocalProxy(lambda: None),
        "turn": LocalProxy(lambda: turn[0]),
        "next_turn": lambda: turn.__setitem__(0, next(turns)) or "",
        "user": LocalProxy(_Anonymous),
        "lazy": lazy,
        "labels": {"Hello <b>": "found"},
        "greeting": lazy_gettext("Hello %(name)s", name="ann"),
    }


@pytest.mark.parametrize("name", _OBJECTS)
def test_object_of_flask(name: str, replaying: Replaying) -> None:
    """Flask's proxies, functions and lazy texts are recorded with their answers."""
    check(Case(_OBJECTS[name], _context, _setup), replaying)


def test_page_that_ignores_the_session_stays_cacheable(replaying: Replaying) -> None:
    """Recording does not read the session, which would add a header to every page."""
    seen = check(Case("{{ who }}", lambda: {"who": "ann"}), replaying)
    assert "Vary" not in seen.headers


def test_page_that_reads_the_session_says_so(replaying: Replaying) -> None:
    """The header of such a page is the same with recording and without."""
    seen = check(Case("{{ session.user }}{{ who }}", lambda: {"who": "ann"}), replaying)
    assert seen.headers["Vary"] == "Cookie"
