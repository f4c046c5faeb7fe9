"""What a long command shows of itself."""

from __future__ import annotations

import io

from chatsite.lib.progress import Progress


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_drawn_again():
    screen = Screen()
    with Progress(screen, "Indexing", 4) as bar:
        for _ in range(4):
            bar.add(1)
    lines = screen.getvalue().split("\r")
    assert "\n" not in screen.getvalue()[:-1]
    assert lines[1].startswith("Indexing ░") and "0 %  0 of 4" in lines[1]
    assert lines[-1] == "Indexing " + "█" * 30 + " 100 %  4 of 4\n"


def test_a_file_has_a_line_for_every_tenth():
    out = io.StringIO()
    with Progress(out, "Indexing", 1_000) as bar:
        for _ in range(1_000):
            bar.add(1)
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0].endswith(" 10 %  100 of 1,000")
    assert lines[-1].endswith("100 %  1,000 of 1,000")


def test_more_than_was_thought_is_still_no_more_than_all():
    out = io.StringIO()
    with Progress(out, "Indexing", 1) as bar:
        bar.add(3)
    assert out.getvalue().endswith("100 %  3 of 3\n")


def test_nothing_to_do_is_no_division_by_nothing():
    screen = Screen()
    with Progress(screen, "Indexing", 0):
        pass
    assert "100 %  0 of 0" in screen.getvalue()
