"""What a model may call: one file each, one line each in this table."""

from __future__ import annotations

from conversations import conf
from conversations.core.model_api import ToolSpec
from conversations.core.tools import Toolbox
from conversations.models import Turn
from conversations.services import catalogue, preferences, profile
from conversations.tools.bench import Bench
from conversations.tools.edit_memory import EditMemory
from conversations.tools.forget import Forget
from conversations.tools.read_more import ReadMore
from conversations.tools.remember import Remember

TOOLS = (Remember, Forget, EditMemory, ReadMore)


def offered(turn: Turn, shortened: bool) -> tuple[ToolSpec, ...]:
    """The tools that go with a turn: none to a model that cannot call any, nothing
    about facts where facts stay out, and nothing to read on in where all is whole.
    """
    if not (catalogue.card(turn.model).calls_tools or conf.uses_demo_model()):
        return ()
    talk = turn.conversation
    facts = profile.uses_facts(talk, preferences.of_owner(talk.owner))
    wanted = {"facts": facts, "shortened": shortened}
    return tuple(tool.spec for tool in TOOLS if wanted[tool.needs])


def toolbox(bench: Bench, specs: tuple[ToolSpec, ...]) -> Toolbox:
    """The tools that were offered, for one turn."""
    names = {spec.name for spec in specs}
    return Toolbox(tool(bench) for tool in TOOLS if tool.spec.name in names)
