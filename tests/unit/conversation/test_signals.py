"""Events carry ids and numbers, never a text and never a phone number."""

from __future__ import annotations

import json

import pytest

from conversation.adapters.signals import ERRORS, WARNINGS, logged
from conversation.errors import Defect
from conversation.signals import KEYS, Recorded, Signal, undeclared


def test_no_event_can_carry_a_text_or_a_number():
    assert not KEYS & {"text", "content", "body", "message", "phone", "phone_number", "address",
                       "number", "name", "from", "to"}  # fmt: skip


def test_names_are_in_the_past_tense_and_unique():
    names = [signal.value for signal in Signal]

    assert len(names) == len(set(names))
    assert all("_" in name for name in names)


def test_an_event_is_one_line_of_json(capsys):
    logged("test-one-line", "INFO")(Signal.MESSAGE_STORED, contact_id="A" * 26, latency_ms=None)

    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "message_stored"
    assert line["service"] == "test-one-line"
    assert line["contact_id"] == "A" * 26
    assert "latency_ms" not in line


@pytest.mark.parametrize(("signals", "level"), [(WARNINGS, "WARNING"), (ERRORS, "ERROR")])
def test_what_needs_someone_is_louder(signals, level, capsys):
    # Powertools keeps one logger a service, bound to the output it found first.
    note = logged(f"test-{level}", "INFO")
    for signal in signals:
        note(signal)

    levels = {json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()}
    assert levels == {level}


def test_an_undeclared_key_is_a_defect():
    with pytest.raises(Defect, match="phone"):
        logged("test", "INFO")(Signal.MESSAGE_STORED, phone="x")


def test_a_recording_remembers_in_order():
    recorded = Recorded()
    recorded(Signal.MESSAGE_STORED, contact_id="A")
    recorded(Signal.DOORBELL_RUNG)

    assert recorded.names() == [Signal.MESSAGE_STORED, Signal.DOORBELL_RUNG]
    assert undeclared({"contact_id": "A", "text": "x"}) == {"text"}
