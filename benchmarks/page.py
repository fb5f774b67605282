"""The page that is measured: 25 rows of tasks, macros, about 360 attribute reads and 107 calls; no
database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import Flask, render_template
from jinja2 import DictLoader

_TEMPLATES = {
    "base.html": """<!doctype html>
<html><head><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="{{ url_for('static', filename='style.css') }}"></head>
<body><nav>{% for item in menu %}<a href="{{ url_for(item.endpoint) }}">{{ item.label }}</a>{% endfor %}
<span>{{ user.name }}</span></nav>
{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}
{% block body %}{% endblock %}</body></html>
""",
    "macros.html": """{% macro badge(text, kind) %}<span class="badge {{ kind }}">{{ text }}</span>{% endmacro %}
{% macro person(p) %}<a class="person" href="{{ p.link() }}">{{ p.name }}</a>{% endmacro %}
""",
    "tasks.html": """{% extends "base.html" %}{% from "macros.html" import badge, person %}
{% block title %}{{ project.name }}{% endblock %}
{% block body %}<h1>{{ project.name }}</h1><p>{{ project.about }}</p>
<table>{% for task in tasks %}
<tr><td>{{ loop.index }}</td>
<td><a href="{{ url_for('task', key=task.key) }}">{{ task.title }}</a>{% if task.urgent %} {{ badge("urgent", "red") }}{% endif %}</td>
<td>{{ person(task.owner) }}</td><td>{{ badge(task.state.label, task.state.kind) }}</td>
<td>{{ task.due or "" }}</td><td>{{ task.tags|join(", ") }}</td>
<td>{{ "%.1f"|format(task.hours) }}</td><td>{{ task.note|default("", true) }}</td></tr>
{% endfor %}</table>{% endblock %}
""",
}


@dataclass
class Person:
    """An owner."""

    name: str
    email: str

    def link(self) -> str:
        """Return a URL."""
        return f"/people/{self.name.lower()}"


@dataclass
class State:
    """A state."""

    label: str
    kind: str


@dataclass
class Task:
    """A task."""

    key: int
    title: str
    owner: Person
    state: State
    due: date | None
    hours: float
    urgent: bool
    note: str | None = None
    tags: list[str] = field(default_factory=list)


@dataclass
class Project:
    """A project."""

    name: str
    about: str


@dataclass
class Item:
    """An entry of the menu."""

    endpoint: str
    label: str


def make_tasks(count: int = 25) -> list[Task]:
    """Return tasks, the same ones each time."""
    people = [
        Person(name, f"{name.lower()}@example.com") for name in ("Ada", "Ben", "Cleo", "Dan", "Eve")
    ]
    states = [State("open", "blue"), State("doing", "amber"), State("done", "green")]
    return [
        Task(
            key=number,
            title=f"Task number {number}: look after the {('roof', 'cellar', 'garden')[number % 3]}",
            owner=people[number % 5],
            state=states[number % 3],
            due=date(2024, 1 + number % 12, 1 + number % 28) if number % 4 else None,
            hours=number * 0.5,
            urgent=number % 6 == 0,
            note=f"see note {number}" if number % 2 else None,
            tags=["house", "outside"][: 1 + number % 2],
        )
        for number in range(count)
    ]


def make_app() -> Flask:
    """Return the app, without any tool."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "benchmark"
    app.jinja_options = {"loader": DictLoader(_TEMPLATES)}
    tasks = make_tasks()
    menu = [Item("tasks", "Tasks"), Item("people", "People"), Item("about", "About")]
    project = Project("The old house", "Everything that must be done before the winter comes.")

    def show_tasks() -> str:
        return render_template(
            "tasks.html", tasks=tasks, menu=menu, project=project, user=tasks[0].owner
        )

    app.add_url_rule("/", "tasks", show_tasks)
    for rule, name in (("/people", "people"), ("/about", "about"), ("/task/<int:key>", "task")):
        app.add_url_rule(rule, name, lambda **_: "")
    return app
