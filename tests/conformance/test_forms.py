"""WTForms in a page: forms and fields with data, errors, choices and rendering arguments."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from .harness import Case, Context, Replaying, check


class AddressForm(Form):
    street = StringField("Street", [InputRequired()])
    city = StringField("City")


class OrderForm(Form):
    name = StringField(
        "Your <name>",
        [InputRequired("a name, please"), Length(min=3)],
        description="as on the card",
    )
    amount = IntegerField("Amount", [NumberRange(1, 9)])
    price = DecimalField("Price", places=2)
    day = DateField("Day")
    colour = SelectField("Colour", choices=[("r", "Red"), ("b", "Blue")])
    size = RadioField("Size", choices=[("s", "Small"), ("l", "Large")], default="s")
    extras = SelectMultipleField("Extras", choices={"Hot": ["a", "b"], "Cold": ["c"]})
    note = TextAreaField("Note", render_kw={"rows": 3})
    agreed = BooleanField("Agreed")
    hidden = HiddenField()
    picture = FileField("Picture")
    address = FormField(AddressForm)
    tags = FieldList(StringField("Tag"), min_entries=2)
    send = SubmitField("Send")


_POSTED = MultiDict(
    [
        ("name", "<a"),
        ("amount", "12x"),
        ("price", "1.5"),
        ("day", "2024-05-06"),
        ("colour", "b"),
        ("size", "q"),
    ]
    + [
        ("extras", "a"),
        ("extras", "c"),
        ("note", "line\n<b>"),
        ("agreed", "y"),
        ("tags-0", "one"),
        ("address-city", "X"),
    ]
)

_USES = {
    "labels and fields": "{{ form.name.label }}{{ form.name }}{{ form.name() }}{{ form.name(class='wide', **{'data-x': 1}) }}",
    "each kind of field": "{% for field in form %}{{ field.label }}{{ field }}\n{% endfor %}",
    "kinds by their type": "{% for field in form %}{% if field.type == 'BooleanField' %}{{ field() }}{% elif field.type in "
    "['SubmitField', 'HiddenField'] %}{{ field.id }}{% else %}{{ field.name }}{% endif %}{% "
    "endfor %}",
    "errors": "{% for field in form if field.errors %}{{ field.label.text }}<ul>{% for e in field.errors %}<li>{{ e }}</li>"
    "{% endfor %}</ul>{% endfor %}{{ form.errors|length }}",
    "errors of a form": "{% for name, errors in form.errors.items() %}{{ name }}: {{ errors }};{% endfor %}{{ form.errors }}",
    "data": "{{ form.name.data }}{{ form.amount.data }}{{ form.price.data }}{{ form.day.data }}{{ form.data.colour }}"
    "{{ form.extras.data }}{{ form.agreed.data }}",
    "choices": "{% for option in form.size %}{{ option }}{{ option.label }}{{ option.checked }}{% endfor %}"
    "{% for value, label, selected, kw in form.colour.iter_choices() %}{{ value }}{{ label }}{{ "
    "selected }}{{ kw }}{% endfor %}",
    "groups of choices": "{% for group, options in form.extras.iter_groups() %}{{ group }}{% for o in options %}{{ o[0] }}{% endfor %}"
    "{% endfor %}{{ form.extras.has_groups() }}",
    "flags and validators": "{{ form.name.flags.required }}{{ form.note.flags.required }}{{ form.name.flags.minlength }}"
    "{{ form.name.validators|length }}{{ form.name.description }}",
    "nested form": "{{ form.address.street }}{% for f in form.address %}{{ f.name }}{{ f.errors }}{% endfor %}{{ form.address.errors }}"
    "{{ form.address.form.city.data }}",
    "list of fields": "{% for f in form.tags %}{{ f }}{{ f.data }}{% endfor %}{{ form.tags.entries|length }}{{ form.tags.data }}",
    "macro over fields": "{% macro row(field) %}<p{% if field.errors %} class=bad{% endif %}>{{ field.label(class='l') }}"
    "{{ field(**kwargs)|safe }}{% for e in field.errors %}{{ e }}{% endfor %}</p>{% endmacro %}"
    "{{ row(form.name, class='c', placeholder='<') }}{{ row(form.note) }}{{ row(form.colour) }}",
    "field by its name": "{% for name in ['name', 'note'] %}{{ form[name] }}{{ form[name].id }}{% endfor %}{{ 'name' in form }}"
    "{{ form|attr('note') }}",
    "widgets": "{{ form.name.widget.input_type }}{{ form.note.render_kw.rows }}{{ form.note.render_kw }}",
    "field that is not there": "{{ form.gone is defined }}{% if form.gone %}x{% endif %}{{ form.name.gone|default('d') }}",
    "truth and equality of fields": "{% if form.name %}y{% endif %}{{ form.name == form.name }}{{ form.name.data == '<a' }}"
    "{{ form.amount.data is none }}{{ form.errors and 'errors' }}",
    "fields in filters": "{{ form|map(attribute='name')|join(',') }}{{ form|selectattr('errors')|map(attribute='id')|list }}"
    "{{ (form|list)|length }}{{ form|rejectattr('type', 'equalto', 'SubmitField')|list|length }}",
}


def _form() -> Context:
    form: Any = OrderForm(_POSTED)
    form.validate()
    return {"form": form}


def _fresh() -> Context:
    return {"form": OrderForm(data={"name": "ann", "extras": ["b"]})}


@pytest.mark.parametrize("use", _USES)
@pytest.mark.parametrize("make", [_form, _fresh], ids=["posted", "fresh"])
def test_form_in_a_page(use: str, make: Any, replaying: Replaying) -> None:
    """In a replay, a form and its fields give the recorded answers."""
    check(Case(f"form {_USES[use]}", make), replaying)
