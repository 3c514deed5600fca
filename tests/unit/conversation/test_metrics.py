"""Events are measured by a table, in lines that CloudWatch reads."""

from __future__ import annotations

import json

import pytest

from conversation.adapters.metering import EmfMeter, Metering
from conversation.metrics import METRICS, Point, Unit, points
from conversation.signals import KEYS, Recorded, Signal


def test_every_metric_is_of_keys_that_events_may_carry():
    for metric in METRICS:
        named = {metric.value, metric.by, metric.only and metric.only[0]} - {None}
        assert named <= KEYS, metric.name


def test_names_are_unique():
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize(
    ("signal", "keys", "expected"),
    [
        (
            Signal.TURN_ANSWERED,
            {"latency_ms": 1200},
            [Point("AnswerTime", Unit.MILLISECONDS, 1200)],
        ),
        (Signal.TURN_ANSWERED, {"latency_ms": None}, []),
        (
            Signal.SOCKET_LOST,
            {"reason": "reset"},
            [Point("SocketsLost", Unit.COUNT, 1, ("reason", "reset"), adds=True)],
        ),
        (
            Signal.SOCKET_OPENED,
            {"kind": "rolled_over"},
            [
                Point("SocketsOpened", Unit.COUNT, 1, adds=True),
                Point("SocketsRolledOver", Unit.COUNT, 1, adds=True),
            ],
        ),
        (
            Signal.SOCKET_OPENED,
            {"kind": "first"},
            [Point("SocketsOpened", Unit.COUNT, 1, adds=True)],
        ),
        (Signal.SOCKET_CLOSED, {"reason": "idle"}, []),
        (
            Signal.CONVERSATION_RESTED,
            {"count": 9},
            [Point("MessagesPerConversation", Unit.COUNT, 9)],
        ),
        (
            Signal.DELIVERY_UPDATED,
            {"state": "READ"},
            [Point("MessagesRead", Unit.COUNT, 1, adds=True)],
        ),
        (
            Signal.QUEUE_MEASURED,
            {"queue": "outbox", "age_s": 0.0},
            [Point("OldestUnsent", Unit.SECONDS, 0)],
        ),
        (Signal.DOORBELL_RUNG, {}, []),
    ],
)
def test_an_event_is_measured_by_what_it_carries(signal, keys, expected):
    assert list(points(signal, keys)) == expected


def lines_of(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_event_of_a_lambda_is_a_line_at_once(capsys):
    measured = Metering(Recorded(), EmfMeter("hilo"))

    measured(Signal.REPLY_SENT, contact_id="C", sid="SM")
    measured(Signal.DOORBELL_RUNG, contact_id="C")

    (line,) = lines_of(capsys)
    (told,) = line["_aws"]["CloudWatchMetrics"]
    assert told == {
        "Namespace": "Hilo/hilo",
        "Dimensions": [[]],
        "Metrics": [{"Name": "MessagesSent", "Unit": "Count"}],
    }
    assert set(line) == {"_aws", "MessagesSent"}


def test_a_connector_holds_values_and_writes_them_together(capsys):
    meter = EmfMeter("hilo", holds=True)
    measured = Metering(Recorded(), meter)
    for latency_ms in (800, 1200, 950):
        measured(Signal.TURN_ANSWERED, latency_ms=latency_ms)
    for reason in ("reset", "reset", "timeout"):
        measured(Signal.SOCKET_LOST, reason=reason)
    assert lines_of(capsys) == []

    meter.flush()
    meter.flush()

    lines = lines_of(capsys)
    assert [line.get("AnswerTime") for line in lines if "AnswerTime" in line] == [[800, 1200, 950]]
    lost = {line["reason"]: line["SocketsLost"] for line in lines if "reason" in line}
    assert lost == {"reset": [2], "timeout": [1]}


def test_a_minute_of_many_answers_loses_none(capsys):
    meter = EmfMeter("hilo", holds=True)
    measured = Metering(Recorded(), meter)

    for latency_ms in range(250):
        measured(Signal.TURN_ANSWERED, latency_ms=latency_ms)
    meter.flush()

    values = [value for line in lines_of(capsys) for value in line["AnswerTime"]]
    assert sorted(values) == list(range(250))
