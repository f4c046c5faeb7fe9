"""The forms of the settings pages. What is typed is judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.facts import LONGEST_KEY, LONGEST_VALUE
from conversations.services import choices, presets
from conversations.services.choices import Offer
from conversations.services.preferences import Wishes

IMPORTANCE = (("low", "Low"), ("normal", "Normal"), ("high", "High"))
WEIGHTS = {"low": 0.2, "normal": 0.5, "high": 0.8}


def importance_word(importance: float) -> str:
    return min(WEIGHTS, key=lambda word: abs(WEIGHTS[word] - importance))


def _line(longest: int, **attrs: str) -> forms.TextInput:
    return forms.TextInput(
        {"maxlength": longest, "dir": "auto", "autocomplete": "off", **attrs}
    )


def _words(longest: int, rows: int) -> forms.Textarea:
    return forms.Textarea({"maxlength": longest, "dir": "auto", "rows": rows})


class FactForm(forms.Form):
    value = forms.CharField(
        label="What to remember", widget=_words(LONGEST_VALUE, rows=2)
    )
    importance = forms.ChoiceField(label="Importance", choices=IMPORTANCE)


class NewFactForm(FactForm):
    key = forms.CharField(
        label="Name", widget=_line(LONGEST_KEY, placeholder="diet, job, home town …")
    )
    field_order = ("key", "value", "importance")


class KnownFactForm(FactForm):
    pinned = forms.BooleanField(label="Pinned: always goes along", required=False)


class PresetForm(forms.Form):
    name = forms.CharField(label="Name", widget=_line(presets.LONGEST_NAME))
    text = forms.CharField(
        label="Words for the model", widget=_words(choices.LONGEST_PROMPT, rows=10)
    )


class AssistantForm(forms.Form):
    """Model, strategy and system prompt, of a person or a conversation."""

    model = forms.ChoiceField(label="Model", required=False)
    strategy = forms.ChoiceField(
        label="What goes along with a message",
        required=False,
        widget=forms.RadioSelect,
    )
    system_prompt = forms.CharField(
        label="System prompt",
        required=False,
        widget=_words(choices.LONGEST_PROMPT, rows=8),
        help_text="Words that go to the model before everything else.",
    )

    def __init__(self, *args: Any, whose: str, follows: Wishes, **kwargs: Any) -> None:
        """``follows``: the model and strategy that "" stands for now."""
        super().__init__(*args, **kwargs)
        offered = choices.models()
        chosen = self.initial.get("model", "")
        if chosen and chosen not in {model.name for model in offered}:
            offered.append(Offer(chosen, chosen))
        self.fields["model"].choices = [
            ("", f"{whose} ({_label(follows.model, offered)})"),
            *((model.name, _priced(model)) for model in offered),
        ]
        strategies = choices.strategies()
        same = _label(follows.strategy, strategies)
        self.fields["strategy"].choices = [
            ("", _explained(Offer("", whose, f"{same}, for now."))),
            *((offer.name, _explained(offer)) for offer in strategies),
        ]


class ConversationForm(AssistantForm):
    uses_facts = forms.BooleanField(
        label="Tell the assistant what it knows about you", required=False
    )
    recalls = forms.BooleanField(
        label="Recall other conversations here, and this one in others",
        required=False,
    )
    summarises = forms.BooleanField(
        label="Keep a running summary of what is older", required=False
    )


def _label(name: str, offers: list[Offer]) -> str:
    return next((offer.label for offer in offers if offer.name == name), name)


def _priced(model: Offer) -> str:
    return f"{model.label} · {model.line}" if model.line else model.label


def _explained(offer: Offer) -> SafeString:
    return format_html("<span><b>{}</b> {}</span>", offer.label, offer.line)
