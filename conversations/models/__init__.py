from conversations.models.acknowledgement import Acknowledgement
from conversations.models.break_glass import BreakGlass
from conversations.models.cold_copy import ColdPart
from conversations.models.conversation import Conversation
from conversations.models.file import File, FilePart, Passage
from conversations.models.index_entry import IndexEntry
from conversations.models.message import Message
from conversations.models.money import Charge, LanguageModel, Spending
from conversations.models.placeholder import Placeholder
from conversations.models.preferences import Preferences, Preset, SharedPreset
from conversations.models.summary import Summary
from conversations.models.tool_call import ToolCall
from conversations.models.turn import Turn, TurnChunk
from conversations.models.vector import Vector

__all__ = [
    "Acknowledgement",
    "BreakGlass",
    "Charge",
    "ColdPart",
    "Conversation",
    "File",
    "FilePart",
    "IndexEntry",
    "LanguageModel",
    "Message",
    "Passage",
    "Placeholder",
    "Preferences",
    "Preset",
    "SharedPreset",
    "Spending",
    "Summary",
    "ToolCall",
    "Turn",
    "TurnChunk",
    "Vector",
]
