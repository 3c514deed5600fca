"""What backs each other up, layer by layer: the late answer of an owner that was overtaken."""

import pytest

from tests.chaos.layers import ASKED, EPOCH, KEY, NOTICE, trace


@pytest.mark.usefixtures("aws_environment")
@pytest.mark.parametrize(
    ("out", "refused_by"),
    [
        ((), EPOCH),
        ((EPOCH,), ASKED),
        ((ASKED,), EPOCH),
        ((KEY,), EPOCH),
        ((EPOCH, ASKED), KEY),
        ((EPOCH, KEY), ASKED),
    ],
)
def test_whichever_layer_is_missing_the_next_one_refuses(out, refused_by):
    told = trace(*out)

    assert (told.refused_by, told.answers) == (refused_by, 1)


@pytest.mark.usefixtures("aws_environment")
def test_a_waiting_notice_that_is_due_refuses_what_nothing_else_did():
    told = trace(EPOCH, ASKED, KEY, slow=True)

    assert (told.refused_by, told.answers) == (NOTICE, 1)


@pytest.mark.usefixtures("aws_environment")
def test_without_any_of_them_the_person_gets_two_answers_or_the_wrong_one():
    told = trace(EPOCH, ASKED, KEY)

    assert told.refused_by is None
