"""Modules that templates import without context are made once, as without us, and pages that use
them are exact.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask import Flask, current_app, get_template_attribute, render_template
from jinja2 import DictLoader
from jinja2.environment import create_cache

from flask_replay.recording.events import Frame

from .test_entries import Both, _frames, _is_exact

_MODULES = {
    "variable": ("{% set value = costly() %}{% macro show() %}{{ value }}{% endmacro %}", "{{ m.show() }}{{ m.value }}"),
    "variable of an object": (
        "{% set user = owner() %}{% macro show(x) %}{{ user.name }}{{ x.name }}{% endmacro %}",
        "{{ m.show(user) }}{{ m.user.name }}{{ m.user }}",
    ),
    "counter": (
        ("{% set ns = namespace(n=0) %}{% macro next() %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{% "
        "endmacro %}"),
        "{{ m.next() }}{{ m.next() }}",
    ),
    "list that grows": (
        ("{% set seen = [] %}{% macro add(x) %}{% set _ = seen.append(x) %}{{ seen|join(',') }}{{ "
        "seen|length }}{% endmacro %}"),
        "{{ m.add(1) }};{{ m.add('b') }}",
    ),
    "macros that call each other": (
        """{% macro _in(x) %}<{{ x.name }}{{ title }}>{% endmacro %}
        {% macro out(x, y=2) %}{{ _in(x) }}{{ y }}{{ caller(1) if caller }}{% endmacro %}""",
        ("{{ m.out(user) }}{{ m.out(user, y=3) }}{% call(z) m.out(user) %}{{ z }}{{ user.name }}{% "
        "endcall %}"),
    ),
    "module that imports": (
        """{% import 'inner.html' as i %}{% from 'inner.html' import show as s, gone %}{% set v = costly() %}
        {% macro two(x) %}{{ s(x) }}{{ i.show(x) }}{{ i.value }}{{ v }}{{ gone is defined }}{% endmacro %}""",
        "{{ m.two(user) }}{% import 'inner.html' as j %}{{ j.show(user) }}",
    ),
    "macro that calls a block": (
        "{% block head %}{{ title }}{% endblock %}{% macro show(x) %}{{ self.head() }}{{ x.name }}{% endmacro %}",
        "{{ m.show(user) }}",
    ),
    "text": ("text {{ costly() }}{% macro show() %}{% endmacro %}", "{{ m }}|{{ m.show() }}"),
    "macro under a condition": (
        ("{% if costly() %}{% macro a(x) %}then {{ x.name }}{% endmacro %}{% else %}{% macro a(x) "
        "%}else {{ x.name }}{% endmacro %}{% endif %}"),
        "{{ m.a(user) }}{{ m.b is defined }}",
    ),
    "macro given to a function": ("{% macro show(x) %}{{ x }}{% endmacro %}", "{{ twice(m.show) }}{{ m.show(1) }}"),
    "filters and names": (
        ("{% macro show(x) %}{{ x.name|upper|own }}{{ title }}{% for a in 'ab' if a is own %}{{ "
        "loop.index }}{{ a }}{% endfor %}{% endmacro %}"),
        "{{ m.show(user) }}",
    ),
    "nothing": ("", "{{ m.none is defined }}"),
    "module that imports by a name of the app": (
        "{% from inner import show as s %}{% macro two(x) %}{{ s(x) }}{% endmacro %}",
        "{{ m.two(user) }}",
    ),
    "module that gives away a macro it imports": (
        """{% from 'inner.html' import show as s %}{% set value = 'its own' %}{% set a, b, c = s, s, s %}
        {% macro two(x) %}{{ value }}{{ a(x) }}{% endmacro %}""",
        "{{ m.two(user) }}",
    ),
    "imported twice": ("{% set v = costly() %}{% macro s() %}{{ v }}{% endmacro %}", "{% import 'm.html' as n %}{{ n.s() }}{{ m.s() }}"),
}  # fmt: skip


class User:
    name = "ann"

    def __str__(self) -> str:
        return f"<{self.name}>"


def _both(module: str, page: str) -> Both:
    def setup(app: Flask) -> None:
        calls: list[int] = []

        def costly() -> int:
            calls.append(1)
            return len(calls)

        app.jinja_env.globals.update(
            costly=costly,
            owner=User,
            title="a title",
            inner="inner.html",
            twice=lambda show: show(1) + show(2),
        )
        app.jinja_env.filters["own"] = lambda text: f"own {text}"
        app.jinja_env.tests["own"] = lambda text: text == "b"
        inner = (
            "{% set value = costly() %}{% macro show(x) %}[{{ x.name }}{{ value }}]{% endmacro %}"
        )
        sources = {
            "m.html": module,
            "page.html": "{% import 'm.html' as m %}" + page,
            "inner.html": inner,
        }
        app.jinja_env.loader = DictLoader(sources)

    return Both(setup)


@pytest.mark.parametrize("name", _MODULES)
def test_a_module_is_made_as_often_as_without_a_recorder(name: str) -> None:
    """Once for all requests. What its macros read is recorded with each page that calls them."""
    both = _both(*_MODULES[name])
    for _ in range(3):
        assert _is_exact(both.visit(lambda context: render_template("page.html", user=User())))


def test_a_secret_printed_by_an_imported_macro_is_masked() -> None:
    """Reads of a macro are recognized by name, like those of the page itself."""
    both = _both(
        "{% macro show(x) %}{{ x.api_key }}{% endmacro %}", "{{ m.show(user) }}{{ user.name }}"
    )

    class Holder(User):
        api_key = "sk-live-4f9a72b1"

    def view(context: dict[str, Any]) -> str:
        return render_template("page.html", user=Holder())

    for _ in range(2):
        made, verdicts = _frames(both.visit(view))
        assert verdicts == ["identical but for redacted values"]
        assert isinstance(made[0], Frame)
        assert "4f9a72b1" not in repr(made)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "module",
    [
        "{% from inner import key %}{% macro show(x) %}{{ key(x) }}{% endmacro %}",
        "{% import inner as i %}{% macro show(x) %}{{ i.key(x) }}{% endmacro %}",
        "{% from 'inner.html' import key with context %}{% macro show(x) %}{{ key(x) }}{% endmacro %}",
        (
            "{% if inner %}{% macro show(x) %}<b>{{ x.api_key }}</b>{% endmacro %}{% else %}"
            "{% macro show(x) %}{{ x.name }}{% endmacro %}{% endif %}"
        ),
    ],
)
def test_a_secret_printed_by_a_macro_of_the_app_is_masked(
    module: str, *, asynchronous: bool
) -> None:
    """Where a frame cannot use its own macro, what the app's prints is secret as a whole."""
    sources = {
        "inner.html": "{% macro key(x) %}<b>{{ x.api_key }}</b>{% endmacro %}",
        "m.html": module,
        "page.html": "{% import 'm.html' as m %}{{ m.show(user) }}",
    }

    def setup(app: Flask) -> None:
        app.jinja_options = {"enable_async": asynchronous}
        app.jinja_env.loader = DictLoader(sources)
        app.jinja_env.globals["inner"] = "inner.html"

    class Holder(User):
        api_key = "4f9a72b1-key"

    seen = Both(setup).visit(lambda context: render_template("page.html", user=Holder()))
    made, verdicts = _frames(seen)
    assert seen.body == b"<b>4f9a72b1-key</b>"
    assert verdicts == ["identical but for redacted values"]
    assert "4f9a72b1" not in repr(made)


def test_what_a_macro_of_the_app_prints_beside_a_csrf_token_is_kept() -> None:
    """Macros of whole tables have forms with buttons. The token is masked in its field."""
    token = "IjQ2ZWY5YjE3YzhhMzU0ZDE5Zjki.aSxyzA.Qm9vdHN0cmFw"
    field = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
    sources = {
        "m.html": f"{{% if true %}}{{% macro row(x) %}}{{{{ x.name }}}}{field}{{% endmacro %}}{{% endif %}}",
        "page.html": "{% import 'm.html' as m %}{{ m.row(user) }}",
    }

    def setup(app: Flask) -> None:
        app.jinja_env.loader = DictLoader(sources)
        app.jinja_env.globals["csrf_token"] = lambda: token

    seen = Both(setup).visit(lambda context: render_template("page.html", user=User()))
    (frame,), _ = _frames(seen)
    assert seen.body.decode() == f"ann{field.replace('{{ csrf_token() }}', token)}"
    assert "ann<input" in repr(frame)
    assert token not in repr(frame)


def test_a_macro_called_by_python_leaves_a_frame() -> None:
    """``get_template_attribute`` returns a part of a page. Reads of the macro are recognized by
    name.
    """
    module = """{% set kind = owner() %}{% macro row(x, y=2) %}<li>{{ x.name }}{{ y }}{{ kind.name }}{{ x.api_key }}</li>
        {{ varargs|length }}{{ kwargs.z }}{{ title }}{{ caller() if caller }}{% endmacro %}"""
    both = _both(module, "{{ m.row(user) }}")

    class Holder(User):
        api_key = "sk-live-4f9a72b1"

    calls: list[Callable[[Any], Any]] = [
        lambda row: row(Holder()),
        lambda row: row(Holder(), 3, 4, z=5) + row(x=Holder(), y=User()),
        lambda row: row(Holder(), caller=lambda: "called"),
    ]
    for number, call in zip((1, 2, 1), calls, strict=True):
        seen = both.visit(lambda context, call=call: call(get_template_attribute("m.html", "row")))  # type: ignore[misc]
        made, verdicts = _frames(seen)
        assert verdicts == ["identical but for redacted values"] * number
        assert [frame.block for frame in made] == ["row()"] * number
        assert "4f9a72b1" not in repr(made)


def test_a_macro_called_by_python_looks_like_jinjas() -> None:
    """A page or a log may print it."""
    both = _both("{% macro row(x) %}{{ x }}{% endmacro %}", "{{ m.row(user) }}")

    def view(context: object) -> str:
        row = get_template_attribute("m.html", "row")
        return f"{row!r} {type(row).__name__} {row.name} {row.arguments}"

    assert both.visit(view).body == b"<Macro 'row'> Macro row ('x',)"


def test_a_macro_that_raises_has_no_end() -> None:
    """The caller gets its error."""
    both = _both("{% macro row(x) %}{{ x.name.gone.at.all }}{% endmacro %}", "{{ m.row(user) }}")
    seen = both.visit(lambda context: get_template_attribute("m.html", "row")(User()))
    assert "UndefinedError" in seen.error
    assert _frames(seen)[1] == ["unfinished"]


@pytest.mark.parametrize(
    ("imported", "used"),
    [
        ("{% from 'library.html' import shown %}", "{{ shown(x) }}"),
        ("{% import 'library.html' as library %}", "{{ library.shown(x) }}"),
        ("{% from 'library.html' import label %}", "{{ label }} {{ x.name }}"),
        ("{% from 'library.html' import later with context %}", "{{ later }}old {{ x.name }}"),
        (
            "{% from 'library.html' import shown %}{% macro _in(x) %}{{ shown(x) }}{% endmacro %}",
            "{{ _in(x) }}",
        ),
    ],
)
def test_a_module_keeps_what_it_imported_before_a_template_changed(
    imported: str, used: str
) -> None:
    """Jinja makes it once. So its names are those that the visitor gets. Where they come from a
    module that is gone, the frame is incomplete.
    """
    library = "{% macro shown(x) %}old {{ x.name }}{% endmacro %}{% set label = 'old' %}"
    sources = {
        "library.html": library,
        "tools.html": f"{imported}{{% macro tool(x) %}}{used}{{% endmacro %}}",
        "page.html": "{% from 'tools.html' import tool %}{{ tool(user) }}",
        "another.html": "{% from 'library.html' import shown %}{{ shown(user) }}",
    }

    def setup(app: Flask) -> None:
        app.config["TEMPLATES_AUTO_RELOAD"] = True
        app.jinja_env.loader = DictLoader(sources)

    both = Both(setup)

    def view(context: object) -> str:
        return render_template("page.html", user=User())

    def expect_old() -> None:
        seen = both.visit(view)
        assert seen.body == b"old ann"
        made, verdicts = _frames(seen)
        assert isinstance(made[0], Frame)
        assert verdicts == ["identical"] or "untraced" in made[0].flags

    for _ in range(2):
        assert _frames(both.visit(view))[1] == ["identical"]
    sources["library.html"] = library.replace("old", "new") + "{% set later = 'new' %}"
    expect_old()
    assert both.visit(lambda _: render_template("another.html", user=User())).body == b"new ann"
    expect_old()
    sources["library.html"] = "{% not a template %}"
    expect_old()
    del sources["library.html"]
    expect_old()


def _tools(sources: dict[str, str], cache_size: int = 50) -> Both:
    """Return an app whose templates may change."""
    sources |= {
        "library.html": "{% set made = costly() %}{% macro shown(x) %}{{ x.name }} {{ made }}{{ extra }}{% endmacro %}",
        "tools.html": "{% import 'library.html' as l %}{% macro tool(x) %}{{ l.shown(x) }}{% endmacro %}",
        "page.html": "{% from 'tools.html' import tool %}{{ tool(user) }}",
    }

    def setup(app: Flask) -> None:
        app.config["TEMPLATES_AUTO_RELOAD"] = True
        app.jinja_env.loader = DictLoader(sources)
        app.jinja_env.cache = create_cache(cache_size)
        app.jinja_env.globals["costly"] = partial(next, count(1))

    return Both(setup)


def _page(context: object) -> str:
    return render_template("page.html", user=User())


def _called(context: object) -> str:
    return str(get_template_attribute("tools.html", "tool")(User()))


@pytest.mark.parametrize("view", [_page, _called])
@pytest.mark.parametrize("cache_size", [0, 50])
def test_a_module_that_another_imports_is_made_as_often_as_without_us(
    cache_size: int, view: Callable[[object], str]
) -> None:
    """Also if no template is cached, and after its template has changed: making it calls the app,
    and may fail.
    """
    sources: dict[str, str] = {}
    both = _tools(sources, cache_size)
    bodies = [both.visit(view).body for _ in range(2)]
    assert bodies == [b"ann 1", b"ann 1" if cache_size else b"ann 2"]
    sources["library.html"] += "{{ gone.name }}"
    seen = both.visit(view)
    assert (seen.body, "UndefinedError" in seen.error) == (
        (b"ann 1", False) if cache_size else (b"", True)
    )


def test_a_small_cache_drops_the_templates_that_it_drops_without_us() -> None:
    """The app uses a module without asking for the templates that it imports."""
    sources: dict[str, str] = {}
    both = _tools(sources, cache_size=3)
    sources["other.html"] = "other"
    sources["direct.html"] = "{% from 'library.html' import shown %}{{ shown(user) }}"

    def body(name: str) -> bytes:
        return both.visit(lambda context: render_template(name, user=User())).body

    pages = "page.html", "page.html", "other.html", "direct.html"
    assert [body(name) for name in pages] == [b"ann 1", b"ann 1", b"other", b"ann 2"]


def test_a_module_made_with_names_of_one_template_is_not_shared() -> None:
    """The app may load a template with names that others do not see. Its imports see them."""
    sources: dict[str, str] = {}
    both = _tools(sources)
    sources["part.html"] = "{% import 'library.html' as p %}{{ p.shown(user) }}"
    sources["page.html"] = (
        "{% include 'part.html' %}{% import 'library.html' as l %},{{ l.shown(user) }}"
    )

    def view(context: object, name: str = "page.html") -> str:
        template = current_app.jinja_env.get_template(name, globals={"extra": "!"})
        return render_template(template, user=User())

    for number in (2, 3):
        seen = both.visit(view)
        assert seen.body == f"ann 1,ann {number}!".encode()
        assert _is_exact(seen)
    both.visit(lambda context: view(context, "tools.html"))
    sources["page.html"] = "{% import 'tools.html' as t %}{{ t.tool(user) }},{{ costly() }}"
    assert [both.visit(_page).body for _ in range(2)] == [b"ann 5!,6", b"ann 5!,7"]


def test_pages_that_make_a_module_at_the_same_time_use_the_last_one() -> None:
    """As without us: each makes its own while it awaits the other, and later imports of both find
    the one that was kept.
    """
    sources = {
        "library.html": "{% set made = costly() %}{% macro shown() %}{{ made }}{% endmacro %}",
        "page.html": "{% import 'library.html' as l %}{{ l.shown() }}{{ others() }}{% import 'library.html' as m %}{{ m.shown() }}",
    }

    def setup(app: Flask) -> None:
        numbers = count(1)

        async def others() -> str:
            for _ in range(9):
                await asyncio.sleep(0)
            return ""

        async def costly() -> int:
            number = next(numbers)
            await others()
            return number

        app.jinja_options = {"enable_async": True}
        app.jinja_env.loader = DictLoader(sources)
        app.jinja_env.globals.update(costly=costly, others=others)

    both = Both(setup)

    async def pages() -> str:
        page = current_app.jinja_env.get_template("page.html")
        return " ".join(await asyncio.gather(page.render_async(), page.render_async()))

    for body in (b"12 22", b"22 22"):
        seen = both.visit(lambda context: asyncio.run(pages()))
        assert seen.body == body
        assert _is_exact(seen, 2)
