"""Facts, asked for the way the product asks."""

from __future__ import annotations

import json

import pytest

from conversations.core.learning import found_in, worth_asking
from conversations.core.prompts import learn_items
from conversations.providers.demo.answers import answer
from conversations.providers.demo.request import DemoRequest, Message


def learned(text: str, *names: str) -> list[dict]:
    items = learn_items(text, names)
    said = tuple(Message(item.role, item.text) for item in items)
    reply = answer(DemoRequest("demo", said, []))
    assert isinstance(reply, str)
    return json.loads(reply)


def pairs(text: str, *names: str) -> dict[str, str]:
    return {one["key"]: one["value"] for one in learned(text, *names)}


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("My name is Maya and I live in Oslo", {"name": "Maya", "home": "Oslo"}),
        ("Hi! I'm living in St. Gallen.", {"home": "St. Gallen"}),
        ("I work as a carpenter, mostly.", {"job": "carpenter"}),
        ("I am a nurse and I'm vegan.", {"job": "nurse", "diet": "vegan"}),
        ("I am 40 years old.", {"age": "40 years old"}),
        ("I have two cats.", {"pets": "two cats"}),
        ("My boat is called Grebe.", {"boat": "Grebe"}),
        ("Ich heiße Jonas und wohne in Köln.", {"name": "Jonas", "home": "Köln"}),
        ("Je m'appelle Claire et j'habite à Lyon.", {"name": "Claire", "home": "Lyon"}),
        ("Me llamo Ana y vivo en Sevilla.", {"name": "Ana", "home": "Sevilla"}),
    ],
)
def test_what_is_stated_is_told_with_the_words_it_was_said_in(text, facts):
    assert pairs(text) == facts
    assert all(one["quote"] in text for one in learned(text))
    assert worth_asking(text)
    assert {one.key for one in found_in(json.dumps(learned(text)), text)} == set(facts)


@pytest.mark.parametrize(
    "text", ["", "Hello", "What is my name?", "Where do I live?", "Rye is a grain."]
)
def test_of_what_states_nothing_there_is_nothing(text):
    assert learned(text) == []


def test_a_name_that_is_in_use_is_used_again():
    assert pairs("I live in Oslo.", "name", "home town") == {"home town": "Oslo"}
    assert pairs("I live in Oslo.", "boat") == {"home": "Oslo"}


def test_it_knows_nothing_but_the_message():
    assert pairs("I live in Oslo.", "name: Anna") == {"home": "Oslo"}
