"""Events carry ids and numbers, never a text and never a phone number."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from conversation.adapters.lines import lines, timestamp
from conversation.adapters.signals import logged
from conversation.errors import Defect
from conversation.signals import ERRORS, KEYS, WARNINGS, Recorded, Signal, undeclared

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_no_event_can_carry_a_text_or_a_number():
    assert not KEYS & {"text", "content", "body", "message", "phone", "phone_number", "address",
                       "number", "name", "from", "to"}  # fmt: skip


def test_names_are_in_the_past_tense_and_unique():
    names = [signal.value for signal in Signal]

    assert len(names) == len(set(names))
    assert all("_" in name for name in names)


@pytest.fixture(params=[logged, lines], ids=["in a Lambda", "in the connector"])
def writer(request):
    """Both ways of writing events hold the same promises."""
    return request.param


def test_an_event_is_one_line_of_json(writer, capsys):
    service = f"test-one-line-{writer.__name__}"
    writer(service, "INFO")(Signal.MESSAGE_STORED, contact_id="A" * 26, latency_ms=None)

    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "message_stored"
    assert line["service"] == service
    assert line["contact_id"] == "A" * 26
    assert "latency_ms" not in line


@pytest.mark.parametrize(("signals", "level"), [(WARNINGS, "WARNING"), (ERRORS, "ERROR")])
def test_what_needs_someone_is_louder(writer, signals, level, capsys):
    # Powertools keeps one logger a service, bound to the output it found first.
    note = writer(f"test-{writer.__name__}-{level}", "INFO")
    for signal in signals:
        note(signal)

    levels = {json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()}
    assert levels == {level}


def test_what_is_not_loud_enough_is_not_written(writer, capsys):
    note = writer(f"test-{writer.__name__}-quiet", "ERROR")

    note(Signal.MESSAGE_STORED)
    note(Signal.SOCKET_LOST)
    note(Signal.TURN_GIVEN_UP)

    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "turn_given_up"


def test_an_undeclared_key_is_a_defect(writer):
    with pytest.raises(Defect, match="phone"):
        writer("test", "INFO")(Signal.MESSAGE_STORED, phone="x")


def test_both_write_the_same_line_but_for_the_place(capsys):
    for writer in (logged, lines):
        writer("test-same", "INFO")(Signal.SOCKET_LOST, session="conv_ñ", code=1006, latency_ms=0)

    powertools, ours = map(json.loads, capsys.readouterr().out.splitlines())
    stamps = [line.pop("timestamp") for line in (powertools, ours)]
    assert powertools.pop("location")
    assert powertools == ours
    assert len({datetime.strptime(s, "%Y-%m-%d %H:%M:%S,%f%z").tzinfo for s in stamps}) == 1


def test_a_value_that_json_does_not_know_is_no_reason_to_fail(writer, capsys):
    writer(f"test-odd-{writer.__name__}", "INFO")(Signal.MESSAGE_STORED, reason=NOON)

    assert json.loads(capsys.readouterr().out)["reason"].startswith("2026-11-27")


def test_the_time_has_milliseconds_and_is_utc():
    assert timestamp(1_795_809_600.0639) == "2026-11-27 20:00:00,063+0000"


def test_nobody_who_reads_is_no_reason_to_fail(monkeypatch):
    monkeypatch.setattr("sys.stdout", BrokenPipe())

    lines("test", "INFO")(Signal.MESSAGE_STORED)


class BrokenPipe:
    """What standard output is once its reader is gone."""

    def write(self, _line):
        raise BrokenPipeError


def test_a_recording_remembers_in_order():
    recorded = Recorded()
    recorded(Signal.MESSAGE_STORED, contact_id="A")
    recorded(Signal.DOORBELL_RUNG)

    assert recorded.names() == [Signal.MESSAGE_STORED, Signal.DOORBELL_RUNG]
    assert undeclared({"contact_id": "A", "text": "x"}) == {"text"}
