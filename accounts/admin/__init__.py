from accounts.admin import audit, person, unregistered, users

__all__ = ["audit", "person", "unregistered", "users"]
