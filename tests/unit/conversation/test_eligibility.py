from __future__ import annotations

from datetime import timedelta

import pytest

from conversation.batches import Recipient, Stage
from conversation.calls import CallDirection, CallResult, CallState
from conversation.eligibility import (
    RULES,
    Continue,
    Leave,
    Look,
    Wait,
    Why,
    decide,
    e164_of,
    foretell,
)
from tests.calls import FIRST_START, NOW, a_call, start_settings

INBOUND = {"direction": CallDirection.INBOUND}
PROCESSING = {"state": CallState.PROCESSING}
GOING_ON = {"state": CallState.GOING_ON}
OUTBOUND_TOO = {"CONTINUE_CALLS": "outbound"}
DAY = 24 * 60

TABLE = [
    ("an answered call of a batch", {}, {}, Continue()),
    ("openers off", {}, {"OPENERS": "off"}, Leave(Why.OPENERS_OFF)),
    ("dry-run decides as ever", {}, {"OPENERS": "dry-run"}, Continue()),
    ("another agent", {}, {"MONITOR_AGENT_IDS": "a,b"}, Leave(Why.OTHER_AGENT)),
    ("one of our agents", {}, {"MONITOR_AGENT_IDS": "a, agent_1"}, Continue()),
    ("a single call", {"batch_id": None}, {}, Leave(Why.NOT_A_BATCH_CALL)),
    ("a single call, wanted", {"batch_id": None}, OUTBOUND_TOO, Continue()),
    ("an inbound call", {"batch_id": None, **INBOUND}, OUTBOUND_TOO, Leave(Why.INBOUND_CALL)),
    ("an inbound call, wanted", {"batch_id": None, **INBOUND}, {"CONTINUE_CALLS": "all"},
     Continue()),
    ("a withheld number", {"number": "anonymous"}, {}, Leave(Why.NO_NUMBER)),
    ("a number too short", {"number": "+57313"}, {}, Leave(Why.NO_NUMBER)),
    ("still talking", GOING_ON, {}, Wait(Why.GOING_ON)),
    ("talking since before we ran", {**GOING_ON, "ended_at": FIRST_START},
     {"OPENER_MAX_AGE_H": "720"}, Wait(Why.GOING_ON)),
    ("talking for ever", {**GOING_ON, "minutes_ago": DAY + 1}, {}, Leave(Why.TOO_OLD)),
    ("cancelled", {"result": CallResult.CANCELLED}, {}, Leave(Why.CANCELLED)),
    ("voicemail", {"result": CallResult.VOICEMAIL}, {}, Leave(Why.VOICEMAIL)),
    ("nobody answered", {"result": CallResult.NOT_REACHED}, {}, Leave(Why.NOT_REACHED)),
    ("failed", {"state": CallState.FAILED}, {}, Leave(Why.CALL_FAILED)),
    ("before we ever ran", {"ended_at": FIRST_START}, {"OPENER_MAX_AGE_H": "720"},
     Leave(Why.BEFORE_FIRST_START)),
    ("a day old to the second", {"minutes_ago": DAY}, {}, Continue()),
    ("older than a day", {"minutes_ago": DAY + 0.1}, {}, Leave(Why.TOO_OLD)),
    ("two days old, allowed", {"minutes_ago": 2 * DAY}, {"OPENER_MAX_AGE_H": "48"}, Continue()),
    ("analysis under way", PROCESSING, {}, Wait(Why.PROCESSING)),
    ("analysis for an hour", {**PROCESSING, "minutes_ago": 60}, {}, Continue()),
    ("analysis not waited for", PROCESSING, {"SUMMARY_WAIT_S": "0"}, Continue()),
    ("shorter than ten seconds", {"duration_s": 9}, {}, Leave(Why.TOO_SHORT)),
    ("ten seconds", {"duration_s": 10}, {}, Continue()),
    ("short, still in analysis", {**PROCESSING, "duration_s": 3}, {}, Wait(Why.PROCESSING)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "settings", "verdict"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_each_row_of_who_is_opened(call, settings, verdict):
    decided = decide(
        a_call(**call), settings=start_settings(**settings), first_start=FIRST_START, now=NOW
    )

    assert decided == verdict


def test_every_rule_has_its_row():
    assert {verdict for _, verdict in RULES} <= {row[3] for row in TABLE}


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+5215512345678", "+5215512345678"),
        ("+525512345678", "+525512345678"),
        ("+5491123456789", "+5491123456789"),
        ("+5511987654321", "+5511987654321"),
        ("+551187654321", "+551187654321"),
        ("", None),
        ("unknown", None),
    ],
)
def test_numbers_of_mexico_argentina_and_brazil_are_numbers(written, e164):
    assert e164_of(written) == e164


ROWS = [
    (Stage.MOVING, 0, "conv_1", Wait(Why.GOING_ON)),
    (Stage.VOICEMAIL, 0, "conv_1", Leave(Why.VOICEMAIL)),
    (Stage.FAILED, 0, None, Leave(Why.NOT_REACHED)),
    (Stage.CANCELLED, 0, None, Leave(Why.CANCELLED)),
    (Stage.COMPLETED, 0, "conv_1", Look("conv_1")),
    (Stage.COMPLETED, 0, None, Wait(Why.PROCESSING)),
    (Stage.COMPLETED, 1, None, Leave(Why.CALL_GONE)),
    (Stage.COMPLETED, NOW.timestamp() / 3600, "conv_1", Look("conv_1")),  # its time is not told
    (Stage.COMPLETED, 72, "conv_1", Leave(Why.TOO_OLD)),
    (Stage.COMPLETED, 31 * 24, "conv_1", Leave(Why.BEFORE_FIRST_START)),
]


@pytest.mark.parametrize(("stage", "hours_ago", "call_id", "verdict"), ROWS)
def test_what_a_recipients_row_alone_decides(stage, hours_ago, call_id, verdict):
    recipient = Recipient(
        recipient_id="r",
        stage=stage,
        updated_at=NOW - timedelta(hours=hours_ago),
        call_id=call_id,
    )

    told = foretell(recipient, settings=start_settings(), first_start=FIRST_START, now=NOW)

    assert told == verdict


def test_nothing_is_looked_at_while_openers_are_off():
    recipient = Recipient(recipient_id="r", stage=Stage.COMPLETED, updated_at=NOW, call_id="conv_1")

    told = foretell(
        recipient, settings=start_settings(OPENERS="off"), first_start=FIRST_START, now=NOW
    )

    assert told == Leave(Why.OPENERS_OFF)
