"""Everybody installs the same."""

from __future__ import annotations

from tests.pins import ROOT, named, pins


def test_every_requirement_is_pinned():
    assert [str(each) for each in named() if "==" not in str(each.specifier)] == []


def test_what_the_requirements_bring_along_is_pinned_to_what_was_tried():
    written = (ROOT / "constraints.txt").read_text().split("\n")

    # it comes with the virtual environment
    brought = {line for line in pins() if not line.startswith("setuptools==")}
    assert brought - set(written) == set()
