"""Lines that die without a word, and what the page does about it."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import STORY, Chat, eventually, sign_up
from tests.browser.line import Line

SHOWN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
FROM_THE_CACHE = (
    "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
)
ONLINE = "dispatchEvent(new Event('online'))"
NO_SERVER = """
window.tries = [];
window.WebSocket = class {
  constructor() {
    tries.push(["socket", performance.now()]);
    setTimeout(() => this.onclose?.({ code: 1006 }), 1);
  }
  close() {}
};
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    tries.push(["stream", performance.now()]);
    setTimeout(() => this.onerror?.(), 1);
  }
  close() {}
};
"""


@pytest.mark.parametrize("woken_by", [SHOWN_AGAIN, FROM_THE_CACHE, ONLINE])
def test_a_line_that_died_in_its_sleep_is_noticed(chat: Chat, woken_by: str):
    line = Line(chat.page)
    chat.page.reload()
    chat.say(STORY)
    chat.begun()
    line.goes_dead()
    chat.page.wait_for_timeout(300)
    chat.page.evaluate(woken_by)
    assert eventually(chat.page, lambda: line.opened == 2, 20)
    assert "more often than not" in chat.finished()
    expect(chat.replies).to_have_count(1)
    expect(chat.page.locator(".offline")).to_be_hidden()


def test_silence_makes_the_page_ask(chat: Chat):
    chat.page.clock.install()
    line = Line(chat.page)
    chat.page.reload()
    chat.say(STORY)
    chat.begun()
    line.goes_dead()
    chat.page.wait_for_timeout(300)  # what is on its way comes before the silence
    chat.page.clock.fast_forward(20_100)  # it asks, and waits for an answer
    chat.page.clock.fast_forward(5_100)
    chat.page.clock.fast_forward(1_000)
    assert eventually(chat.page, lambda: line.opened == 2, 20)
    assert "more often than not" in chat.finished()


def test_frames_that_were_lost_on_the_way_are_made_up_for(chat: Chat):
    line = Line(chat.page)
    chat.page.reload()
    chat.say(STORY)
    whole = chat.finished()
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.replies).to_have_count(0)
    numbers = itertools.count()
    line.hears = lambda frame: frame["type"] != "patch" or next(numbers) % 5
    chat.say(STORY)
    expect(chat.replies).to_have_count(1)
    assert chat.finished() == whole


def test_a_server_that_is_gone_is_tried_less_and_less_often(
    context: BrowserContext, live: str
):
    context.add_init_script(NO_SERVER)
    sign_up(context, live)
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # a slow machine must not count
    page.goto(live)
    page.clock.run_for(200_000)
    tries = page.evaluate("tries")
    at = [when for what, when in tries if what == "socket"]
    waits = [(after - before) / 1000 for before, after in itertools.pairwise(at)]
    wanted = [min(30, 0.5 * 2**number) for number in range(len(waits))]
    assert len(waits) >= 8
    # behind every other one an event stream is tried, and that waits, too
    assert waits[0] == pytest.approx(wanted[0], rel=0.35)
    assert max(waits) < 2 * 30 * 1.35
    assert waits[-1] > 30 * 0.65
    streams = [when for what, when in tries if what == "stream"]
    assert all(min(abs(when - one) for one in at) < 10 for when in streams)
