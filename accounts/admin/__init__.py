from accounts.admin import unregistered, users

__all__ = ["unregistered", "users"]
