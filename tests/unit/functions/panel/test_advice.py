"""What to do about what was given up, in both languages."""

import pytest

from conversation.dead_letters import BAD_DOORBELL, FLOOD, NEVER_HEEDED, UNREADABLE_ITEM
from conversation.faults import HANDLINGS, TWILIO_ERRORS, UNKNOWN_ERROR, Remedy
from functions.panel.advice import Advice
from functions.panel.texts import LANGUAGES, Texts

FAULTS = sorted({fault.reason for fault in (*TWILIO_ERRORS.values(), UNKNOWN_ERROR)})
OURS = (BAD_DOORBELL, FLOOD, UNREADABLE_ITEM, "wrong_queue", "no_answer", "no_agent",
        "sitting_over", "window_closed", "not_listed", "opted_out")  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [*FAULTS, *OURS])
def test_every_reason_has_its_advice(reason, language):
    advice = Advice()

    assert advice.about(reason, language) != advice.about(NEVER_HEEDED, language)


def test_a_fault_is_told_with_what_mends_it():
    assert Advice().about("bad_credentials", "es") == (
        "Twilio no acepta las credenciales: revise TWILIO_ACCOUNT_SID y TWILIO_AUTH_TOKEN. "
        "Arregle la cuenta o el ajuste, y hágalo otra vez."
    )


def test_of_what_nobody_knows_it_says_what_always_helps():
    assert Advice().about("brand_new", "en") == Advice().about(NEVER_HEEDED, "en")


@pytest.mark.parametrize("remedy", Remedy)
def test_a_remedy_is_the_same_here_and_in_the_operators_handbook(remedy):
    assert Texts().say("en", f"advice.remedy.{remedy}") == HANDLINGS[remedy].operator
