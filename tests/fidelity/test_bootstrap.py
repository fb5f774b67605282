"""Bootstrap-Flask's macros: forms, tables, pagination, navigation, messages, icons."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from flask import Flask, flash, render_template_string, request
from flask_bootstrap import Bootstrap4, Bootstrap5
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    FormField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from .harness import Visit, verify


class Inner(FlaskForm):
    class Meta:
        csrf = False

    street = StringField("Street")


class Example(FlaskForm):
    name = StringField("Name <b>", description="yours", validators=[DataRequired(), Length(2, 10)])
    secret = PasswordField("Password")
    about = TextAreaField("About", render_kw={"rows": 3})
    when = DateField("When", default=date(2024, 1, 2))
    kind = SelectField("Kind", choices=[("a", "A"), ("b", "B & C")])
    many = SelectMultipleField("Many", choices=[("x", "X"), ("y", "Y")])
    one = RadioField("One", choices=[("1", "first"), ("2", "second")])
    agree = BooleanField("Agree")
    upload = FileField("File")
    home = FormField(Inner)
    lines = FieldList(StringField("Line"), min_entries=2)
    submit = SubmitField("Send")


PAGES = {
    "form": "{% from 'bootstrapV/form.html' import render_form %}{{ render_form(form, form_type='horizontal', "
    "button_map={'submit': 'success'}) }}{{ render_form(form, form_type='inline', "
    "novalidate=True, extra_classes='x') }}"
    "{{ render_form(form, action='/form', method='get', button_style='outline-dark', "
    "button_size='lg') }}",
    "fields": "{% from 'bootstrapV/form.html' import render_field, render_form_row, render_hidden_errors %}"
    "{% for field in form %}{{ render_field(field) }}{% endfor %}{{ render_form_row([form.name, "
    "form.kind]) }}"
    "{{ render_form_row([form.name, form.agree], col_map={'name': 'col-md-2'}) }}{{ "
    "render_hidden_errors(form) }}"
    "{{ form.hidden_tag() }}",
    "table": "{% from 'bootstrapV/table.html' import render_table %}{{ render_table(items, titles, "
    "show_actions=True, view_url=('view', [('key', ':id')]), delete_url=('view', [('key', "
    "':id')]), "
    "edit_url=('view', [('key', 'copy-:name')]), new_url=url_for('view', key='new'), "
    "custom_actions=[('Copy', 'files', ('view', [('key', ':id')]))], "
    "caption='All', header_classes='dark', responsive=True) }}{{ render_table(items) }}{{ "
    "render_table([]) }}",
    "pages": "{% from 'bootstrapV/pagination.html' import render_pagination, render_pager %}"
    "{{ render_pagination(pages, size='sm', ellipses='…', prev='‹', align='center') }}{{ "
    "render_pager(pages) }}"
    "{{ render_pagination(pages, endpoint='page', args={'q': 'a & b'}, fragment='#list') }}",
    "nav": "{% from 'bootstrapV/nav.html' import render_nav_item, render_breadcrumb_item %}"
    "{{ render_nav_item('page', 'Page', use_li=True, name='nav') }}{{ "
    "render_breadcrumb_item('page', 'Here', name='x') }}"
    "{{ render_nav_item('page', 'News', badge='<3>', name='form') }}",
    "messages": "{% from 'bootstrapV/utils.html' import render_messages, render_icon, render_static %}"
    "{{ render_messages(dismissible=True) }}{{ render_icon('heart', 32, 'primary') }}"
    "{{ render_icon('heart', title='a <title>', color='red') }}{{ render_static('css', 'a.css') }}"
    "{{ bootstrap.load_css() }}{{ bootstrap.load_js() }}",
    "container": "{% from 'bootstrapV/utils.html' import render_messages %}"
    "{{ render_messages([('warning', 'given <b>')], container=True, dismiss_animate=True) }}{{ "
    "render_messages() }}",
}


def make_app(version: int, folder: Path) -> Flask:
    app = Flask(f"bootstrap{version}", instance_path=str(folder))
    app.config.update(SECRET_KEY="test", SQLALCHEMY_DATABASE_URI="sqlite://")
    db = SQLAlchemy(app)
    CSRFProtect(app)
    (Bootstrap4 if version == 4 else Bootstrap5)(app)

    class Item(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(20))
        done = db.Column(db.Boolean)

    with app.app_context():
        db.create_all()
        db.session.add_all([Item(name=f"item <{n}>", done=bool(n % 2)) for n in range(25)])
        db.session.commit()

    @app.route("/", methods=["GET", "POST"], defaults={"name": "pages"})
    @app.route("/<name>", methods=["GET", "POST"])
    def page(name: str) -> str:
        form = Example()
        form.validate_on_submit()
        flash("saved <now>", "success")
        flash("careful", "danger")
        pages = db.paginate(db.select(Item), page=request.args.get("page", 2, int), per_page=5)
        titles = [("id", "#"), ("name", "Name"), ("done", "Done")]
        source = PAGES[name].replace("bootstrapV", f"bootstrap{version}")
        context = {"form": form, "items": pages.items, "titles": titles, "pages": pages}
        return render_template_string(source, **context)

    @app.route("/view/<key>", methods=["GET", "POST"])
    def view(key: str) -> str:
        return key

    return app


def walk(visit: Visit) -> None:
    """Visit each page, send forms with errors, go through the pages of a list."""
    for name in PAGES:
        visit.get(f"/{name}")
    visit.get("/form")
    visit.post(
        "/form",
        name="x",
        about="<p>",
        kind="b",
        many=["x", "y"],
        one="2",
        agree="y",
        secret="hunter2hunter2",
    )
    visit.post("/fields", name="")
    visit.post(
        "/form",
        {"lines-0": "<1>", "home-street": "Elm Row"},
        name="Ann",
        about="x",
        when="2024-02-30",
    )
    visit.get("/pages?page=4")
    visit.get("/pages?page=1")
    visit.get("/table?page=5")


@pytest.mark.parametrize("version", [4, 5])
def test_bootstrap_macros_replay_exactly(version: int, tmp_path: Path) -> None:
    """Every macro, in both versions."""
    verify(partial(make_app, version), tmp_path, walk, frames=14)
