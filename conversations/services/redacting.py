"""Personal data and secrets under the site's policy: what is stored, what a model is
told, what its person is shown (docs/redaction.md, decision 14).

Rows hold their person's words. What is sealed of them has placeholders or masks, and so
has all that goes to a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Any, Literal
from uuid import UUID

from accounts.policies import policy
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.fields import Private, SealedTextField, Unreadable
from conversations.core.context import Context
from conversations.core.context.blocks import told as explained
from conversations.core.model_api import Item, ModelRequest, ToolUse
from conversations.core.prompts import PLACEHOLDERS
from conversations.core.redaction import (
    Originals,
    Type,
    find,
    find_again,
    in_strings,
    mask,
    named,
    numbered,
    place_in,
    to_placeholders,
    unnumbered,
)
from conversations.services import originals
from conversations.services.originals import PersonsVault

Form = Literal["off", "mask", "vault"]
OFF: Form = "off"
MASK: Form = "mask"
VAULT: Form = "vault"


def form_now() -> Form:
    """The policy of this moment."""
    now: Form = policy("pii_policy")
    return now


class Shown(str):
    """The words of a reply as they were shown: masked already, and maybe cut."""


# --- what people and models say, before it is stored
def noted(owner: UUID, *texts: str) -> dict[str, int] | None:
    """How much of which kind is in ``texts``, and None for nothing. To be asked for
    before the transaction that stores them: it numbers what is new at once, so that two
    transactions of a person do not wait for each other's numbers.
    """
    form = form_now()
    if form == OFF:
        return None
    if form == VAULT:
        vault = PersonsVault(owner)
        kinds = [kind for text in texts for kind, _ in named(placed(vault, text))]
    else:
        found = [
            (span.type, t[span.start : span.end]) for t in texts for span in find(t)
        ]
        originals.saw(owner, found)
        kinds = [kind for kind, _ in found]
    return dict(Counter(str(kind) for kind in kinds if kind is not Type.TEXT)) or None


def would_note(text: str) -> dict[str, int] | None:
    """About what would be noted of ``text``; nothing is stored."""
    found = [] if form_now() == OFF else find(text)
    return dict(Counter(str(span.type) for span in found)) or None


def masked_now(text: str) -> str:
    """``text`` as it is from here on, where the policy is to mask for good."""
    return mask(text).text if form_now() == MASK else text


def keeps_rendering(owner: UUID, text: str) -> bool:
    """Whether the HTML of a reply may be stored: of one with originals it is made when
    it is shown.
    """
    return form_now() != VAULT or placed(PersonsVault(owner), text) == text


# --- what a model is told
def told(row: Any, name: str, form: Form | None = None) -> str:
    """A private field of a row as a model is told it. Nothing is to be cut from it
    before: half a value is found by nobody.
    """
    form = form or form_now()
    if form == OFF:
        whole: str = getattr(row, name)
        return whole
    text, marked = SealedTextField.stored_form(row, name)
    if isinstance(text, Unreadable):
        return text
    private = row._meta.get_field(name).private
    try:
        vault = PersonsVault(row.owner_id)
        return over(private, text, partial(_told, vault, marked, form))
    except CannotOpen:  # what cannot be put away is taken out
        return over(private, text, lambda part: mask(part).text)


def told_offset(row: Any, name: str, offset: int, form: Form | None = None) -> int:
    """Where in what is ``told`` the ``offset`` of the person's words lies."""
    form = form or form_now()
    if form == OFF:
        return offset
    if form == VAULT:
        return place_in(told(row, name, form), PersonsVault(row.owner_id), offset)
    return len(mask(getattr(row, name)[:offset]).text)


def told_text(owner: UUID, text: str, form: Form | None = None) -> str:
    """A person's words that are in no row yet, as a model is told them."""
    form = form or form_now()
    if form == VAULT:
        return PersonsVault(owner).placed(text)
    return mask(text).text if form == MASK else text


def cut(owner: UUID, text: str, cutting: Callable[[str], str]) -> str:
    """``text`` cut so that no half of a value is left, which nobody would find."""
    if form_now() != VAULT:
        return cutting(text)
    return restored(owner, cutting(told_text(owner, text)))


def restored(owner: UUID, text: str) -> str:
    """What a model was told, in its person's words."""
    return PersonsVault(owner).restored(text) if named(text) else text


def cleared_context(owner: UUID, context: Context) -> tuple[Context, Form]:
    """A planned prompt as it goes out, and by which policy. One with placeholders says
    what they are.
    """
    form = form_now()
    if form == OFF:
        return context, form
    blocks = [
        replace(block, items=cleared(owner, block.items, form))
        for block in context.blocks
    ]
    if names_in(item for block in blocks for item in block.items):
        first = sum(1 for _ in takewhile(lambda block: block.kind == "system", blocks))
        blocks.insert(first, explained("system", PLACEHOLDERS))
    return replace(context, blocks=tuple(blocks)), form


def cleared(
    owner: UUID | None, items: Iterable[Item], form: Form | None = None
) -> tuple[Item, ...]:
    """Items as they go out: the last look at what goes to a model, and the only way to
    it. What was cleared stays as it is, so that receipts hold.
    """
    form = form or form_now()
    if form == OFF:
        return tuple(items)
    change = partial(_outward, owner, form)
    return tuple(item if item.cleared else _cleared(item, change) for item in items)


def originals_in(owner: UUID | None, items: Iterable[Item]) -> Originals:
    """What stands for something in a prompt, and nothing else: an answer restores what
    its model was shown.
    """
    texts = [t for item in items if item.cleared for t in _texts(item)]
    names = {name for text in texts for name in named(text)}
    shown = _Shown()
    if owner is not None and names:
        vault = PersonsVault(owner)
        for name in names:
            if (value := vault.get(*name)) is not None:
                shown[name] = value
                vault.known.add(name[0], value)
    return shown


def names_in(items: Iterable[Item]) -> list[str]:
    """The placeholders of a prompt, for its receipt."""
    names = {name for item in items for text in _texts(item) for name in named(text)}
    return [numbered(*name) for name in sorted(names) if name[0] is not Type.TEXT]


def masks(texts: Iterable[str]) -> list[str]:
    """Texts as they go out where nothing comes back."""
    return list(texts) if form_now() == OFF else [mask(text).text for text in texts]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it is sent, and how its answer comes back: with the ``originals`` of
    what it was shown, or masked.
    """

    request: ModelRequest
    form: Form
    originals: Originals


def outgoing(request: ModelRequest) -> Outgoing:
    """Whatever is asked of a model passes here."""
    items = cleared(request.owner, request.items)
    form = form_now()
    if form == OFF and any(item.cleared for item in items):
        form = VAULT  # it was planned under another policy
    sent = request if form == OFF else replace(request, items=items)
    return Outgoing(sent, form, originals_in(request.owner, items))


# --- helpers
class _Shown(dict[tuple[Type, int], str]):
    """``Originals`` that were looked up before."""

    def get(self, kind: Type, number: int) -> str | None:  # type: ignore[override]
        return super().get((kind, number))


def over(private: Private, text: str, change: Any) -> str:
    """A field's text, changed as its kind wants it."""
    return in_strings(text, change) if private == "json" else change(text)


def _told(vault: PersonsVault, marked: bool, form: Form, text: str) -> str:
    if form == VAULT:
        return text if marked else to_placeholders(text, vault, look=find_again)
    return mask(unnumbered(text, vault) if marked else text, find_again).text


def placed(vault: PersonsVault, text: str) -> str:
    """A person's words, or a reply's, with placeholders."""
    return vault.placed(str(text), cut=isinstance(text, Shown))


def _outward(owner: UUID | None, form: Form, text: str) -> str:
    if form == MASK or owner is None:
        return mask(text, find_again).text
    try:
        vault = PersonsVault(owner)
        return to_placeholders(
            text, vault, placed=True, known=vault.known, look=find_again
        )
    except CannotOpen:
        return mask(text).text


def _cleared(item: Item, change: Any) -> Item:
    calls = tuple(
        ToolUse(call.call_id, call.name, in_strings(call.arguments, change))
        for call in item.calls
    )
    return replace(item, text=change(item.text), calls=calls, cleared=True)


def _texts(item: Item) -> list[str]:
    return [item.text, *(call.arguments for call in item.calls)]
