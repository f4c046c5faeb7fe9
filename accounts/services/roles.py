"""Giving and taking roles, and switching accounts off and on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts import roles, sessions
from accounts.audit import record
from accounts.models import User


class Refused(Exception):
    """It is not for them to do; the message says why, for whoever asked."""


def give_role(person_id: UUID, role: str, *, by: User) -> bool:
    """Whether it is another one than before. They sign in anew."""
    if not by.has_perm("privacy.give_roles"):
        raise Refused("Roles are given by administrators.")
    if person_id == by.pk:
        raise Refused("Nobody changes their own role.")
    if role not in roles.ROLES:
        raise Refused("There is no such role.")
    with transaction.atomic():
        person = _locked(person_id)
        if (before := person.role) == role:
            return False
        if role != User.Role.ADMINISTRATOR:
            _keep_one(person)
        person.role = role
        person.save(update_fields=["role"])
        told = {"before": before or "none", "role": role or "none"}
        record("accounts.role_changed", actor=by, subject=person, **told)
        sessions.end_all(person, by)  # who may more, or less, signs in anew
    return True


def switch(person_id: UUID, *, active: bool, by: User) -> bool:
    """Let somebody sign in, or no more; whether that is a change. Not recorded here:
    whoever calls it knows what else was changed.
    """
    if person_id == by.pk and not active:
        raise Refused("Nobody locks themselves out.")
    with transaction.atomic():
        person = _locked(person_id)
        if person.is_active == active:
            return False
        if not active:
            _keep_one(person)
        person.is_active = active
        person.save(update_fields=["is_active"])
    return True


def _locked(person_id: UUID) -> User:
    """With all administrators: of two who demote each other, one comes second."""
    held = User.objects.select_for_update().order_by("pk")
    list(held.filter(role=User.Role.ADMINISTRATOR).values_list("pk"))
    return held.get(pk=person_id)


def _keep_one(person: User) -> None:
    if roles.is_last_administrator(person.pk):
        raise Refused("The site would be left without an administrator.")
