"""What would be sent now, and what it would cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID, uuid4

from accounts.models import User
from conversations import conf
from conversations.core.context import (
    STRATEGIES,
    Block,
    History,
    Material,
    Recall,
    Recalled,
    StoredMessage,
)
from conversations.core.context.about_person import about_person
from conversations.core.context.blocks import system_block
from conversations.core.context.files import enclosed
from conversations.core.prices import ModelCard
from conversations.core.tokens import PER_ITEM, count
from conversations.core.tools import tool_tokens
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    access,
    attached,
    catalogue,
    choices,
    planning,
    preferences,
    redacting,
)
from conversations.services.branches import Branch
from conversations.services.planning import Offer, no_tools
from conversations.services.receipt_parts import (
    Fill,
    Left,
    LeftOfFile,
    Part,
    filled,
    input_cost,
    label,
    left,
    messages,
    passages_left,
)

_YOURS = "Your message alone"


@dataclass(frozen=True, slots=True)
class Choice:
    """What one strategy would send. ``likely`` is USD of its input at the full price,
    ``most`` with the longest reply; None of a free model. ``about``: estimated.
    """

    name: str
    label: str
    fill: Fill
    parts: tuple[Part, ...]
    left_out: tuple[Left | LeftOfFile, ...]
    likely: Decimal | None
    most: Decimal | None
    over_budget: bool
    about: bool = False

    @property
    def stays_out(self) -> int:
        """How many messages."""
        return sum(one.count for one in self.left_out if isinstance(one, Left))


@dataclass(frozen=True, slots=True)
class Preview:
    """``choices``: one for each strategy; ``chosen`` is the one asked for, and ``now``
    names the one that holds.
    """

    conversation: Conversation | None
    card: ModelCard
    model: str
    strategy: str
    now: str
    choices: tuple[Choice, ...]
    redacted: dict[str, int] | None = None  # of the draft

    @property
    def chosen(self) -> Choice:
        return next(one for one in self.choices if one.name == self.strategy)


class Drafted:
    """``History`` of a branch and a message after it that is not stored. What was read
    once is not read again for the next strategy.
    """

    def __init__(self, branch: History, draft: StoredMessage) -> None:
        self._branch, self._draft = branch, draft
        self.count = branch.count + 1
        self._read: dict[tuple[int, int | None], list[StoredMessage]] = {}
        self._pinned: list[StoredMessage] | None = None

    def tail(self, tokens: int, at_most: int | None = None) -> list[StoredMessage]:
        left = tokens - self._draft.cost
        if left < 0 or at_most == 1:
            return [self._draft]
        before = None if at_most is None else at_most - 1
        if (left, before) not in self._read:
            self._read[left, before] = self._branch.tail(left, before)
        return [*self._read[left, before], self._draft]

    def everything(self) -> list[StoredMessage]:
        return [*self._branch.everything(), self._draft]

    def pinned(self) -> list[StoredMessage]:
        if self._pinned is None:
            self._pinned = self._branch.pinned()
        return self._pinned


class _Once:
    """A ``Recall`` that looks once for all strategies that ask the same."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall
        self._found: dict[tuple[str, int], list[Recalled]] = {}

    def find(self, question: str, turns: int) -> list[Recalled]:
        if (question, turns) not in self._found:
            self._found[question, turns] = self._recall.find(question, turns)
        return self._found[question, turns]


def preview(
    *,
    by: UUID,
    conversation_id: UUID | None,
    text: str = "",
    model: str = "",
    strategy: str = "",
    offer: Offer = no_tools,
) -> Preview:
    """What each strategy would send with ``text``; "" follows what holds now. Nothing
    is stored. Raises ``NotFound``, ``BadChoice``.
    """
    turn = _turn(by, conversation_id, model, strategy)
    card = catalogue.card(turn.model)
    given, head = _material(turn, text)
    weighed = tuple(
        _weigh(turn, card, replace(given, summary=None), name, offer, head)
        if name not in planning.SUMMARISING
        else _weigh(turn, card, given, name, offer, head)
        for name in (offered.name for offered in choices.strategies())
    )
    known = None if conversation_id is None else turn.conversation
    now = _strategy(turn.conversation)
    redacted = redacting.would_note(text)
    return Preview(known, card, turn.model, turn.strategy, now, weighed, redacted)


def next_fill(
    *, by: UUID, conversation_id: UUID | None, text: str, offer: Offer = no_tools
) -> Fill:
    """How full the next prompt would be with ``text``. Raises ``NotFound``."""
    turn = _turn(by, conversation_id, "", "")
    given, head = _material(turn, text)
    card = catalogue.card(turn.model)
    return _weigh(turn, card, given, turn.strategy, offer, head).fill


# --- helpers
def _turn(by: UUID, conversation_id: UUID | None, model: str, strategy: str) -> Turn:
    """A turn as it would be made now; never stored."""
    if conversation_id is None:
        owner = User.objects.select_related("preferences").get(id=by)
        talk = Conversation(owner=owner)
    else:
        talk = access.conversation(by, conversation_id)
    wishes, site = preferences.of_owner(talk.owner), conf.chat_defaults()
    named = choices.clean_model(model) or talk.model or wishes.model or site.model
    rule = choices.clean_strategy(strategy) or _strategy(talk)
    return Turn(conversation=talk, owner_id=by, model=named, strategy=rule)


def _strategy(talk: Conversation) -> str:
    """The one that holds for the next message."""
    wishes = preferences.of_owner(talk.owner)
    return talk.strategy or wishes.strategy or conf.chat_defaults().strategy


def _material(turn: Turn, text: str) -> tuple[Material, int]:
    """What any strategy may draw on, and how many messages there are."""
    talk = turn.conversation
    depth = Message.objects.filter(id=talk.head_id).values_list("depth", flat=True)
    place = (depth.first() or 0) if talk.head_id else 0
    branch = Branch(talk, talk.head_id, place)
    draft = StoredMessage(uuid4(), "user", text, count(text), place=place + 1)
    card = catalogue.card(turn.model)
    budget = card.budget(conf.context_tokens())
    given = planning.gather(talk, branch, "hybrid", budget)
    if place and (files := attached.of_branch(branch)):
        given = planning.with_files(given, branch, files, card)
    history, recall = Drafted(given.history, draft), _Once(given.recall)
    return replace(given, history=history, recall=recall), place


def _weigh(
    turn: Turn, card: ModelCard, given: Material, name: str, offer: Offer, said: int
) -> Choice:
    site = conf.context_tokens()
    all_tools = tool_tokens(offer(turn, True), count)
    budget = replace(card.budget(site), tools=all_tools)
    given = replace(given, budget=budget)
    if name == "full":
        parts, over = _everything(turn.conversation, given, said)
        stays_out: tuple[Left | LeftOfFile, ...] = ()
        shortened = False
    else:
        context = STRATEGIES[name](given)
        shortened = any(block.shortened for block in context.blocks)
        parts = [_part(block) for block in context.blocks]
        stays_out = (
            *(left(one.reason, one.count) for one in context.left_out),
            *passages_left(one.record() for one in context.passages_left),
        )
        over = context.over_budget
    if tools := tool_tokens(offer(turn, shortened), count):
        parts.append(Part("tools", label("tools"), tools))
    parts = [replace(p, cost=input_cost(card.price, p.tokens)) for p in parts]
    fill = filled(parts, replace(budget, tools=tools))
    free = card.price.is_free
    return Choice(
        name,
        _label(name),
        fill,
        tuple(parts),
        stays_out,
        None if free else input_cost(card.price, fill.tokens),
        None if free else card.price.most(fill.tokens, card.longest_reply(budget)),
        over,
        about=name == "full" and said > 0,
    )


def _everything(
    talk: Conversation, given: Material, said: int
) -> tuple[list[Part], bool]:
    """``full`` by the tokens that were counted as messages came: reading them all only
    to look would cost more with every message. With several versions of a message, the
    branch's share is taken for even.
    """
    tokens = talk.token_count + PER_ITEM * talk.message_count
    if talk.message_count > said:
        tokens = tokens * said // talk.message_count
    person, _ = about_person(given, given.budget.prompt)
    [draft] = given.history.tail(0, 1)
    files = enclosed(given.files, draft.text, given.budget.prompt - draft.cost)
    always = (*system_block(given.system_prompt), *person, *files.block)
    parts = [_part(block) for block in always]
    text = f"{messages(said + 1)}, yours among them" if said else _YOURS
    parts.append(Part("recent", label("recent"), tokens + draft.cost, text=text))
    return parts, _sum(parts) > given.budget.prompt


def _part(block: Block) -> Part:
    texts = [item.text for item in block.items]
    text = "\n\n".join(texts)
    if block.kind == "pinned":
        text = messages(len(block.messages))
    elif block.kind == "recent":
        more = len(block.messages) > 1
        text = f"{messages(len(block.messages))}, yours among them" if more else _YOURS
    return Part(block.kind, label(block.kind, texts), block.tokens, text=text)


def _sum(parts: Iterable[Part]) -> int:
    return sum(part.tokens for part in parts)


def _label(name: str) -> str:
    return {offer.name: offer.label for offer in choices.strategies()}.get(name, name)
