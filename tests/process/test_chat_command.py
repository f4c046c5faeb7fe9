"""``manage.py chat`` as it is run: piped, beside the server, interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.process.looking import eventually, rows
from tests.process.visitor import PASSWORD, Visitor
from tests.product import ROOT, START_WITHIN, Product

pytestmark = pytest.mark.process
EMAIL = "maya@example.org"
COST = re.compile(r"^[\d,]+ tokens in(?: \([\d,]+ cached\))?, [\d,]+ out, \$0$", re.M)


@pytest.fixture
def product(new_product: Callable[..., Product]) -> Iterator[Product]:
    product = new_product()
    yield product
    product.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def prepared(new_product: Callable[..., Product]) -> Product:
    """Its databases are there, and Maya; nothing serves."""
    product = new_product()
    product.manage("createuser", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    return product


class Talk:
    """A running ``manage.py chat``, typed into; ``with`` ends it."""

    def __init__(self, product: Product, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "chat", "--user", EMAIL, *arguments],
            cwd=ROOT,
            env=product.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *problem: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def _read(self) -> None:
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self.said += piece.decode()

    def type(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def interrupt_until(self, words: str) -> None:
        """One that comes while a reply is still put away stops that, and is spent."""
        deadline = time.monotonic() + START_WITHIN
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            self.interrupt()
            patience = time.monotonic() + 10
            while words not in self.said and time.monotonic() < patience:
                time.sleep(0.02)

    def until(self, words: str) -> str:
        deadline = time.monotonic() + START_WITHIN
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            if self.process.poll() is not None:
                self._reader.join()  # its last words
                assert words in self.said, self.said
            time.sleep(0.02)
        return self.said

    def ended(self) -> int:
        code = self.process.wait(START_WITHIN)
        self._reader.join()
        return code


def exported(visitor: Visitor, conversation: str) -> list[dict]:
    return json.loads(visitor.get(f"/c/{conversation}/export.json"))["messages"]


# --- on its own
def test_a_pipe_is_answered_without_colours_one_after_the_other(prepared):
    typed = "My name is Maya.\n/compact\n/nope\nquit\n"
    done = prepared.manage("chat", "--user", EMAIL, given=typed)
    assert (done.returncode, done.stderr) == (0, "")
    shown, _, reply = done.stdout.partition("> My name is Maya.\n")
    assert shown and "demo model" in reply
    assert COST.search(done.stdout)
    assert "\x1b" not in done.stdout
    # how it went is told before anything else is asked
    told = reply.partition("> /compact\n")[2]
    assert told.startswith("Summarising the older part of this conversation.\nThere is")
    assert "> /nope" in told


def test_commands_lines_and_the_end_of_input(prepared):
    typed = "/set diet vegan\n/facts\n/help\nRemember\\\nthis\\\nplease\n\n"
    done = prepared.manage("chat", "--user", EMAIL.upper(), given=typed)
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout
    assert "Remembered: diet: vegan" in told
    assert "> /facts\ndiet: vegan" in told
    assert "quit or Ctrl-D leaves" in told.partition("/export")[2]
    assert "> Remember\\\n… this\\\n… please\n" in told
    assert len(COST.findall(told)) == 1


def test_a_tool_is_a_line_and_what_was_said_is_known_the_next_time(prepared):
    typed = 'use the tool remember {"key": "cat", "value": "Tom"}\n/history\n'
    done = prepared.manage("chat", "--user", EMAIL, given=typed)
    assert "\n· Remembered cat: Tom\nThe tool answered:" in done.stdout
    assert "You: use the tool remember" in done.stdout
    again = prepared.manage("chat", "--user", EMAIL, given="What is my cat?\nexit\n")
    assert "Tom" in again.stdout


def test_who_is_unknown_is_a_sentence(prepared):
    done = prepared.manage("chat", "--user", "x@example.org")
    assert done.returncode == 1
    assert "Nobody here has the address x@example.org." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("given", ["7", "01890000-0000-7000-8000-000000000000"])
def test_so_is_what_is_unknown(alice, given):
    """As every ``CommandError`` is, which the test above has seen at work."""
    with pytest.raises(CommandError, match=f"has no conversation {given}"):
        call_command("chat", user=alice.email, conversation=given)


def test_before_the_product_was_ever_started_it_says_so(tmp_path: Path):
    done = Product(tmp_path).manage("chat", "--user", EMAIL)
    assert done.returncode == 1
    assert "manage.py serve" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_fails_is_a_sentence_and_the_talk_goes_on(prepared):
    arguments = ("chat", "--user", EMAIL, "--model", "demo-error-500")
    done = prepared.manage(*arguments, given="Hello\n/facts\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^! .*\.$", done.stdout, re.M)
    assert "> /facts" in done.stdout


def test_what_is_too_long_is_refused_and_the_talk_goes_on(prepared):
    typed = f"{'x' * 40_000}\n/facts\n{'x' * 100_000}\n/facts\nquit\n"
    done = prepared.manage("chat", "--user", EMAIL, given=typed)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"^! .*\.\n\n> /facts$", done.stdout, re.M)) == 2


def test_what_a_model_says_cannot_steer_the_terminal(prepared):
    typed = "\x1b]0;owned\x07 \x1b[2J"
    done = prepared.manage(
        "chat", "--user", EMAIL, "--model", "demo-echo-context", given=f"{typed}\n"
    )
    assert done.returncode == 0
    assert not set("\x1b\x07\x9b") & set(done.stdout)


# --- beside the server
async def test_it_goes_on_with_a_conversation_of_the_pages_which_see_it(product):
    product.start()
    maya = Visitor(product.address).sign_up(EMAIL)
    async with maya.tab() as tab:
        ack, noted = await tab.ask("My name is Maya.")
        here = ack["conversation"]
        with Talk(product, "--conversation", here, "--model", "demo-slow-150") as talk:
            first = talk.until("/help lists")
            assert f"> My name is Maya.\n{noted}\n" in first
            talk.type("What is my name? Write a long story.")
            end = await tab.until("end", conversation=here)
            talk.until("tokens in")
            talk.type("quit")
            assert talk.ended() == 0
    *_, said, reply = exported(maya, here)
    assert said["content"] == "What is my name? Write a long story."
    assert (reply["id"], reply["status"]) == (end["message"], "complete")
    assert reply["content"] in talk.said
    assert "Maya" in reply["content"]


def test_ctrl_c_stops_the_reply_and_keeps_what_was_seen(prepared):
    with Talk(prepared, "--model", "demo-slow-15") as talk:
        talk.type("Write a long story.")
        talk.until("Write a long story.\n")
        eventually(lambda: len(talk.said.partition("story.\n")[2]) >= 60)
        talk.interrupt()
        said = talk.until("tokens in")
        seen = said.partition("story.\n")[2].partition("\nStopped.")[0]
        assert "Stopped. What you saw is kept." in said
        talk.type("/history 1")
        talk.until("Assistant: ")
        talk.type("quit")
        assert talk.ended() == 0
    kept = talk.said.partition("Assistant: ")[2].splitlines()[0]
    assert " ".join(seen.split()).startswith(kept.removesuffix("…").strip())
    assert len(kept) > 50


def test_ctrl_c_twice_leaves(prepared):
    running = "SELECT id FROM conversations_turn WHERE status = 'running'"
    before = rows(prepared, running)
    with Talk(prepared, "--model", "demo-hang") as talk:
        talk.type("Hello")
        eventually(lambda: rows(prepared, running) != before)
        talk.interrupt()
        talk.until("Stopped.")  # it reads on: nothing is typed
        talk.interrupt_until("Ctrl-C once more leaves.")
        talk.interrupt()
        assert talk.ended() == 0
    assert "Traceback" not in talk.said
