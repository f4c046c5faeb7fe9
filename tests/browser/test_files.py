"""Files in the composer and on messages, as a person handles them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.chat import Chat, eventually
from tests.browser.conftest import PATIENCE
from tests.browser.test_small_and_dark import PHONE
from tests.browser.watched import Complaints
from tests.contracts.file_rows import PNG

REPORT = "The Grebe is a boat.\n\nThe Grebe was built in Ghent in 1932."
LONG = "My notes on rye bread go on and on.\n" * 120  # 4,320 characters
DROP = """([kind, name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/plain" }));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new DragEvent(kind, options));
}"""
PASTE = """([text, name]) => {
  const carried = new DataTransfer();
  if (name) carried.items.add(new File([text], name, { type: "image/png" }));
  else carried.setData("text/plain", text);
  const options = { clipboardData: carried, bubbles: true, cancelable: true };
  const event = new ClipboardEvent("paste", options);
  if (document.querySelector("#text").dispatchEvent(event))
    document.execCommand("insertText", false, text);
}"""


@pytest.fixture(autouse=True)
def _patient(live: str) -> None:
    """Every file is looked into, and read, by a process that has to start first."""
    expect.set_options(timeout=3 * PATIENCE)


def chips(chat: Chat) -> Locator:
    return chat.page.locator("#composer .chip")


def choose(chat: Chat, name: str, text: str | bytes = REPORT) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    with chat.page.expect_file_chooser() as chooser:
        chat.page.get_by_role("button", name="Attach files").click()
    kind = "image/png" if name.endswith("png") else "text/plain"
    chooser.value.set_files({"name": name, "mimeType": kind, "buffer": data})


def uploaded(chat: Chat, count: int = 1) -> None:
    """All chips are of files that the server has."""
    expect(chips(chat)).to_have_count(count)
    stored = "Object.entries(localStorage).filter(([key]) => key.includes(':files:'))"
    known = f"{stored}.flatMap(([, value]) => JSON.parse(value)).length"
    assert eventually(chat.page, lambda: chat.page.evaluate(known) == count, 30)


def paste(chat: Chat, text: str, name: str = "") -> None:
    chat.box.focus()
    chat.page.evaluate(PASTE, [text, name])


def test_a_file_is_attached_read_and_cited(chat: Chat):
    choose(chat, "report.txt")
    expect(chips(chat)).to_contain_text("report.txt")
    expect(chat.status).to_have_text("report.txt is attached.")
    said = chat.ask("Where was the Grebe built?")
    assert "built in Ghent in 1932" in said
    assert "[1]" in said
    expect(chips(chat)).to_have_count(0)
    expect(chat.questions.last.locator(".files b")).to_have_text("report.txt")
    source = chat.replies.last.locator(".sources a")
    expect(source).to_have_text("[1] report.txt, part 1")
    chat.mark()
    chat.replies.last.get_by_role("link", name="Source 1: report.txt, part 1").click()
    expect(chat.page.locator("#cited")).to_contain_text("built in Ghent in 1932.")
    assert re.fullmatch(r"/files/[\w-]{36}/p/1/", chat.path)
    assert not chat.was_reloaded
    chat.page.go_back()
    chat.questions.last.locator(".files a").click()
    expect(chat.page.get_by_role("heading", level=1)).to_be_focused()
    chat.page.keyboard.press("Shift+Escape")  # to a box that is not there
    expect(chat.page.get_by_role("heading", level=1)).to_be_focused()


def test_an_image_is_shown_on_the_message(chat: Chat):
    choose(chat, "photo.png", PNG)
    uploaded(chat)
    said = chat.ask("What is in this picture?")
    assert "photo.png" in said and "cannot see" in said
    note = chat.replies.last.locator(".note")
    expect(note).to_contain_text("cannot see images: it was only told")
    image = chat.questions.last.get_by_role("img", name="photo.png")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 1)


def test_files_may_be_sent_without_a_word(chat: Chat):
    expect(chat.send).to_be_disabled()
    choose(chat, "report.txt")
    expect(chat.send).to_be_enabled()
    chat.send.click()
    chat.finished()
    expect(chat.questions.last.locator(".files b")).to_have_text("report.txt")


def test_a_file_is_dropped_on_the_page(chat: Chat):
    chat.page.evaluate(DROP, ["dragenter", "report.txt", REPORT])
    expect(chat.page.locator("#dropzone")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#dropzone")).to_have_count(0)
    chat.page.evaluate(DROP, ["dragenter", "report.txt", REPORT])
    chat.page.evaluate(DROP, ["drop", "report.txt", REPORT])
    expect(chat.page.locator("#dropzone")).to_have_count(0)
    uploaded(chat)


def test_a_long_paste_becomes_a_file_and_text_again(chat: Chat, complaints: Complaints):
    complaints.expect("404")  # of a last question about the file, on its way already
    paste(chat, "A short one.")
    expect(chat.box).to_have_value("A short one.")
    chat.box.fill("")
    paste(chat, LONG)
    expect(chips(chat)).to_contain_text("pasted-1.txt")
    expect(chat.box).to_have_value("")
    uploaded(chat)
    chips(chat).get_by_role("button", name="Put it back as text").click()
    expect(chips(chat)).to_have_count(0)
    assert chat.box.input_value() == LONG


def test_long_pastes_stay_text_where_that_is_wanted(chat: Chat):
    chat.page.keyboard.press("Control+/")
    chat.page.get_by_label("A long paste becomes a file").uncheck()
    chat.page.get_by_role("button", name="Close").click()
    chat.page.reload()
    paste(chat, LONG)
    assert eventually(chat.page, lambda: chat.box.input_value() == LONG)
    expect(chips(chat)).to_have_count(0)


@pytest.fixture
def refused(complaints) -> None:
    complaints.expect("415")


def test_a_picture_is_pasted(chat: Chat, refused: None):
    paste(chat, "not really a picture", "image.png")
    expect(chips(chat)).to_contain_text("image-1.png")
    expect(chips(chat)).to_contain_text("was not taken")
    expect(chips(chat)).to_have_class(re.compile("bad"))


def test_a_refused_file_is_told_and_holds_the_message_back(chat: Chat, refused: None):
    choose(chat, "photo.png", "no picture at all")
    expect(chips(chat)).to_contain_text("photo.png was not taken")
    chat.say("Look")
    expect(chat.page.locator(".problem")).to_contain_text("photo.png is not attached")
    expect(chat.questions).to_have_count(0)
    chips(chat).get_by_role("button", name="Remove photo.png").click()
    expect(chips(chat)).to_have_count(0)
    expect(chat.box).to_be_focused()
    chat.box.press("Enter")
    expect(chat.questions).to_have_count(1)


def test_a_draft_keeps_its_files_through_a_reload_and_by_conversation(chat: Chat):
    choose(chat, "report.txt")
    uploaded(chat)
    chat.page.reload()
    expect(chips(chat)).to_contain_text("report.txt")
    chat.ask("Hello")
    expect(chips(chat)).to_have_count(0)
    choose(chat, "other.txt", "Something else.")
    uploaded(chat)
    chat.page.keyboard.press("Control+Shift+o")
    chat.is_at("/")
    expect(chat.questions).to_have_count(0)
    expect(chips(chat)).to_have_count(0)
    chat.page.go_back()
    expect(chips(chat)).to_contain_text("other.txt")


def test_a_newer_version_is_told_and_so_are_replies_of_the_older(chat: Chat):
    choose(chat, "report.txt")
    chat.ask("Where was the Grebe built?")
    choose(chat, "report.txt", "The Grebe was built in Bruges.")
    expect(chips(chat)).to_contain_text("newer version of report.txt")
    assert "Bruges" in chat.ask("Where was the Grebe built?")
    chat.page.reload()
    note = chat.replies.first.locator(".note")
    expect(note).to_contain_text("Used version 1 of report.txt; a newer one was")
    note.get_by_role("button", name="Answer again").click()
    expect(chat.replies).to_have_count(1)
    assert "Bruges" in chat.finished()


@pytest.fixture
def offline(complaints) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "WebSocket", "Failed to load")


def test_offline_a_file_waits_and_so_does_its_message(
    context: BrowserContext, chat: Chat, offline: None
):
    chat.ask("Hello")
    context.set_offline(True)
    choose(chat, "report.txt")
    expect(chips(chat)).to_contain_text("Uploaded when you are back online")
    chat.say("Where was the Grebe built?")
    expect(chat.questions).to_have_count(1)
    expect(chat.box).to_have_value("Where was the Grebe built?")
    context.set_offline(False)
    expect(chat.replies).to_have_count(2)
    assert "Ghent" in chat.finished()


def test_what_was_uploaded_waits_with_its_message_in_the_outbox(
    context: BrowserContext, chat: Chat, offline: None
):
    chat.ask("Hello")
    choose(chat, "report.txt")
    uploaded(chat)
    context.set_offline(True)
    chat.say("Where was the Grebe built?")
    waiting = chat.questions.last
    expect(waiting).to_have_attribute("data-state", "queued")
    expect(waiting.locator(".chip")).to_contain_text("report.txt")
    expect(chips(chat)).to_have_count(0)
    context.set_offline(False)
    expect(chat.replies).to_have_count(2)
    assert "Ghent" in chat.finished()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_it(
    scheme: str,
    new_context: Callable[..., BrowserContext],
    new_chat: Callable[..., Chat],
    tmp_path: Path,
):
    chat = new_chat(new_context(**PHONE, color_scheme=scheme))
    name = "a-rather-long-name-of-a-report-about-boats-and-bread-2026.txt"
    choose(chat, name)
    choose(chat, "photo.png", PNG)
    uploaded(chat, 2)
    sideways = "document.documentElement.scrollWidth - innerWidth"
    assert chat.page.evaluate(sideways) <= 0
    chat.box.fill("Where was the Grebe built?")
    chat.send.tap()
    chat.finished()
    expect(chat.replies.last.locator(".sources")).to_be_visible()
    assert chat.page.evaluate(sideways) <= 0
