"""What the commands do: one function and one line in the table each.

They answer with a notice for the person; nothing of it goes to a model or is stored as
a message. ``core/commands.py`` says how they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from accounts import facts
from conversations import conf
from conversations.core.commands import COMMANDS, Command, help_text
from conversations.core.first_words import one_line
from conversations.models import Conversation, Message, Turn
from conversations.services import (
    access,
    conversation_settings,
    conversations,
    history,
    preferences,
    thread,
    titles,
)
from conversations.services.acknowledging import Posted, once
from conversations.services.choices import BadChoice

MOST_SHOWN = 50  # messages that /history shows
SHORT = 200  # characters of each
OFF = ("off", "none", "-")
SUMMARISING = "Summarising the older part of this conversation."


class Told(Exception):
    """The command cannot be carried out; ``str()`` is the notice."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``rest`` is what followed the command's name."""

    by: UUID
    conversation_id: UUID | None
    rest: str

    @property
    def conversation(self) -> Conversation:
        """The conversation it is about. Raises ``Told`` where there is none yet."""
        if self.conversation_id is None:
            raise Told("Say something first: this is about a conversation.")
        return access.conversation(self.by, self.conversation_id)


@dataclass(frozen=True, slots=True)
class Answer:
    """``branched``: another branch is shown; ``compact``: a summary is to be made."""

    notice: str
    branched: bool = False
    compact: bool = False


def carry_out(
    *, by: UUID, request_id: UUID, command: Command, conversation_id: UUID | None
) -> Posted:
    """Do what a person typed, once. What cannot be done is told in the notice.

    Raises ``NotFound`` for a conversation that is not theirs.
    """

    def work() -> Posted:
        if conversation_id is not None:
            access.conversation_to_write(by, conversation_id)
        answer = _answer(command, Asked(by, conversation_id, command.rest))
        return Posted(
            conversation_id,
            None,
            None,
            branched=answer.branched,
            notice=answer.notice,
            compact=answer.compact,
        )

    return once(by, request_id, work)


def _answer(command: Command, asked: Asked) -> Answer:
    do = DOES.get(command.name)
    if do is None:
        return Answer(f"There is no command /{command.name}. /help lists them all.")
    try:
        return do(asked)
    except (Told, facts.BadFact, titles.BadTitle, BadChoice) as refusal:
        return Answer(str(refusal))


def _usage(name: str) -> Told:
    return Told(f"Write it like this: {COMMANDS[name].line}")


# --- about the person
def _set(asked: Asked) -> Answer:
    key, _, value = asked.rest.partition(" ")
    if not value.strip():
        raise _usage("set")
    return _remembered(asked, key, value)


def _remember(asked: Asked) -> Answer:
    if not asked.rest:
        raise _usage("remember")
    key = one_line(asked.rest)[: facts.LONGEST_KEY].strip()
    return _remembered(asked, key, asked.rest)


def _remembered(asked: Asked, key: str, value: str) -> Answer:
    done = facts.remember(asked.by, key, value)
    told = done.fact.value if done.fact.key in value.casefold() else _line(done.fact)
    return Answer(f"Remembered: {told}" if done.changed else f"Known already: {told}")


def _unset(asked: Asked) -> Answer:
    if not asked.rest:
        raise _usage("unset")
    fact = facts.forget(asked.by, asked.rest)
    if fact is None:
        raise Told(f"Nothing is known as “{asked.rest}”.")
    return Answer(f"Forgotten: {_line(fact)}")


def _forget(asked: Asked) -> Answer:
    if not asked.rest:
        raise _usage("forget")
    words = asked.rest.casefold()
    found = [f for f in facts.known(asked.by) if words in _line(f).casefold()]
    exact = [fact for fact in found if fact.key == words]
    if not found:
        raise Told(f"Nothing that is known has “{asked.rest}” in it.")
    if len(found) > 1 and not exact:
        lines = "\n".join(_line(fact) for fact in found[:10])
        raise Told(f"More than one fact has these words. Which one?\n{lines}")
    fact = facts.forget_one(asked.by, (exact or found)[0].id)
    return Answer(f"Forgotten: {_line(fact)}")


def _facts(asked: Asked) -> Answer:
    known = facts.known(asked.by)
    if not known:
        return Answer("Nothing is known about you yet. Try: /set name Maya")
    return Answer("\n".join(_line(fact) for fact in known))


def _line(fact: facts.Fact) -> str:
    return f"{fact.key}: {fact.value}"


# --- about the conversation
def _history(asked: Asked) -> Answer:
    wanted = asked.rest or "5"
    if not wanted.isdecimal() or not 0 < int(wanted[:9]) <= MOST_SHOWN:
        raise Told(f"Say how many messages, from 1 to {MOST_SHOWN}.")
    conversation = asked.conversation
    messages = history.branch(
        conversation.id, conversation.head_id, at_most=int(wanted)
    )
    told = thread.tell(messages[-int(wanted) :])
    names = {Message.Role.USER: "You", Message.Role.ASSISTANT: "Assistant"}
    lines = [
        f"{names.get(said.message.role, said.message.role)}: {_short(said.text)}"
        for said in told
    ]
    return Answer("\n".join(lines) or "Nothing has been said here yet.")


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _reset(asked: Asked) -> Answer:
    conversation = asked.conversation
    if conversation.turns.filter(status__in=Turn.LIVE).exists():
        raise Told("A reply is being written. Stop it, or wait for its end.")
    Conversation.objects.filter(id=conversation.id).update(head=None)
    return Answer(
        "A new branch begins. What was said is kept: the versions of the first "
        "message lead back to it.",
        branched=True,
    )


def _compact(asked: Asked) -> Answer:
    if not asked.conversation.summarises:
        raise Told("This conversation keeps no summary; its settings say so.")
    return Answer(SUMMARISING, compact=True)


def _strategy(asked: Asked) -> Answer:
    conversation, names = asked.conversation, conf.chat_defaults().strategies
    if not asked.rest:
        wishes, site = preferences.of(asked.by), conf.chat_defaults()
        now = conversation.strategy or wishes.strategy or site.strategy
        return Answer(f"The strategy is {now}. There are: {', '.join(names)}.")
    if (wanted := asked.rest.lower()) not in names:
        raise Told(f"There are these strategies: {', '.join(names)}.")
    conversation_settings.set_choice(
        by=asked.by, conversation_id=conversation.id, strategy=wanted
    )
    return Answer(f"From now on the strategy is {wanted}.")


def _model(asked: Asked) -> Answer:
    conversation = asked.conversation
    if not asked.rest:
        wishes, site = preferences.of(asked.by), conf.chat_defaults()
        now = conversation.model or wishes.model or site.model
        return Answer(f"The model is {now}.")
    conversation_settings.set_choice(
        by=asked.by, conversation_id=conversation.id, model=asked.rest
    )
    return Answer(f"From now on {asked.rest} answers.")


def _system(asked: Asked) -> Answer:
    conversation = asked.conversation
    if not asked.rest:
        return Answer(conversation.system_prompt or "It has no prompt of its own.")
    text = "" if asked.rest.casefold() in OFF else asked.rest
    conversation_settings.set_system_prompt(
        by=asked.by, conversation_id=conversation.id, text=text
    )
    if not text:
        return Answer("This conversation has no system prompt of its own any more.")
    return Answer("From now on that is this conversation's system prompt.")


def _title(asked: Asked) -> Answer:
    conversation = asked.conversation
    if not asked.rest:
        return Answer(conversation.title)
    conversations.rename(by=asked.by, conversation_id=conversation.id, title=asked.rest)
    return Answer("Renamed.")


def _export(asked: Asked) -> Answer:
    at = f"/c/{asked.conversation.id}/export"
    return Answer(f"Text: {at}.txt\nMarkdown: {at}.md\nEverything, as JSON: {at}.json")


def _help(asked: Asked) -> Answer:
    return Answer(help_text())


DOES: dict[str, Callable[[Asked], Answer]] = {
    "help": _help,
    "set": _set,
    "unset": _unset,
    "facts": _facts,
    "remember": _remember,
    "forget": _forget,
    "history": _history,
    "compact": _compact,
    "reset": _reset,
    "strategy": _strategy,
    "model": _model,
    "system": _system,
    "title": _title,
    "export": _export,
}
