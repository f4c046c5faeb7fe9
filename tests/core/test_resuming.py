from hypothesis import given
from hypothesis import strategies as st

from conversations.core.resuming import LEAST, Joint


def joined(so_far: str, pieces: list[str]) -> str:
    joint = Joint(so_far)
    return so_far + "".join(joint.take(piece) for piece in pieces) + joint.rest()


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=20))
def test_cutting_the_continuation_anywhere_changes_nothing(so_far, pieces):
    assert joined(so_far, pieces) == joined(so_far, ["".join(pieces)])


@given(st.lists(st.text(max_size=20), max_size=20))
def test_a_new_reply_is_passed_on_at_once_and_untouched(pieces):
    joint = Joint("")
    assert [joint.take(piece) for piece in pieces] == pieces


def test_words_said_once_more_are_left_out():
    so_far = "The plan has three parts: move the database"
    again = "parts: move the database first, then the job."
    assert joined(so_far, [again]) == so_far + " first, then the job."


def test_a_short_repeat_may_be_meant():
    assert LEAST > 5
    assert joined("very", ["very good"]) == "veryvery good"
