"""What the numbers of a day are counted from, and what was counted of the hours that are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.tables.operator_models import HOURS_KEPT_S
from conversation.adapters.tables.transactions import reading
from conversation.messages import Direction, InboundState, OutboundState
from conversation.overview import Hour, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conversation.adapters.tables.operator_models import AlertItem
    from conversation.adapters.tables.tables import Tables

_MOST: Final = 20_000
"""Of one direction: more messages than that are counted no further."""

_HOURS: Final = "hours"
_NAME: Final = "%Y-%m-%dT%H"


class HourTable:
    """Reads messages by time, and keeps counts. Indexes may lag behind by a moment."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def samples(self, since: datetime, until: datetime) -> Iterator[Sample]:
        """Every message between the two times, without its text."""
        for direction in Direction:
            for item in self._messages(direction, since, until):
                yield _sample(item, direction)

    def known(self, since: datetime) -> list[Hour]:
        """The hours from then on that are counted for good."""
        model = self._tables.alerts
        with reading():
            found = model.query(_HOURS, model.name >= since.strftime(_NAME))
            return [_hour(item) for item in found]

    def keep(self, hour: Hour) -> None:
        """Keep the count of an hour that is over. Keeping it twice keeps the same."""
        until = hour.begins + timedelta(seconds=HOURS_KEPT_S)
        item = self._tables.alerts(
            part=_HOURS,
            name=hour.begins.strftime(_NAME),
            counted=[hour.received, hour.sent, hour.failed, *hour.latencies],
            expires_at=int(until.timestamp()),
        )
        with reading():
            item.save()

    def _messages(
        self, direction: Direction, since: datetime, until: datetime
    ) -> Iterator[dict[str, Any]]:
        """Plain items: PynamoDB's objects would cost ten times the time, and there are many."""
        model, start, left = self._tables.messages, None, _MOST
        while left > 0:
            with reading():
                page = self._tables.connection.query(
                    model.Meta.table_name,
                    direction.value,
                    range_key_condition=model.sent_at.between(since, until),
                    index_name=model.by_time.Meta.index_name,
                    exclusive_start_key=start,
                    limit=left,
                )
            yield from page["Items"]
            left -= len(page["Items"])
            start = page.get("LastEvaluatedKey")
            if start is None:
                return


def _sample(item: dict[str, Any], direction: Direction) -> Sample:
    state, latency = item["state"]["S"], item.get("latency_ms")
    return Sample(
        at=datetime.fromisoformat(item["sent_at"]["S"]),
        direction=direction,
        state=InboundState(state) if direction is Direction.INBOUND else OutboundState(state),
        latency_ms=int(latency["N"]) if latency else None,
    )


def _hour(item: AlertItem) -> Hour:
    received, sent, failed, *latencies = item.counted
    begins = datetime.strptime(item.name, _NAME).replace(tzinfo=UTC)
    return Hour(begins, received, sent, failed, tuple(latencies))
