"""The states of messages and the keys they are kept under."""

from __future__ import annotations

import itertools

import pytest

from conversation.messages import (
    INBOUND_TRANSITIONS,
    OUTBOUND_TRANSITIONS,
    UNFINISHED_INBOUND,
    UNFINISHED_OUTBOUND,
    InboundState,
    Notice,
    OutboundState,
    notice_key,
    part_key,
    sources_of,
)

RANKS = [OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ]


@pytest.mark.parametrize(
    ("table", "states"),
    [(INBOUND_TRANSITIONS, InboundState), (OUTBOUND_TRANSITIONS, OutboundState)],
)
def test_every_state_has_its_transitions(table, states):
    assert set(table) == set(states)
    assert set().union(*table.values()) <= set(states)


@pytest.mark.parametrize(("later", "earlier"), list(itertools.combinations(RANKS[::-1], 2)))
def test_what_was_delivered_or_read_never_goes_back(later, earlier):
    assert earlier not in OUTBOUND_TRANSITIONS[later]


def test_only_what_waits_can_be_claimed():
    assert sources_of(OutboundState.CLAIMED) == {OutboundState.PENDING}


@pytest.mark.parametrize("proof", [OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ])
def test_proof_that_twilio_has_it_counts_even_where_it_waits_to_be_sent_anew(proof):
    assert OutboundState.PENDING in sources_of(proof)


@pytest.mark.parametrize(
    ("table", "unfinished"),
    [
        (INBOUND_TRANSITIONS, UNFINISHED_INBOUND),
        (OUTBOUND_TRANSITIONS, UNFINISHED_OUTBOUND),
    ],
)
def test_what_is_unfinished_can_always_be_finished(table, unfinished):
    for state in unfinished:
        assert any(then not in unfinished for then in table[state])


def test_an_answers_items_stand_between_its_turn_and_what_comes_next():
    turn, following = "01J00000000000000000000001", "01J00000000000000000000002"
    keys = [turn, notice_key(turn, Notice.WAITING), part_key(turn, 1), part_key(turn, 998),
            notice_key(turn, Notice.GAVE_UP), following]  # fmt: skip

    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("ordinal", [0, 999, -1])
def test_an_answer_never_takes_the_key_of_a_notice(ordinal):
    with pytest.raises(ValueError, match="between 1 and 998"):
        part_key("01J00000000000000000000001", ordinal)


def test_waiting_and_trouble_are_one_notice_for_one_message():
    assert notice_key("K", Notice.WAITING) == notice_key("K", Notice.TROUBLE)
