"""Permissions from the table of roles, and from nowhere else."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.roles import permissions


class RoleBackend:
    """It stands first among the backends and has the last word: no other is asked, so a
    row in the tables of groups gives nobody anything. It signs nobody in, and so has no
    ``get_user`` either: no session can name it.
    """

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if perm in self.get_all_permissions(user_obj):
            return True
        raise PermissionDenied

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        given = self.get_all_permissions(user_obj)
        if any(each.partition(".")[0] == app_label for each in given):
            return True
        raise PermissionDenied

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        known = isinstance(user_obj, User) and user_obj.is_active
        return set(permissions(user_obj.role)) if known else set()
