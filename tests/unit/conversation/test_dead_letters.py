"""What was given up, and what an operator can do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversation.dead_letters import (
    Box,
    Buried,
    Letter,
    Outcome,
    hindrance,
    is_buried,
)
from conversation.doorbells import BellKind, Doorbell
from conversation.messages import Direction, InboundState, OutboundState
from conversation.state import ConversationState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "A" * 26
KEY = "01" + "0" * 24
OPEN = ConversationState(contact_id=ANA, last_inbound_at=NOW)


def a_buried(**known):
    words = {
        "contact_id": ANA, "key": f"{KEY}~001", "direction": Direction.OUTBOUND, "kind": "reply",
        "state": OutboundState.FAILED, "reason": "bad_credentials", "attempts": 0, "since": NOW,
    }  # fmt: skip
    return Buried(**(words | known))


def a_letter(body):
    return Letter(box=Box.INBOX, id="m-1", receipt="r", body=body, reason="bad_doorbell",
                  sent_at=NOW)  # fmt: skip


def test_each_has_a_name_by_which_it_is_asked_for():
    assert a_letter("{").name == "inbox:m-1"
    assert a_buried().name == f"{ANA}:{KEY}~001"


def test_a_letter_is_a_doorbell_or_it_is_not():
    bell = Doorbell(BellKind.INBOX, ANA, KEY)

    assert a_letter(bell.to_json()).bell == bell
    assert a_letter("hola").bell is None


@pytest.mark.parametrize(
    ("state", "reason", "dead"),
    [
        (OutboundState.FAILED, "not_on_whatsapp", True),
        (OutboundState.UNSURE, "not_listed", True),
        (OutboundState.SKIPPED, "answered", False),
        (OutboundState.SENT, None, False),
        (InboundState.FAILED, "no_answer", True),
        (InboundState.EXPIRED, "window_closed", True),
        (InboundState.EXPIRED, "opted_out", False),
        (InboundState.ANSWERED, None, False),
    ],
)
def test_what_nobody_else_will_see_to_is_buried(state, reason, dead):
    assert is_buried(state, reason) is dead


def test_it_can_be_replayed_while_the_window_is_open():
    assert hindrance(a_buried(), OPEN, NOW) is None


def test_free_text_waits_until_the_person_has_written_again():
    later = NOW + timedelta(days=2)

    assert hindrance(a_buried(), OPEN, later) is Outcome.WINDOW_CLOSED
    assert hindrance(a_buried(direction=Direction.INBOUND), OPEN, later) is Outcome.WINDOW_CLOSED
    assert hindrance(a_buried(templated=True), OPEN, later) is None


def test_nothing_is_replayed_to_who_opted_out():
    out = ConversationState(contact_id=ANA, last_inbound_at=NOW, opted_out=True)

    assert hindrance(a_buried(), out, NOW) is Outcome.OPTED_OUT


def test_what_was_done_is_told_from_what_was_not():
    assert {each for each in Outcome if each.done} == {Outcome.REPLAYED, Outcome.DROPPED}
