from conversations.admin import people
from conversations.admin.break_glass import BreakGlassAdmin
from conversations.admin.budgets import BudgetAdmin
from conversations.admin.conversation import ConversationAdmin
from conversations.admin.language_model import LanguageModelAdmin
from conversations.admin.money import ChargeAdmin, SpendingAdmin
from conversations.admin.presets import SharedPresetAdmin

__all__ = [
    "BreakGlassAdmin",
    "BudgetAdmin",
    "ChargeAdmin",
    "ConversationAdmin",
    "LanguageModelAdmin",
    "SharedPresetAdmin",
    "SpendingAdmin",
    "people",
]
