"""Making people, and what their passwords must be."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import IntegrityError, transaction

from accounts.audit import record
from accounts.models import User

PASSWORD_AT_MOST = 1024  # characters; more is an attack, not a password


def create_person(
    *, email: str, password: str, name: str = "", admin: bool = False
) -> User:
    """Someone vouched for by whoever runs the site. Raises ``ValidationError``."""
    person = User(email=email.strip().lower(), name=name.strip())
    person.role = User.Role.ADMINISTRATOR if admin else User.Role.NONE
    _check(person, password)
    person.set_password(password)
    try:
        with transaction.atomic():
            store_new(person)
            record("accounts.person_added", subject=person)
    except IntegrityError as problem:  # another request was first
        raise ValidationError({"email": taken_sentence()}) from problem
    return person


def store_new(person: User) -> None:
    """Store a person with the address they sign in with, as already confirmed."""
    with transaction.atomic():
        person.save()
        confirm_address(person)


def confirm_address(person: User) -> None:
    """Let allauth know the address someone signs in with."""
    known = {"primary": True, "verified": True}
    rows = EmailAddress.objects.filter(user=person, email=person.email)
    if not rows.filter(**known).exists():
        EmailAddress.objects.update_or_create(
            user=person, email=person.email, defaults=known
        )


def check_password(password: str, person: User | None = None) -> None:
    """Raise ``ValidationError`` with a sentence for each thing that is wrong."""
    if len(password) > PASSWORD_AT_MOST:
        raise ValidationError(
            f"This password is too long. {PASSWORD_AT_MOST} characters are enough."
        )
    ProhibitNullCharactersValidator()(password)
    validate_password(password, person)


def taken_sentence() -> str:
    return User._meta.get_field("email").error_messages["unique"]


def remember_timezone(person: User, name: str) -> None:
    """Keep what the browser said, unless the person has a time zone already."""
    if name and not person.timezone:
        User.objects.filter(pk=person.pk, timezone="").update(timezone=name)


def _check(person: User, password: str) -> None:
    wrong: dict[str, list[str]] = {}
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as problem:
        wrong.update(problem.message_dict)
    try:
        check_password(password, person)
    except ValidationError as problem:
        wrong["password1"] = problem.messages
    if wrong:
        raise ValidationError(wrong)
