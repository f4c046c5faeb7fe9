"""What conversations keep about people, for exports and erasures."""

from __future__ import annotations

from accounts.documents import table
from accounts.personal_data import Kind, Rows, register
from conversations.personal_data import attachments, talks

TALK = "Conversations with the assistant"
FINDING = "Finding what was said"
MONEY = "Knowing and limiting what models cost"
PROOF = "Knowing who read somebody else's conversation"
HELD = "conversations"  # whose documents tell of it

# ``owner_id`` has no index on big tables, so these lead through the conversation's
CHARGES = Rows("conversations.Charge", "conversation__owner_id")
PASSAGES = Rows("conversations.Passage", "file__owner_id")
ANSWERS = Rows("conversations.Acknowledgement", "owner_id")
PLACEHOLDERS = Rows("conversations.Placeholder", "owner_id")
READINGS = Rows("conversations.BreakGlass", "owner_id")
READ = Rows("conversations.BreakGlass", "reader_id", unlink="reader")
PRESETS = Rows("conversations.Preset", "owner_id")
PREFERENCES = Rows("conversations.Preferences", "owner_id")
SPENDING = Rows("conversations.Spending", "owner_id")


def register_all() -> None:
    """In the order of their erasure."""
    register(
        Kind(
            "vectors",
            (Rows("conversations.Vector", "owner_id"),),
            FINDING,
            why_not="Numbers that a model made of the texts, which are told here.",
            retention="normal",
        ),
        Kind(
            "search_index",
            (Rows("conversations.IndexEntry", "owner_id"),),
            FINDING,
            why_not="Keyed hashes of the words of the texts, which are told here.",
            retention="normal",
        ),
        Kind(
            "passages",
            (PASSAGES,),
            "Answers from attached files",
            export=table("data/passages.json", PASSAGES),
            retention="files",
        ),
        Kind(
            "file_parts",
            (Rows("conversations.FilePart", "file__owner_id"),),
            "The bytes of attached files",
            inside="files",
            retention="files",
        ),
        Kind(
            "files",
            (Rows("conversations.File", "owner_id"),),
            "Answers from attached files",
            export=attachments.documents,
            retention="files",
        ),
        Kind(
            "tool_calls",
            (Rows("conversations.ToolCall", "turn__conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "unfinished_replies",
            (Rows("conversations.TurnChunk", "turn__conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "turns",
            (Rows("conversations.Turn", "conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "summaries",
            (Rows("conversations.Summary", "conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "charges",
            (CHARGES,),
            MONEY,
            export=table("data/charges.json", CHARGES),
            retention="normal",
        ),
        Kind(
            "answered_requests",
            (ANSWERS,),
            "Doing nothing twice that a browser asks for twice",
            export=table("data/answered_requests.json", ANSWERS),
            retention="normal",
        ),
        Kind(
            "placeholders",
            (PLACEHOLDERS,),
            "Keeping personal data from the model",
            export=table("data/placeholders.json", PLACEHOLDERS, {"original_hash"}),
        ),
        Kind(
            "cold_storage",
            (Rows("conversations.ColdPart", "conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "readings",
            (READINGS,),
            PROOF,
            export=table("data/readings.json", READINGS, {"reader_id"}),
            retention="normal",
        ),
        Kind(
            "readings_of_others",
            (READ,),
            PROOF,
            export=table("data/readings_of_others.json", READ, {"owner_id"}),
            kept="They are about whose conversation it is; they name a pseudonym.",
            retention="normal",
        ),
        Kind(
            "messages",
            (Rows("conversations.Message", "conversation__owner_id"),),
            TALK,
            inside=HELD,
            retention="normal",
        ),
        Kind(
            "conversations",
            (Rows("conversations.Conversation", "owner_id"),),
            TALK,
            export=talks.documents,
            retention="normal",
        ),
        Kind(
            "presets",
            (PRESETS,),
            "System prompts to use again",
            export=table("data/presets.json", PRESETS),
        ),
        Kind(
            "preferences",
            (PREFERENCES,),
            "What new conversations begin with",
            export=table("data/preferences.json", PREFERENCES),
        ),
        Kind(
            "spending",
            (SPENDING,),
            MONEY,
            export=table("data/spending.json", SPENDING),
        ),
    )
