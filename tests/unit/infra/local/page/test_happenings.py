"""Lines of the logs become happenings."""

import json

from conversation.signals import Signal
from infra.local.page.happenings import read


def a_line(**words):
    told = {
        "level": "INFO",
        "timestamp": "2026-11-23 14:56:40,250+0000",
        "service": "twilio_webhook",
        "event": "message_stored",
        "contact_id": "ABC",
        "message_key": "01J",
    }
    return json.dumps(told | words)


def test_an_event_is_read_with_its_time_to_the_millisecond():
    happening = read(a_line(), now=0)

    assert happening.signal is Signal.MESSAGE_STORED
    assert happening.at == 1795445800.25
    assert (happening.contact_id, happening.message_key) == ("ABC", "01J")


def test_the_offset_of_the_clock_is_honoured():
    west = read(a_line(timestamp="2026-11-23 09:56:40,250-0500"), now=0)

    assert west.at == read(a_line(), now=0).at


def test_only_declared_keys_are_shown_and_none_that_are_plumbing():
    happening = read(a_line(sid="SM1", latency_ms=12.5, epoch=9, text="hola"), now=0)

    assert happening.facts == {"message_key": "01J", "sid": "SM1", "latency_ms": "12.5"}


def test_a_line_without_a_time_happened_now():
    assert read(a_line(timestamp="yesterday"), now=7.5).at == 7.5
    assert read(a_line(timestamp=None, time=3), now=7.5).at == 3.0


def test_what_is_no_event_of_ours_is_left_out():
    others = ("", "Traceback", "{", "[1]", '{"line": "hola"}', a_line(event="greeted"), "{}")

    assert [read(line, now=0) for line in others] == [None] * len(others)


def test_an_event_that_is_not_a_word_is_left_out():
    assert read(a_line(event=["message_stored"]), now=0) is None


def test_a_very_long_fact_is_cut():
    assert len(read(a_line(reason="x" * 5000), now=0).facts["reason"]) < 200
