from conversations.admin.conversation import ConversationAdmin

__all__ = ["ConversationAdmin"]
