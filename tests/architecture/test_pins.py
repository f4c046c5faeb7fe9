"""Everybody installs the same."""

from __future__ import annotations

import sys

from tests.pins import named, pins, written

TRIED = (3, 11)  # another Python may need what this one does not


def test_every_requirement_is_pinned():
    assert [str(each) for each in named() if "==" not in str(each.specifier)] == []


def test_what_the_requirements_bring_along_is_pinned_to_what_was_tried():
    pinned, brought = written(), {line.partition("==")[0]: line for line in pins()}

    assert len(pinned) > 50
    for name, line in brought.items():
        assert pinned.get(name, line) == line
    unpinned = brought.keys() - pinned.keys()
    assert not unpinned or sys.version_info[:2] != TRIED
