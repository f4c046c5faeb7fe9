"""``eraseuser`` and ``verifycertificate``, as whoever runs the site uses them."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import holds
from accounts.audit import keys
from accounts.audit.retention import trim
from accounts.erasure import certificates, steps
from accounts.erasure.searching import Found
from accounts.management.commands import eraseuser
from accounts.models import DataRequest, User
from conversations.models import Conversation, Message
from tests import personal
from tests.erasure.watching import ask, carry_out, left_alone, rows_of_everybody
from tests.factories import create_conversation

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def var_dir(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


def run(command: str, *words: str) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def erase(*words: str) -> str:
    return run("eraseuser", *words)


def certificate_in(said: str) -> Path:
    return Path(re.search(r"Certificate: (.+)", said)[1])


def test_a_person_is_erased_and_the_certificate_is_stored(
    alice: User, var_dir: Path
) -> None:
    personal.fill(alice)

    said = erase("Alice@Example.org", "--yes")

    assert not User.objects.exists()
    file = certificate_in(said)
    assert file.parent == var_dir / "certificates"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    told = json.loads(file.read_text())
    assert told == DataRequest.objects.get(kind="erase").certificate
    assert "Erasing" in said and "100 %" in said
    assert alice.email not in file.read_text()


def test_a_dry_run_says_what_would_go_and_changes_nothing(alice: User) -> None:
    personal.fill(alice)
    before = rows_of_everybody()

    said = erase(alice.email, "--dry-run")

    for name, model in (("messages", Message), ("conversations", Conversation)):
        count = model.objects.count()
        assert count and re.search(rf"^ +{count}  {name}$", said, re.MULTILINE)
    assert "Kept: activity. The log proves" in said
    assert "Nothing was changed." in said
    assert rows_of_everybody() == before
    assert not DataRequest.objects.filter(kind="erase").exists()


def test_nobody_with_the_address_is_an_error(alice: User) -> None:
    with pytest.raises(CommandError, match="Nobody here has the address maya@"):
        erase("maya@example.org", "--yes")


def test_without_yes_somebody_must_answer(alice: User) -> None:
    with pytest.raises(CommandError, match="Say --yes"):
        erase(alice.email)
    assert User.objects.filter(pk=alice.pk, is_active=True).exists()


@pytest.mark.parametrize(
    ("answer", "goes"), [("ALICE@example.org ", True), ("yes", False), ("", False)]
)
def test_on_a_terminal_the_address_is_typed(
    answer: str, goes: bool, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eraseuser.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)

    if goes:
        erase(alice.email)
    else:
        with pytest.raises(CommandError, match="Nothing was changed"):
            erase(alice.email)

    assert User.objects.filter(pk=alice.pk).exists() is not goes


def test_a_legal_hold_is_told(alice: User) -> None:
    holds.place(alice, "case 7", by=None)

    assert "A legal hold keeps" in erase(alice.email, "--dry-run")
    with pytest.raises(CommandError, match="A legal hold keeps"):
        erase(alice.email, "--yes")
    assert User.objects.get(pk=alice.pk).is_active


def test_who_could_still_change_their_mind_is_not_waited_for(alice: User) -> None:
    request = ask(alice, grace=True)
    assert request.status == DataRequest.Status.WAITING

    erase(alice.email, "--yes")

    request.refresh_from_db()
    assert request.certificate["origin"] == "person"


@pytest.mark.parametrize("pieces", [3, 20, -1])
def test_one_that_was_interrupted_is_finished(
    pieces: int, alice: User, var_dir: Path
) -> None:
    """At ``-1`` the account is gone already, and its address known to the request."""
    personal.fill(alice)
    request = ask(alice)
    if pieces < 0:
        while request.step != "searching":
            carry_out(request, pieces=1)
            left_alone(request)
        assert not User.objects.filter(pk=alice.pk).exists()
    else:
        carry_out(request, pieces=pieces)
    left_alone(request)

    said = erase(alice.email, "--yes")

    assert json.loads(certificate_in(said).read_text())["remains"] == {}
    with pytest.raises(CommandError, match="Nobody here"):
        erase(alice.email, "--yes")


def test_an_interrupted_one_of_another_is_not_meant(alice: User, bob: User) -> None:
    request = ask(bob)
    while request.step != "searching":
        carry_out(request, pieces=1)
        left_alone(request)

    with pytest.raises(CommandError, match="Nobody here"):
        erase("maya@example.org", "--yes")
    assert "1 interrupted" in erase(bob.email, "--dry-run")
    erase(bob.email, "--yes")
    assert User.objects.get() == alice


def test_what_remains_is_a_failure(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = Found({"some_table.words": 2}, {})
    monkeypatch.setattr(steps, "search", lambda *words: trace)

    with pytest.raises(CommandError, match="remains: 2 in some_table.words"):
        erase(alice.email, "--yes")

    (request,) = DataRequest.objects.filter(kind="erase")
    assert request.certificate["remains"] == {"some_table.words": 2}
    verdict = certificates.verify(request.certificate)
    assert "something remained: some_table.words" in verdict.wrong[0]


def test_what_goes_wrong_is_said_and_can_be_tried_again(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(steps, "search", lambda *words: 1 / 0)
        with pytest.raises(CommandError, match="“searching”: ZeroDivisionError"):
            erase(alice.email, "--yes")
    left_alone(DataRequest.objects.get(kind="erase"))

    assert certificate_in(erase(alice.email, "--yes")).exists()


# --- certificates
@pytest.fixture
def file(alice: User, bob: User, tmp_path: Path) -> Path:
    create_conversation(alice, messages=2)
    erase(alice.email, "--yes", "-o", str(tmp_path / "given" / "one.json"))
    return tmp_path / "given" / "one.json"


def test_a_certificate_verifies(file: Path) -> None:
    said = run("verifycertificate", str(file))

    assert "of the audit log says the same" in said
    assert "Signed by this site" in said and "and the key" in said


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    *parts, last = path.split(".")

    def act(certificate: dict[str, Any]) -> None:
        for part in parts:
            certificate = certificate[part]
        assert certificate[last] != value
        certificate[last] = value

    return act


@pytest.mark.parametrize(
    "harm",
    [
        change("pseudonym", "0" * 32),
        change("rows.before.messages", 0),
        change("rows.after.messages", 1),
        change("key.destroyed", False),
        change("remains", {"a": 1}),
        change("audit.seq", 1),
        change("finished", "2020-01-01"),
        change("signature", "00" * 64),
        change("signature", 7),
        change("form", 2),
        lambda certificate: certificate.pop("signature"),
        lambda certificate: certificate.update(more=1),
        lambda certificate: certificate.clear(),
    ],
)
def test_a_changed_certificate_does_not(
    harm: Callable[[dict[str, Any]], Any], file: Path
) -> None:
    certificate = json.loads(file.read_text())
    harm(certificate)
    file.write_text(json.dumps(certificate))

    with pytest.raises(CommandError, match="no certificate of this site"):
        run("verifycertificate", str(file))


def test_one_of_another_site_does_not(file: Path, settings: Any) -> None:
    settings.AUDIT_KEY = "another key of forty-eight letters, quite random 91"

    with pytest.raises(CommandError, match="another AUDIT_KEY"):
        run("verifycertificate", str(file))


def test_one_that_the_log_does_not_know_does_not(file: Path) -> None:
    certificate = json.loads(file.read_text())
    statement = {key: certificate[key] for key in certificate if key != "signature"}
    statement["audit"] = {"seq": 1, "head": "0" * 64}
    signature = keys.sign(certificates.KIND, statement)
    file.write_text(json.dumps(statement | {"signature": signature}))

    with pytest.raises(CommandError, match="Event 1 of the audit log is another"):
        run("verifycertificate", str(file))


def test_a_log_that_was_trimmed_since_is_no_reason_to_worry(file: Path) -> None:
    trim(timezone.now())

    assert "is not in the audit log any more" in run("verifycertificate", str(file))


@pytest.mark.parametrize("content", ["", "{", "[]", "7", None])
def test_what_is_no_certificate_is_said_to_be_none(
    content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "some.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(CommandError, match="is no certificate|cannot be read"):
        run("verifycertificate", str(file))


def test_a_certificate_can_be_printed(file: Path, bob: User) -> None:
    certificate = json.loads(file.read_text())

    page = certificates.page(certificate)

    for told in (certificate["pseudonym"], certificate["signature"], "Messages"):
        assert told in page
    assert "<script" not in page and "style=" not in page
    assert "Vectors" not in page  # of which there was nothing
    certificate["remains"] = {"a <b>": 3}
    assert "3 in a &lt;b&gt;" in certificates.page(certificate)
