"""Who spent what, and whether they may spend more: money, exact under concurrency.

What turns and background calls cost is added up per person and month (UTC) and per
conversation, each sum within the statement that stores it. What running turns may yet
cost is counted nowhere: it is the sum over the turns that live, so that a reservation
cannot outlive its turn, however that ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Count, DecimalField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Round
from django.utils import timezone

from accounts.models import User
from conversations import conf
from conversations.core.errors import OverBudget
from conversations.core.model_api import Usage
from conversations.core.prices import UNIT, ModelCard, dollars
from conversations.core.tokens import count
from conversations.models import Charge, Conversation, Preferences, Spending, Turn
from conversations.services import access, catalogue

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in a month, in USD. A ``budget`` of None: no limit.

    ``reserved`` is what replies that are being written may yet cost.
    """

    month: date
    budget: Decimal | None
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal | None:
        if self.budget is None:
            return None
        return max(NOTHING, self.budget - self.spent - self.reserved)

    @property
    def renews(self) -> date:
        return _next(self.month)

    def has_room_for(self, amount: Decimal) -> bool:
        if self.budget is None:
            return True
        return self.spent + self.reserved + amount <= self.budget


@dataclass(frozen=True, slots=True)
class Month:
    """What a person spent in a month, in USD; ``background`` is the part that was no
    reply. ``turns`` that a model was asked for.
    """

    month: date
    spent: Decimal = NOTHING
    background: Decimal = NOTHING
    usage: Usage = Usage()
    turns: int = 0

    @property
    def replies(self) -> Decimal:
        return self.spent - self.background


@dataclass(frozen=True, slots=True)
class Part:
    """Background calls of one kind: how many, and what they cost in USD."""

    kind: str
    calls: int
    usage: Usage
    cost: Decimal


@dataclass(frozen=True, slots=True)
class ConversationTotal:
    """USD. ``spent`` on everything, ``by_kind`` of what was no reply."""

    spent: Decimal
    by_kind: tuple[Part, ...]

    @property
    def background(self) -> Decimal:
        return sum((part.cost for part in self.by_kind), NOTHING)

    @property
    def replies(self) -> Decimal:
        return self.spent - self.background


# --- may it be spent?
def estimate(card: ModelCard, prompt_tokens: int, reply_tokens: int) -> Decimal:
    """The most a turn can cost, in USD: nothing cached, the longest reply."""
    return card.price.most(prompt_tokens, reply_tokens)


def check(owner_id: UUID, model: str, now: datetime | None = None) -> None:
    """Raises ``OverBudget`` when the month's budget is used up and ``model`` costs
    money. One query; none for a free model.
    """
    if catalogue.card(model).price.is_free:
        return
    at = standing(owner_id, now)
    if at.budget is not None and at.spent >= at.budget:
        raise OverBudget(_used_up(at))


def has_budget(owner_id: UUID) -> bool:
    """Whether what the person spends is limited, by the site or for them alone."""
    return standing(owner_id).budget is not None


def reserve(
    owner_id: UUID, turn_id: UUID, amount: Decimal, now: datetime | None = None
) -> None:
    """Set ``amount`` (USD, its estimate) aside for a turn, in place of what was before.

    Raises ``OverBudget`` when it would exceed the month's budget. Of several at once
    no two get the last of it: a person's reservations wait for each other until the
    transaction ends. One query for those who have no budget, none for a free turn.
    """
    if not amount:
        return
    with transaction.atomic(savepoint=False):  # a refusal must not break the caller's
        if _budget_locked(owner_id) is None:
            return
        at = standing(owner_id, now, besides=turn_id)
        if fits := at.has_room_for(amount):
            Turn.objects.filter(id=turn_id).update(reserved_usd=amount)
    if not fits:
        raise OverBudget(_too_dear(at, amount))


def release(turn_id: UUID) -> None:
    """Let go of what a turn has reserved before it ends. Its end does it by itself."""
    Turn.objects.filter(id=turn_id).exclude(reserved_usd=0).update(reserved_usd=0)


def standing(
    owner_id: UUID, now: datetime | None = None, *, besides: UUID | None = None
) -> Standing:
    """Where a person stands in this month, in one query. ``besides``: a turn whose
    reservation does not count.
    """
    month = _month(now)
    spent = Spending.objects.filter(owner_id=owner_id, month=month)
    live = Turn.objects.filter(owner_id=owner_id, status__in=Turn.LIVE)
    if besides is not None:
        live = live.exclude(id=besides)
    reserved = live.order_by().values("owner_id").annotate(sum=Sum("reserved_usd"))
    found = User.objects.filter(id=owner_id).values_list(
        "preferences__monthly_budget_usd",
        Subquery(spent.values("spent_usd")),
        Subquery(reserved.values("sum")),
    )
    own, used, set_aside = found.first() or (None, None, None)
    return Standing(month, _budget(own), _exact(used), _exact(set_aside))


# --- it was spent
@transaction.atomic(savepoint=False)
def settle(
    turn: Turn,
    *,
    had: Usage,
    used: Usage,
    cost: Decimal,
    now: datetime | None = None,
) -> None:
    """Add what a turn that ended has ``used``, and its ``cost`` in USD.

    ``had`` is what it used before and was settled for, when it went on since. Call it
    in the transaction that ends the turn, with which its reservation is over.
    """
    if cost:
        talks = Conversation.objects.filter(id=turn.conversation_id)
        talks.update(cost_usd=_plus("cost_usd", cost))
    if used == Usage() and not cost:
        return
    first = int(had == Usage())
    _add(turn.owner_id, now, used, turns=F("turns") + first, **_money(spent_usd=cost))


@transaction.atomic(savepoint=False)
def charge(
    kind: str,
    *,
    owner_id: UUID,
    conversation_id: UUID,
    turn_id: UUID | None,
    model: str,
    usage: Usage,
    now: datetime | None = None,
) -> Decimal:
    """Record a background call at the price of the moment; its cost in USD.

    Of one whose conversation is gone by now, the month's sum remains.
    """
    cost = catalogue.card(model).price.cost(usage)
    talks = Conversation.objects.filter(id=conversation_id, owner_id=owner_id)
    if talks.update(cost_usd=_plus("cost_usd", cost)):
        Charge.objects.create(
            owner_id=owner_id,
            conversation_id=conversation_id,
            turn_id=turn_id,
            kind=Charge.Kind(kind),
            model=model,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cached_tokens=usage.cached,
            cost_usd=cost,
        )
    elif not User.objects.filter(id=owner_id).exists():
        return cost
    _add(owner_id, now, usage, **_money(spent_usd=cost, background_usd=cost))
    return cost


def charge_embedding(model: str, texts: Iterable[tuple[UUID, str]]) -> None:
    """Add what vectors of ``texts``, each with its owner, cost to their months: they
    are for all of a person's conversations and belong to none.
    """
    price = catalogue.card(model).price
    if price.is_free:
        return
    tokens: Counter[UUID] = Counter()
    for owner_id, text in texts:
        tokens[owner_id] += count(text)
    for owner in User.objects.filter(id__in=list(tokens)).only("id"):
        usage = Usage(input=tokens[owner.id])
        cost = price.cost(usage)
        _add(owner.id, None, usage, **_money(spent_usd=cost, background_usd=cost))


# --- what was spent
def totals(owner_id: UUID, month: date | None = None) -> Month:
    """What a person spent in the month of that day, or in this one."""
    first = month.replace(day=1) if month else _month(None)
    row = Spending.objects.filter(owner_id=owner_id, month=first).first()
    return _told(row) if row else Month(first)


def months(
    owner_id: UUID, *, before: date | None = None, at_most: int = 12
) -> list[Month]:
    """The latest months in which a person spent something, or those before a day."""
    rows = Spending.objects.filter(owner_id=owner_id).order_by("-month")
    if before is not None:
        rows = rows.filter(month__lt=before.replace(day=1))
    return [_told(row) for row in rows[:at_most]]


def conversation_total(*, by: UUID, conversation_id: UUID) -> ConversationTotal:
    """What a conversation has cost. Raises ``NotFound``."""
    talk = access.conversation(by, conversation_id)
    rows = Charge.objects.filter(conversation_id=talk.id).order_by("kind")
    kinds = rows.values_list("kind").annotate(
        Count("id"),
        Sum("input_tokens"),
        Sum("output_tokens"),
        Sum("cached_tokens"),
        Sum("cost_usd"),
    )
    return ConversationTotal(talk.cost_usd, tuple(_parts(kinds)))


# --- helpers
def _month(now: datetime | None) -> date:
    return (now or timezone.now()).astimezone(UTC).date().replace(day=1)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _exact(value: Decimal | None) -> Decimal:
    """A sum as it is: SQLite adds in floating point, far below the unit's half."""
    return (value or NOTHING).quantize(UNIT)


def _plus(field: str, amount: Decimal) -> Round:
    """The column plus ``amount``, rounded to its unit where a database adds floats."""
    usd = DecimalField(max_digits=14, decimal_places=8)
    return Round(F(field) + Value(amount, usd), precision=8, output_field=usd)


def _money(**amounts: Decimal) -> dict[str, Round]:
    return {field: _plus(field, amount) for field, amount in amounts.items()}


def _add(owner_id: UUID, now: datetime | None, usage: Usage, **sums: object) -> None:
    """Add to a person's month, whose row is made by whoever comes first."""
    month = _month(now)
    row = Spending.objects.filter(owner_id=owner_id, month=month)
    sums |= {
        "input_tokens": F("input_tokens") + usage.input,
        "output_tokens": F("output_tokens") + usage.output,
        "cached_tokens": F("cached_tokens") + usage.cached,
    }
    if not row.update(**sums):
        new = Spending(owner_id=owner_id, month=month)
        Spending.objects.bulk_create([new], ignore_conflicts=True)
        row.update(**sums)


def _budget(own: Decimal | None) -> Decimal | None:
    return conf.monthly_budget() if own is None else own


def _budget_locked(owner_id: UUID) -> Decimal | None:
    """A person's budget; their reservations by others wait until we are done.

    What the lock guards is read after it, by a statement of its own: PostgreSQL shows
    a statement what was stored before it began to wait.
    """
    theirs = Preferences.objects.filter(owner_id=OuterRef("id"))
    person = User.objects.select_for_update(no_key=True).filter(id=owner_id)
    own = person.values_list(Subquery(theirs.values("monthly_budget_usd")), flat=True)
    return _budget(own.first())


def _used_up(at: Standing) -> str:
    return f"{_of_budget(at)} {_renewal(at)}"


def _too_dear(at: Standing, amount: Decimal) -> str:
    waits = ""
    if at.reserved:
        waits = f" Replies being written may cost {dollars(at.reserved)} of it."
    return (
        f"This reply may cost up to {dollars(amount)}, more than is left for this"
        f" month. {_of_budget(at)}{waits} {_renewal(at)}"
    )


def _of_budget(at: Standing) -> str:
    return (
        f"Of your monthly budget of {dollars(at.budget or NOTHING)},"
        f" {dollars(at.spent)} is spent."
    )


def _renewal(at: Standing) -> str:
    return f"It renews on {at.renews.day} {at.renews:%B}."


def _told(row: Spending) -> Month:
    usage = Usage(row.input_tokens, row.output_tokens, row.cached_tokens)
    return Month(row.month, row.spent_usd, row.background_usd, usage, row.turns)


def _parts(kinds: Iterable[tuple]) -> Iterable[Part]:
    for kind, calls, sent, answered, cached, cost in kinds:
        yield Part(kind, calls, Usage(sent, answered, cached), _exact(cost))
