from conversations.models.acknowledgement import Acknowledgement
from conversations.models.conversation import Conversation
from conversations.models.message import Message
from conversations.models.turn import Turn, TurnChunk

__all__ = ["Acknowledgement", "Conversation", "Message", "Turn", "TurnChunk"]
