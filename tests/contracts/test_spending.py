"""What is spent is added up exactly, and nobody spends more than they may."""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import connections, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from conversations.core.errors import OverBudget
from conversations.core.model_api import Usage
from conversations.core.prices import ModelCard, Price
from conversations.models import (
    Charge,
    Conversation,
    LanguageModel,
    Preferences,
    Spending,
    Turn,
)
from conversations.services import access, catalogue, messages, spending
from conversations.services.growing import UnknownModel
from conversations.services.revising import RESUMABLE
from conversations.services.spending import Month
from tests.base import make_person
from tests.factories import create_conversation, create_reply

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
DEAR = "gpt-5"
SOME = Usage(1_000, 100, 400)


@pytest.fixture(autouse=True)
def _forgotten():
    catalogue.forget()
    yield
    catalogue.forget()


def budget(person: User, amount: str | None) -> None:
    usd = None if amount is None else Decimal(amount)
    Preferences.objects.update_or_create(
        owner=person, defaults={"monthly_budget_usd": usd}
    )


def queued(person: User, talk: Conversation | None = None) -> Turn:
    talk = talk or create_conversation(person)
    return create_reply(talk, "", status=Turn.Status.QUEUED, model=DEAR)


def reserve(turn: Turn, amount: str, now: datetime | None = None) -> None:
    spending.reserve(turn.owner_id, turn.id, Decimal(amount), now)


def end(turn: Turn, used: Usage, cost: Decimal, *, status="complete", now=None) -> None:
    """The end of a turn, as it is stored."""
    had = Turn.objects.get(id=turn.id)
    spent = Usage(had.input_tokens, had.output_tokens, had.cached_tokens)
    with transaction.atomic():
        Turn.objects.filter(id=turn.id).update(
            status=status,
            reserved_usd=0,
            input_tokens=F("input_tokens") + used.input,
            output_tokens=F("output_tokens") + used.output,
            cached_tokens=F("cached_tokens") + used.cached,
            cost_usd=had.cost_usd + cost,
        )
        spending.settle(turn, had=spent, used=used, cost=cost, now=now)


def charge(talk: Conversation, kind: str = "title", usage: Usage = SOME, **fields):
    return spending.charge(
        kind,
        **{
            "owner_id": talk.owner_id,
            "conversation_id": talk.id,
            "turn_id": None,
            "model": DEAR,
            "usage": usage,
            **fields,
        },
    )


# --- what a turn may cost
def test_the_estimate_is_the_most_a_turn_can_cost():
    card = ModelCard("x", price=Price(Decimal(2), Decimal(1), Decimal(10)))
    assert spending.estimate(card, 1_000, 500) == Decimal("0.007")
    assert spending.estimate(ModelCard("free"), 1_000, 500) == 0


# --- may it be spent?
def test_a_turn_is_refused_when_the_budget_cannot_pay_for_it(alice):
    budget(alice, "0.05")
    first, second = queued(alice), queued(alice)
    reserve(first, "0.03")
    with pytest.raises(OverBudget):
        reserve(second, "0.02000001")
    reserve(second, "0.02")
    stored = Turn.objects.order_by("id").values_list("reserved_usd", flat=True)
    assert list(stored) == [Decimal("0.03"), Decimal("0.02")]
    assert spending.standing(alice.id).left == 0


def test_a_refusal_says_what_the_budget_is_and_when_it_renews(alice):
    budget(alice, "10")
    end(queued(alice), SOME, Decimal("9.5"), now=NOVEMBER)
    reserve(queued(alice), "0.4", NOVEMBER)
    with pytest.raises(OverBudget) as refused:
        reserve(queued(alice), "0.25", NOVEMBER)
    assert str(refused.value) == (
        "This reply may cost up to $0.25, more than is left for this month."
        " Of your monthly budget of $10.00, $9.50 is spent."
        " Replies being written may cost $0.40 of it. It renews on 1 December."
    )
    assert (refused.value.code, refused.value.retryable) == ("over_budget", False)
    assert len(str(refused.value)) < 300  # as a turn's error it is stored


def test_a_refusal_leaves_the_transaction_it_is_in_usable(alice):
    budget(alice, "0.01")
    turn = queued(alice)
    with transaction.atomic():
        with pytest.raises(OverBudget):
            reserve(turn, "1")
        Turn.objects.filter(id=turn.id).update(status=Turn.Status.FAILED)
    turn.refresh_from_db()
    assert (turn.status, turn.reserved_usd) == ("failed", 0)


def test_a_turn_that_is_begun_again_reserves_once(alice):
    budget(alice, "1")
    turn = queued(alice)
    for _ in range(3):
        reserve(turn, "0.6")
    assert spending.standing(alice.id).reserved == Decimal("0.6")
    reserve(turn, "0.9")
    assert spending.standing(alice.id).reserved == Decimal("0.9")


@pytest.mark.parametrize("status", ["complete", "stopped", "failed", "interrupted"])
def test_a_reservation_ends_with_its_turn_however_that_ends(alice, status):
    budget(alice, "1")
    turn = queued(alice)
    reserve(turn, "1")
    Turn.objects.update(status=status)  # and nothing else
    assert spending.standing(alice.id).reserved == 0
    reserve(queued(alice), "1")


def test_a_reservation_goes_with_its_conversation(alice):
    budget(alice, "1")
    turn = queued(alice)
    reserve(turn, "1")
    turn.conversation.delete()
    assert spending.standing(alice.id).reserved == 0


def test_a_reservation_can_be_let_go(alice):
    budget(alice, "1")
    turn = queued(alice)
    reserve(turn, "1")
    spending.release(turn.id)
    assert spending.standing(alice.id).left == 1


def test_a_message_is_refused_when_the_month_is_used_up_and_the_model_costs(alice):
    budget(alice, "0.5")
    spending.check(alice.id, DEAR, NOVEMBER)
    end(queued(alice), SOME, Decimal("0.5"), now=NOVEMBER)
    with pytest.raises(OverBudget) as refused:
        spending.check(alice.id, DEAR, NOVEMBER)
    assert str(refused.value) == (
        "Of your monthly budget of $0.50, $0.50 is spent. It renews on 1 December."
    )
    spending.check(alice.id, "demo", NOVEMBER)
    spending.check(alice.id, DEAR, DECEMBER)


def test_a_new_month_begins_at_midnight_utc_in_any_timezone(alice):
    budget(alice, "1")
    end(queued(alice), SOME, Decimal(1), now=NOVEMBER)
    with pytest.raises(OverBudget):
        reserve(queued(alice), "0.1", NOVEMBER)
    reserve(queued(alice), "0.1", DECEMBER)
    assert spending.standing(alice.id, DECEMBER).renews == date(2027, 1, 1)
    assert spending.standing(alice.id, NOVEMBER).renews == date(2026, 12, 1)


# --- whose budget
@pytest.mark.parametrize(
    ("site", "own", "expected"),
    [
        ("0", None, None),
        ("5", None, "5"),
        ("5", "7.50", "7.50"),
        ("0", "7.50", "7.50"),
        ("5", "0", "0"),
    ],
)
def test_a_persons_budget_goes_before_the_sites(alice, settings, site, own, expected):
    settings.MONTHLY_BUDGET_USD = Decimal(site)
    assert spending.standing(alice.id).budget == (Decimal(site) or None)
    budget(alice, own)
    at = spending.standing(alice.id)
    assert at.budget == (None if expected is None else Decimal(expected))


def test_the_sites_budget_is_each_persons_own(alice, bob, settings):
    settings.MONTHLY_BUDGET_USD = Decimal(1)
    reserve(queued(alice), "1")
    reserve(queued(bob), "1")
    with pytest.raises(OverBudget):
        reserve(queued(alice), "0.00000001")


@pytest.mark.parametrize(
    ("site", "own", "refused"),
    [("0", None, False), ("0", "5", True), ("5", None, True)],
)
def test_who_has_a_budget_may_not_use_what_nobody_knows_the_price_of(
    alice, settings, site, own, refused
):
    settings.DEMO_MODEL, settings.MONTHLY_BUDGET_USD = False, Decimal(site)
    budget(alice, own)
    LanguageModel.objects.create(name="on-our-own-machine", calls_tools=False)
    ask = partial(messages.post, by=alice.id, text="Hello")
    ask(request_id=uuid.uuid4(), model="on-our-own-machine")
    ask(request_id=uuid.uuid4(), model="gpt-5-2025-08-07")
    with pytest.raises(UnknownModel) if refused else nullcontext():
        ask(request_id=uuid.uuid4(), model="gpt-nobody-knows")


def test_whose_budget_is_zero_may_use_models_that_cost_nothing(alice):
    budget(alice, "0")
    reserve(queued(alice), "0")
    spending.check(alice.id, "demo")
    with pytest.raises(OverBudget):
        reserve(queued(alice), "0.00000001")
    with pytest.raises(OverBudget):
        spending.check(alice.id, DEAR)


def test_asking_costs_few_queries_however_much_there_is(
    alice, bob, django_assert_num_queries
):
    turn = queued(alice)
    catalogue.card(DEAR)
    for _ in range(5):
        reserve(queued(bob), "0.1")
        end(queued(alice), SOME, Decimal(1))
    with transaction.atomic():
        with django_assert_num_queries(0):
            reserve(turn, "0")
            spending.check(alice.id, "demo")
        with django_assert_num_queries(1):
            reserve(turn, "1")
        with django_assert_num_queries(1):
            spending.check(alice.id, DEAR)
        budget(alice, "50")
        with django_assert_num_queries(3):
            reserve(turn, "1")


# --- it was spent
def test_what_a_turn_used_is_added_to_the_month_and_the_conversation(alice):
    talk = create_conversation(alice)
    end(queued(alice, talk), Usage(10, 20, 5), Decimal("0.00000003"), now=NOVEMBER)
    end(queued(alice, talk), Usage(1, 2), Decimal("1.5"), now=NOVEMBER)
    talk.refresh_from_db()
    assert talk.cost_usd == Decimal("1.50000003")
    assert spending.totals(alice.id, NOVEMBER.date()) == Month(
        date(2026, 11, 1), Decimal("1.50000003"), Decimal(0), Usage(11, 22, 5), 2
    )


def test_of_a_turn_that_went_on_only_the_new_part_is_added(alice):
    talk = create_conversation(alice)
    turn = queued(alice, talk)
    end(turn, Usage(10, 20), Decimal("0.25"), status="stopped", now=NOVEMBER)
    end(turn, Usage(30, 5), Decimal("0.5"), now=DECEMBER)
    talk.refresh_from_db()
    assert talk.cost_usd == Decimal("0.75")
    assert spending.months(alice.id) == [
        Month(date(2026, 12, 1), Decimal("0.5"), Decimal(0), Usage(30, 5), 0),
        Month(date(2026, 11, 1), Decimal("0.25"), Decimal(0), Usage(10, 20), 1),
    ]


def test_a_turn_that_ended_before_a_model_was_asked_adds_nothing(
    alice, django_assert_num_queries
):
    turn = queued(alice)
    with transaction.atomic(), django_assert_num_queries(0):
        spending.settle(turn, had=Usage(), used=Usage(), cost=Decimal(0))
    assert Spending.objects.count() == 0


def test_a_background_call_is_charged_at_the_price_of_the_moment(alice):
    talk, turn = create_conversation(alice), uuid.uuid4()
    row = LanguageModel.objects.create(name="mine", input_price=Decimal(1))
    million = Usage(1_000_000, 7, 3)
    assert charge(talk, model="mine", usage=million, turn_id=turn) == Decimal(
        "0.999997"
    )
    row.input_price = Decimal(2)
    row.save()
    charge(talk, "summary", model="mine", usage=million)
    first, second = Charge.objects.order_by("id")
    assert (first.owner_id, first.turn_id, first.kind) == (alice.id, turn, "title")
    assert (first.input_tokens, first.output_tokens, first.cached_tokens) == (
        1_000_000,
        7,
        3,
    )
    assert (first.cost_usd, second.cost_usd) == (
        Decimal("0.999997"),
        Decimal("1.999994"),
    )


def test_replies_and_background_calls_are_told_apart(alice, bob):
    talk = create_conversation(alice)
    end(queued(alice, talk), SOME, Decimal("0.25"))
    title = charge(talk)
    summaries = charge(talk, "summary") + charge(talk, "summary")
    charge(create_conversation(alice))
    charge(create_conversation(bob))
    told = spending.conversation_total(by=alice.id, conversation_id=talk.id)
    assert told.spent == Decimal("0.25") + title + summaries
    assert (told.replies, told.background) == (Decimal("0.25"), title + summaries)
    assert [(part.kind, part.calls, part.cost) for part in told.by_kind] == [
        ("summary", 2, summaries),
        ("title", 1, title),
    ]
    assert told.by_kind[0].usage == SOME + SOME
    month = spending.totals(alice.id)
    assert (month.replies, month.background) == (Decimal("0.25"), summaries + 2 * title)
    assert month.turns == 1


def test_a_strangers_conversation_has_no_total(alice, charlie):
    talk = create_conversation(alice)
    with pytest.raises(access.NotFound):
        spending.conversation_total(by=charlie.id, conversation_id=talk.id)


def test_a_charge_is_recorded_in_ones_own_conversation_only(alice, bob):
    talk = create_conversation(alice)
    charge(talk, owner_id=bob.id)
    talk.refresh_from_db()
    assert (talk.cost_usd, Charge.objects.count()) == (0, 0)


def test_what_was_spent_outlives_the_conversation(alice):
    talk = create_conversation(alice)
    end(queued(alice, talk), SOME, Decimal("0.25"))
    gone = create_conversation(alice)
    Conversation.objects.filter(id__in=[talk.id, gone.id]).delete()
    cost = charge(gone)  # its call was under way
    assert Charge.objects.count() == 0
    assert spending.totals(alice.id).spent == Decimal("0.25") + cost


def test_a_charge_of_a_person_who_is_gone_harms_nothing(alice):
    talk = create_conversation(alice)
    User.objects.all().delete()
    charge(talk)
    assert Spending.objects.count() == 0


def test_months_are_paged_the_latest_first(alice, bob):
    talk = create_conversation(alice)
    for month in range(1, 13):
        charge(talk, now=datetime(2026, month, 5, tzinfo=UTC))
    charge(create_conversation(bob))
    page = spending.months(alice.id, at_most=5)
    assert [row.month.month for row in page] == [12, 11, 10, 9, 8]
    older = spending.months(alice.id, before=page[-1].month, at_most=5)
    assert [row.month.month for row in older] == [7, 6, 5, 4, 3]
    assert spending.totals(alice.id, date(2025, 1, 31)) == Month(date(2025, 1, 1))


def test_many_small_sums_stay_exact(alice):
    """A float would have drifted: 0.1 + 0.2, and a price of a single token."""
    talk = create_conversation(alice, cost_usd=Decimal("99999.1"))
    amounts = [Decimal("0.1"), Decimal("0.2"), Decimal("0.00000003")] * 40
    for amount in amounts:
        end(queued(alice, talk), Usage(1, 1), amount)
    total = Decimal("99999.1") + sum(amounts)
    assert Conversation.objects.filter(cost_usd=total).exists()  # stored without a rest
    talk.refresh_from_db()
    assert talk.cost_usd == total
    assert spending.totals(alice.id).spent == sum(amounts)


# --- whatever is done in whatever order
COSTS = st.decimals("0", "3", places=8)
USAGES = st.builds(Usage, st.integers(0, 99), st.integers(0, 99), st.integers(0, 9))
WHICH = st.integers(0, 2)
ENDS = st.sampled_from(["complete", "stopped", "failed", "interrupted"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), WHICH, COSTS),
        st.tuples(st.just("crash"), WHICH),
        st.tuples(st.just("end"), WHICH, USAGES, COSTS, ENDS),
        st.tuples(st.just("resume"), WHICH),
        st.tuples(st.just("charge"), WHICH, USAGES, st.sampled_from(Charge.Kind)),
        st.tuples(st.just("price"), COSTS),
        st.tuples(st.just("next month")),
    ),
    max_size=25,
)


class Ledger:
    """Three turns in two conversations, and what the books must say of them."""

    def __init__(self, person: User) -> None:
        self.person, self.now = person, NOVEMBER
        talk = create_conversation(person)
        self.turns = [queued(person, talk), queued(person, talk), queued(person)]
        self.price = LanguageModel.objects.create(name="mine")
        budget(person, "20")

    def play(self, what: str, *given) -> None:
        if what == "price":
            self.price.input_price = given[0]
            self.price.save()
        elif what == "next month":
            self.now = DECEMBER
        else:
            turn = self.turns[given[0]]
            turn.refresh_from_db()
            getattr(self, f"_{what}")(turn, *given[1:])

    def _begin(self, turn: Turn, amount: Decimal) -> None:
        besides = Turn.objects.filter(conversation_id=turn.conversation_id)
        if turn.status != "queued" or besides.filter(status="running").exists():
            return
        before = spending.standing(self.person.id, self.now, besides=turn.id)
        fits = before.spent + before.reserved + amount <= 20
        try:
            spending.reserve(self.person.id, turn.id, amount, self.now)
        except OverBudget:
            assert not fits
        else:
            assert fits or not amount
            Turn.objects.filter(id=turn.id).update(status="running")

    def _crash(self, turn: Turn) -> None:
        Turn.objects.filter(id=turn.id, status="running").update(status="queued")

    def _end(self, turn: Turn, used: Usage, cost: Decimal, status: str) -> None:
        if turn.status in Turn.LIVE:
            cost = cost if used != Usage() else Decimal(0)
            end(turn, used, cost, status=status, now=self.now)

    def _resume(self, turn: Turn) -> None:
        ended = Turn.objects.filter(id=turn.id, status__in=RESUMABLE)
        ended.update(status="queued")

    def _charge(self, turn: Turn, usage: Usage, kind: str) -> None:
        charge(turn.conversation, kind, usage, model="mine", now=self.now)

    def audit(self) -> None:
        turns, charges = list(Turn.objects.all()), list(Charge.objects.all())
        for talk in Conversation.objects.all():
            told = spending.conversation_total(
                by=self.person.id, conversation_id=talk.id
            )
            assert told.replies == sum(
                turn.cost_usd for turn in turns if turn.conversation_id == talk.id
            )
            assert told.background == sum(
                each.cost_usd for each in charges if each.conversation_id == talk.id
            )
        months = spending.months(self.person.id)
        assert sum(m.replies for m in months) == sum(t.cost_usd for t in turns)
        assert sum(m.background for m in months) == sum(c.cost_usd for c in charges)
        for tokens in ("input", "output", "cached"):
            assert sum(getattr(m.usage, tokens) for m in months) == sum(
                getattr(row, f"{tokens}_tokens") for row in [*turns, *charges]
            )
        used = [t for t in turns if t.input_tokens + t.output_tokens + t.cached_tokens]
        assert sum(m.turns for m in months) == len(used)
        at = spending.standing(self.person.id, self.now)
        live = [turn for turn in turns if turn.status in Turn.LIVE]
        assert at.reserved == sum(turn.reserved_usd for turn in live)
        assert all(turn.reserved_usd == 0 for turn in turns if turn not in live)
        assert isinstance(at.spent + at.reserved, Decimal)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_sums_say_what_the_turns_and_charges_say(alice, steps):
    with transaction.atomic():
        ledger = Ledger(alice)
        for step in steps:
            ledger.play(*step)
            ledger.audit()
        transaction.set_rollback(True)
    catalogue.forget()


# --- at once
def together(*works) -> list[BaseException | None]:
    """Each in a thread of its own, all at once; what each raised."""
    start, raised = threading.Barrier(len(works)), {}

    def do(at, work):
        try:
            start.wait(60)
            work()
        except BaseException as problem:
            raised[at] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [raised.get(at) for at in range(len(works))]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_the_last_of_a_budget_one_gets_it():
    alice = make_person("Alice")
    budget(alice, "1")
    first, second = queued(alice), queued(alice)
    reserved = threading.Event()

    def begins():
        with transaction.atomic():
            reserve(first, "0.6")
            reserved.set()
            time.sleep(0.3)  # the other asks meanwhile, and must wait for the answer

    def begins_too():
        reserved.wait(60)
        reserve(second, "0.6")

    got, refused = together(begins, begins_too)
    assert got is None
    assert isinstance(refused, OverBudget)
    assert spending.standing(alice.id).reserved == Decimal("0.6")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_begin_as_the_budget_pays_for():
    alice = make_person("Alice")
    budget(alice, "1")
    turns = [queued(alice) for _ in range(8)]
    outcomes = together(*[lambda turn=turn: reserve(turn, "0.3") for turn in turns])
    assert [type(each) for each in outcomes if each is not None] == [OverBudget] * 5
    assert spending.standing(alice.id).reserved == Decimal("0.9")


@pytest.mark.django_db(transaction=True)
def test_sums_added_to_at_once_lose_nothing():
    alice = make_person("Alice")
    talk = create_conversation(alice)
    turns = [queued(alice, talk) for _ in range(4)]
    cost = charge(talk, now=NOVEMBER)
    ends = [
        lambda t=t: end(t, Usage(1, 1), Decimal("0.1"), now=DECEMBER) for t in turns
    ]
    charges = [lambda: charge(talk, now=DECEMBER) for _ in range(4)]
    assert together(*ends, *charges) == [None] * 8
    told = spending.totals(alice.id, DECEMBER.date())
    assert (told.replies, told.background) == (Decimal("0.4"), 4 * cost)
    assert (told.turns, told.usage.output) == (4, 4 + 4 * SOME.output)
    total = spending.conversation_total(by=alice.id, conversation_id=talk.id)
    assert total.spent == Decimal("0.4") + 5 * cost
