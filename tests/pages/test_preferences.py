"""How the assistant works, for all conversations and for one; presets; their admin."""

from __future__ import annotations

import re

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import facts
from accounts.models import User
from conversations.models import Conversation, SharedPreset
from conversations.services import preferences, presets
from conversations.services.preferences import Wishes
from tests.base import client_of
from tests.pages.markup import Element, assert_harmless, read

ASSISTANT = "/settings/assistant/"
NEW = "/settings/presets/new/"
NASTY = "\"><script>alert('p')</script>"


def now_of(talk: Conversation) -> Conversation:
    return Conversation.objects.get(id=talk.id)


def chosen(page: Element) -> tuple[str, str, str]:
    model = page.one("select", name="model").all("option", selected=True)
    strategy = page.all("input", name="strategy", checked=True)
    return (
        model[0].attrs["value"] if model else "",
        strategy[0].attrs["value"] if strategy else "",
        page.one("textarea", name="system_prompt").text.strip(),
    )


def told(page: Element) -> str:
    return page.one(id="toasts").all("p")[-1].text


# --- every page
@pytest.fixture
def addresses(talk: Conversation, alice: User) -> list[str]:
    """The pages of this file, full of text that would like to be markup."""
    fact = facts.remember(alice.id, NASTY, NASTY).fact
    facts.remember(alice.id, "other", "x")
    preset = presets.add(alice.id, name=NASTY, text=NASTY)
    SharedPreset.objects.create(name=NASTY, text=NASTY, is_default=True)
    preferences.change(alice.id, system_prompt=NASTY)
    return [
        "/settings/facts/",
        f"/settings/facts/{fact.id}/",
        ASSISTANT,
        NEW,
        f"/settings/presets/{preset.id}/",
        f"/c/{talk.id}/settings/",
    ]


def test_every_page_is_harmless_and_has_its_landmarks(
    addresses: list[str], hers: Client
) -> None:
    for there in addresses:
        page = read(hers.get(there))
        assert_harmless(page)
        assert len(page.all("main")) == len(page.all("h1", class_=False)) == 1
        assert page.one("title").text.endswith(" · Understory")
        inside = read(hers.get(there, headers={"X-Fragment": "main"}))
        (first, *_) = [each for each in inside.children if isinstance(each, Element)]
        assert first.attrs["class"] == "top"


def test_every_control_has_a_name_and_points_at_what_is_there(
    addresses: list[str], hers: Client
) -> None:
    for there in addresses:
        page = read(hers.get(there))
        labelled = {label.attrs["for"] for label in page.all("label")}
        ids = {each.attrs["id"] for each in page.walk() if "id" in each.attrs}
        for control in page.all("button") + page.all("a"):
            assert control.text.strip() or control.attrs.get("aria-label"), control
        for name in ("input", "textarea", "select"):
            for field in page.all(name):
                hidden = field.attrs.get("type") == "hidden"
                assert hidden or field.attrs["id"] in labelled, field
        for each in page.walk():
            for name in ("form", "for", "aria-labelledby", "aria-describedby"):
                assert each.attrs.get(name, "main") in ids, (name, each.attrs)
        for form in page.all("form", method="post"):
            assert form.one("input", name="csrfmiddlewaretoken")


def test_the_parts_of_the_settings_lead_to_each_other(
    alice: User, hers: Client
) -> None:
    there = ["/settings/", "/settings/security/", ASSISTANT, "/settings/facts/"]
    there += ["/settings/core/", "/settings/usage/", "/tasks/", "/accounts/sessions/"]
    there += ["/settings/privacy/", "/settings/activity/"]

    for at in there:
        tabs = read(hers.get(at)).one("nav", class_="tabs").all("a")
        assert [tab.attrs["href"] for tab in tabs] == there
        here = [t.attrs["href"] for t in tabs if t.attrs.get("aria-current") == "page"]
        assert here == [at]


# --- for all conversations
def test_what_was_never_chosen_follows_the_site(hers: Client) -> None:
    page = read(hers.get(ASSISTANT))

    assert chosen(page) == ("", "", "")
    assert page.one("option", value="", selected=True).text.startswith(
        "The site’s default ("
    )
    assert page.one("main").one("p", class_="none").text == "None yet."
    assert page.all("select", name="preset") == []


def test_choices_are_kept_and_shown(alice: User, hers: Client) -> None:
    given = {"model": "demo-fast", "strategy": "full", "system_prompt": "Be\r\nbrief."}

    page = read(hers.post(ASSISTANT, given, follow=True))

    assert told(page) == "Saved."
    assert chosen(page) == ("demo-fast", "full", "Be\nbrief.")
    assert preferences.of(alice.id) == Wishes("demo-fast", "full", "Be\nbrief.", True)
    hers.post(ASSISTANT, {"model": "", "strategy": "", "system_prompt": ""})
    assert preferences.of(alice.id) == Wishes()


@pytest.mark.parametrize(
    "given",
    [
        {"model": "nobody-knows-it"},
        {"strategy": "clairvoyance"},
        {"system_prompt": "x" * 20_001},
        {"system_prompt": "a\x00b"},
    ],
)
def test_what_will_not_do_is_told_and_not_kept(
    given: dict[str, str], alice: User, hers: Client
) -> None:
    response = hers.post(ASSISTANT, given)

    assert response.status_code == 422
    assert read(response).one("ul", class_="errorlist")
    assert preferences.of(alice.id) == Wishes()


def test_a_model_that_is_no_longer_offered_is_kept_until_another_is_chosen(
    alice: User, hers: Client
) -> None:
    preferences.change(alice.id, strategy="window")
    alice.preferences.model = "retired-model"
    alice.preferences.save(update_fields=["model"])

    page = read(hers.get(ASSISTANT))
    assert chosen(page)[0] == "retired-model"
    hers.post(ASSISTANT, {"model": "retired-model", "strategy": "full"})
    assert preferences.of(alice.id) == Wishes("retired-model", "full")


def test_a_preset_is_put_into_the_prompt_and_nothing_is_stored(
    alice: User, hers: Client
) -> None:
    mine = presets.add(alice.id, name="Editor", text="Edit well.")
    house = SharedPreset.objects.create(name="House", text="Our words.")
    page = read(hers.get(ASSISTANT))
    groups = page.one("select", name="preset").all("optgroup")
    assert [group.attrs["label"] for group in groups] == [
        "Yours",
        "From your organisation",
    ]
    given = {"strategy": "full", "system_prompt": "", "insert": "yes"}

    once = read(hers.post(ASSISTANT, given | {"preset": str(mine.id)}))
    assert chosen(once) == ("", "full", "Edit well.")
    given["system_prompt"] = "Edit well."
    twice = read(hers.post(ASSISTANT, given | {"preset": str(house.id)}))
    assert chosen(twice) == ("", "full", "Edit well.\n\nOur words.")
    none = read(hers.post(ASSISTANT, given | {"preset": ""}))
    assert chosen(none) == ("", "full", "Edit well.")
    assert preferences.of(alice.id) == Wishes()


def test_somebody_elses_preset_is_not_there(
    alice: User, bob: User, hers: Client
) -> None:
    his = presets.add(bob.id, name="Bob's", text="canary")

    for chosen_one in (str(his.id), "no-uuid"):
        response = hers.post(ASSISTANT, {"insert": "yes", "preset": chosen_one})
        assert response.status_code == 404
    assert "canary" not in hers.get(ASSISTANT).content.decode()


def test_the_first_button_of_the_form_saves(alice: User, hers: Client) -> None:
    """Enter presses it."""
    presets.add(alice.id, name="Editor", text="Edit well.")

    form = read(hers.get(ASSISTANT)).one("form", action=ASSISTANT)

    assert [button.attrs.get("name") for button in form.all("button")] == [
        None,
        "insert",
        None,
    ]


def test_the_pages_cost_the_same_for_one_preset_and_for_many(
    talk: Conversation, alice: User, hers: Client
) -> None:
    def queries(there: str) -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            hers.get(there)
        return len(caught)

    pages = (ASSISTANT, f"/c/{talk.id}/settings/")
    presets.add(alice.id, name="first", text="x")
    for there in pages:
        hers.get(there)
    few = [queries(there) for there in pages]
    SharedPreset.objects.create(name="shared", text="x")
    few = [queries(there) for there in pages]  # it is read again after it changed
    for number in range(20):
        presets.add(alice.id, name=f"{number}", text="x")
        SharedPreset.objects.create(name=f"{number}", text="x")
    assert [queries(there) for there in pages] == few


# --- presets
def test_a_preset_is_added_changed_and_deleted(alice: User, hers: Client) -> None:
    page = read(hers.post(NEW, {"name": "Editor", "text": "Edit."}, follow=True))
    (made,) = presets.mine(alice.id)
    assert page.one("ul", class_="known").one("b").text == "Editor"
    there = f"/settings/presets/{made.id}/"
    assert page.one("a", href=there).text == "Edit"

    form = read(hers.get(there))
    assert form.one("input", name="name").attrs["value"] == "Editor"
    hers.post(there, {"name": "Editor", "text": "Edit well."})
    assert presets.get(alice.id, made.id).text == "Edit well."

    button = form.one("button", formaction=f"{there}delete/")
    page = read(hers.post(button.attrs["formaction"], follow=True))
    assert told(page) == "Preset deleted."
    assert presets.mine(alice.id) == []


def test_a_bad_preset_is_told_and_not_lost(alice: User, hers: Client) -> None:
    presets.add(alice.id, name="Editor", text="x")

    response = hers.post(NEW, {"name": "Editor", "text": "my words"})

    page = read(response)
    assert response.status_code == 422
    assert "a preset of that name" in page.one("div", role="alert").text
    assert page.one("textarea", name="text").text.strip() == "my words"


# --- one conversation
def test_a_conversation_follows_its_owner_until_it_is_told_otherwise(
    talk: Conversation, alice: User, hers: Client
) -> None:
    there = f"/c/{talk.id}/settings/"
    preferences.change(alice.id, strategy="full", system_prompt="Mine.")
    page = read(hers.get(there))
    assert chosen(page) == ("", "", "")
    assert page.one("p", class_="quoted").text == "Mine."
    first = page.one("fieldset").all("label")[0]
    assert " ".join(first.text.split()) == "Your default Full, for now."
    assert page.one("input", name="uses_facts", checked=True)

    given = {"model": "demo-fast", "strategy": "window", "system_prompt": "Own."}
    response = hers.post(there, given, follow=True)

    assert response.redirect_chain == [(f"/c/{talk.id}/", 302)]
    assert told(read(response)) == "Saved."
    now = now_of(talk)
    assert (now.model, now.strategy, now.system_prompt) == (
        "demo-fast",
        "window",
        "Own.",
    )
    assert (now.uses_facts, now.summarises) == (False, False)
    hers.post(there, given | {"uses_facts": "on", "summarises": "on"})
    now = now_of(talk)
    assert (now.uses_facts, now.summarises, now.system_prompt) == (True, True, "Own.")


def test_its_menu_leads_to_its_settings(talk: Conversation, hers: Client) -> None:
    menu = read(hers.get(f"/c/{talk.id}/")).one(id="menu-here")

    assert menu.one("a", href=f"/c/{talk.id}/settings/").text == "Settings"


def test_a_preset_goes_into_a_conversations_prompt(
    talk: Conversation, alice: User, hers: Client
) -> None:
    mine = presets.add(alice.id, name="Editor", text="Edit well.")
    given = {"insert": "yes", "preset": str(mine.id), "uses_facts": "on"}

    page = read(hers.post(f"/c/{talk.id}/settings/", given))

    assert chosen(page)[2] == "Edit well."
    assert page.one("input", name="summarises").attrs.get("checked") is None
    assert (now_of(talk).system_prompt, now_of(talk).summarises) == ("", True)


def test_nothing_is_kept_of_what_is_refused_in_part(
    talk: Conversation, hers: Client
) -> None:
    response = hers.post(
        f"/c/{talk.id}/settings/",
        {"strategy": "full", "system_prompt": "x" * 20_001},
    )

    assert response.status_code == 422
    assert "at most 20,000 characters" in response.content.decode()
    assert (now_of(talk).strategy, now_of(talk).summarises) == ("", True)


def test_a_temporary_conversation_says_that_it_knows_nothing(
    talk: Conversation, hers: Client
) -> None:
    Conversation.objects.update(temporary=True)

    page = read(hers.get(f"/c/{talk.id}/settings/"))

    switch = page.one("input", name="uses_facts")
    assert "disabled" in switch.attrs and "checked" not in switch.attrs
    assert "This conversation is temporary" in page.one("main").text
    hers.post(f"/c/{talk.id}/settings/", {"strategy": "full", "summarises": "on"})
    assert (now_of(talk).strategy, now_of(talk).uses_facts) == ("full", True)


def test_what_is_in_the_trash_has_no_settings_to_change(
    talk: Conversation, hers: Client
) -> None:
    Conversation.objects.update(deleted_at=timezone.now())
    there = f"/c/{talk.id}/settings/"

    assert read(hers.get(there)).all("form", action=there) == []
    response = hers.post(there, {"strategy": "full"}, follow=True)

    assert "This conversation is in the trash." in told(read(response))
    assert now_of(talk).strategy == ""


# --- the organisation's
LIST = reverse("admin:conversations_sharedpreset_changelist")
ADD = reverse("admin:conversations_sharedpreset_add")


def read_default(client: Client, there: str) -> bool:
    return client.get(there).context["adminform"].form["default"].value()


def test_administrators_offer_presets_and_choose_the_default(
    alice: User, admin_person: User
) -> None:
    ada = client_of(admin_person)
    given = {"text": "Words.", "default": "on"}

    for name in ("First", "Second"):
        assert ada.post(ADD, given | {"name": name}).status_code == 302

    defaults = SharedPreset.objects.filter(is_default=True)
    assert [preset.name for preset in defaults] == ["Second"]
    assert preferences.system_prompt_for(Conversation(owner=alice)) == "Words."
    assert re.search("First.*Second", ada.get(LIST).content.decode(), re.DOTALL)
    again = ada.post(ADD, given | {"name": "First"})
    assert "already exists" in again.content.decode()
    second = reverse("admin:conversations_sharedpreset_change", args=[defaults[0].pk])
    assert read_default(ada, second)
    ada.post(second, {"name": "Second", "text": "Words."})
    assert not read_default(ada, second)
    assert not defaults.all().exists()


def test_others_do_not_get_at_them(hers: Client) -> None:
    assert hers.get(LIST).status_code == hers.get(ADD).status_code == 302
    assert hers.post(ADD, {"name": "x", "text": "y"}).status_code == 302
    assert SharedPreset.objects.count() == 0
