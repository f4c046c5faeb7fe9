"""The table of models: an administrator's rows over what the product ships with."""

from __future__ import annotations

import threading
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from conversations.core.context import Budget
from conversations.core.prices import KNOWN, ModelCard, Price
from conversations.models import LanguageModel
from conversations.services import catalogue, remembering

pytestmark = [pytest.mark.database, pytest.mark.django_db]
seed = import_module("conversations.migrations.0004_known_models")
sight = import_module("conversations.migrations.0007_sees_images")
EDITOR = SimpleNamespace(connection=connection)


@pytest.fixture(autouse=True)
def _forgotten():
    """Rows of one test are rolled back unseen; nobody remembers them."""
    catalogue.forget()
    yield
    catalogue.forget()


@pytest.fixture
def real_server(settings):
    settings.DEMO_MODEL = False
    settings.CHAT_MODEL = "gpt-5-mini"


def names(cards: list[ModelCard]) -> list[str]:
    return [card.name for card in cards]


# --- what the table begins with
def test_a_new_site_has_the_shipped_table_as_rows():
    LanguageModel.objects.all().delete()
    seed.add(apps, EDITOR)
    sight.they_see(apps, EDITOR)
    rows = {row.name: catalogue._card(row) for row in LanguageModel.objects.all()}
    assert rows == KNOWN


def test_rows_that_were_there_stay_and_what_was_changed_is_not_taken_back():
    LanguageModel.objects.all().delete()
    LanguageModel.objects.create(name="gpt-5", input_price=Decimal(9))
    seed.add(apps, EDITOR)
    assert LanguageModel.objects.get(name="gpt-5").input_price == 9
    LanguageModel.objects.filter(name="gpt-4o").update(offered=False)
    LanguageModel.objects.create(name="my-own")
    seed.remove(apps, EDITOR)
    kept = LanguageModel.objects.values_list("name", flat=True)
    assert sorted(kept) == ["gpt-4o", "gpt-5", "my-own"]


# --- cards
def test_a_row_goes_before_what_was_shipped():
    LanguageModel.objects.update_or_create(
        name="gpt-5",
        defaults={
            "label": "GPT five",
            "window": 50_000,
            "reply_limit": 1_000,
            "encoding": "cl100k_base",
            "input_price": Decimal("1.000001"),
            "cached_price": Decimal("0.5"),
            "output_price": Decimal(8),
        },
    )
    price = Price(Decimal("1.000001"), Decimal("0.5"), Decimal(8))
    told = "gpt-5", "GPT five", 50_000, 1_000, "cl100k_base", price
    card = ModelCard(*told, calls_tools=True, sees_images=True)
    assert catalogue.card("gpt-5") == card
    assert catalogue.card("gpt-5-2025-08-07").price == price


def test_a_row_that_is_deleted_leaves_what_was_shipped():
    LanguageModel.objects.all().delete()
    assert catalogue.card("gpt-5") == KNOWN["gpt-5"]
    assert catalogue.card("nobody-knows-it") == ModelCard("nobody-knows-it")


def test_a_turn_gets_the_sites_limit_within_the_models_window(settings):
    settings.CONTEXT_TOKENS = 16_000
    LanguageModel.objects.create(name="small", window=4_000, reply_limit=600)
    assert catalogue.budget("small") == Budget(4_000, 600)
    assert catalogue.budget("gpt-5") == Budget(16_000, 4_000)


# --- memory
def test_cards_cost_one_query_and_then_none(django_assert_num_queries):
    with django_assert_num_queries(1):
        for name in ("gpt-5", "gpt-4o", "gpt-5"):
            catalogue.card(name)
        catalogue.offered()


def test_a_change_made_here_counts_at_once():
    row = LanguageModel.objects.create(name="mine", window=4_000)
    assert catalogue.card("mine").window == 4_000
    row.window = 8_000
    row.save()
    assert catalogue.card("mine").window == 8_000
    row.delete()
    assert catalogue.card("mine") == ModelCard("mine")


def test_a_change_made_elsewhere_counts_when_the_memory_is_old(monkeypatch):
    LanguageModel.objects.create(name="mine", window=4_000)
    assert catalogue.card("mine").window == 4_000
    LanguageModel.objects.update(window=8_000)  # which tells nobody
    assert catalogue.card("mine").window == 4_000
    later = remembering.time.monotonic() + remembering.FRESH
    monkeypatch.setattr(remembering.time, "monotonic", lambda: later)
    assert catalogue.card("mine").window == 8_000


@pytest.mark.django_db(transaction=True)
def test_who_read_before_a_change_was_stored_does_not_remember_it_for_long():
    def look():
        catalogue.card("mine")
        connections.close_all()

    with transaction.atomic():
        LanguageModel.objects.create(name="mine", window=4_000)
        reader = threading.Thread(target=look)
        reader.start()
        reader.join()
    assert catalogue.card("mine").window == 4_000


def test_what_is_forgotten_while_it_is_read_is_not_remembered(monkeypatch):
    read = catalogue._read

    def changed_meanwhile():
        table = read()
        LanguageModel.objects.create(name="late", window=4_000)
        return table

    monkeypatch.setattr(catalogue, "_read", changed_meanwhile)
    assert catalogue.card("late") == ModelCard("late")
    monkeypatch.setattr(catalogue, "_read", read)
    assert catalogue.card("late").window == 4_000


# --- what people may choose
def test_with_the_demo_model_people_choose_among_demo_models():
    LanguageModel.objects.create(name="demo-dear", input_price=Decimal(5))
    LanguageModel.objects.create(name="gpt-9")
    assert names(catalogue.offered()) == [*catalogue.DEMOS, "demo-dear"]
    assert catalogue.may_choose("demo-slow-5")
    assert not catalogue.may_choose("gpt-5")
    assert not catalogue.may_choose("demolition")


def test_people_choose_what_is_offered_and_the_sites_own(real_server):
    LanguageModel.objects.all().delete()
    LanguageModel.objects.create(name="b-model")
    LanguageModel.objects.create(name="a-model", label="The A")
    LanguageModel.objects.create(name="gpt-5-mini", offered=False)
    LanguageModel.objects.create(name="hidden", offered=False)
    cards = catalogue.offered()
    assert names(cards) == ["gpt-5-mini", "a-model", "b-model"]
    assert [card.title for card in cards] == ["gpt-5-mini", "The A", "b-model"]
    assert all(catalogue.may_choose(name) for name in names(cards))


@pytest.mark.parametrize("name", ["hidden", "gpt-5-pro", "gpt-4o", "demo", ""])
def test_a_model_that_is_not_offered_cannot_be_named(name, real_server):
    LanguageModel.objects.all().delete()
    LanguageModel.objects.create(name="hidden", offered=False)
    assert not catalogue.may_choose(name)
