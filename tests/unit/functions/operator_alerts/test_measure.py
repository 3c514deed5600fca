"""How long the oldest message has been waiting."""

from datetime import UTC, datetime, timedelta

from conversation.errors import Transient
from conversation.messages import Direction
from conversation.signals import Recorded, Signal
from functions.operator_alerts.measure import Measuring

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Pending:
    def __init__(self, **since):
        self.since = since

    def oldest(self, side, shard):
        seconds = self.since.get(f"{side.value}_{shard}")
        return None if seconds is None else NOW - timedelta(seconds=seconds)


def measured(pending):
    signals = Recorded()
    Measuring(pending=pending, signals=signals, shards=3).measure(NOW)
    return signals


def test_the_oldest_over_all_shards_counts():
    inbound = f"{Direction.INBOUND.value}_1"

    signals = measured(Pending(**{inbound: 90, f"{Direction.INBOUND.value}_2": 30}))

    assert signals == [
        (Signal.QUEUE_MEASURED, {"queue": "inbox", "age_s": 90.0}),
        (Signal.QUEUE_MEASURED, {"queue": "outbox", "age_s": 0.0}),
    ]


def test_where_the_table_does_not_answer_nothing_is_told():
    class Silent:
        def oldest(self, side, shard):
            raise Transient("no", reason="table_busy")

    assert measured(Silent()).names() == [Signal.PROVIDER_FAILED]
