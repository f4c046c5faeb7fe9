from conversations.core.markdown import render, render_unfinished


def test_an_open_end_is_mended():
    assert "**" not in render_unfinished("Some **bold")
    assert "`" not in render_unfinished("Some `cod")


def test_what_is_whole_is_shown_as_always():
    whole = "# Title\n\nA *word*.\n\n- one\n- two\n\nEnd.\n"
    assert render_unfinished(whole) == render(whole)
