from accounts.admin import audit, unregistered, users

__all__ = ["audit", "unregistered", "users"]
