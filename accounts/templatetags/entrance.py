"""Forms on the account pages."""

from __future__ import annotations

import json
from typing import Any

from django import forms, template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def at_the_door(form: forms.BaseForm) -> forms.BaseForm:
    """The form, ready to be typed into: the first field that needs it has the focus,
    and no placeholder repeats the label above it.
    """
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    visible = form.visible_fields()
    wrong = [field for field in visible if field.errors]
    for field in (wrong or visible)[:1]:
        field.field.widget.attrs["autofocus"] = True
    return form


@register.filter
def as_json(value: Any) -> str:
    """For an attribute: what a script reads of a page."""
    return json.dumps(value, cls=DjangoJSONEncoder)
