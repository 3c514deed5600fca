"""The items, attribute by attribute, as ``infra/aws/state.yaml`` declares their keys.

PynamoDB binds a model to its table when the class is made, so the classes are made by ``Tables``
at the composition root: importing this module opens and reads nothing.
"""

from __future__ import annotations

from typing import Any, Self

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import (
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)
from pynamodb.models import Model

from conversation.state import Status

KNOWN_IDS_KEPT_S = 400 * 24 * 3600

BATCH_ITSELF = "~"
"""The ``recipient_id`` under which ``batch_calls`` keeps the batch itself."""


LIST_ROW = [
    "phone_number",
    "client_name",
    "agent_id",
    "message_count",
    "started_at",
    "last_inbound_at",
    "opted_out",
    "reason",
    "last_message_key",
]
"""What a list of conversations shows of each."""


class ByStatus(GlobalSecondaryIndex["StateItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Conversations of one status, by their last message."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "by_status"
        projection = IncludeProjection(LIST_ROW)

    status = UnicodeAttribute(hash_key=True)
    last_message_at = UTCDateTimeAttribute(range_key=True)


class ByBatch(GlobalSecondaryIndex["StateItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Conversations that one batch of calls led to."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "by_batch"
        projection = IncludeProjection(["status", "last_message_at", *LIST_ROW])

    batch_id = UnicodeAttribute(hash_key=True)
    recipient_id = UnicodeAttribute(range_key=True)


class ByName(GlobalSecondaryIndex["StateItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """People by the beginning of their name. Keys alone: a message costs it no write."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "by_name"
        projection = KeysOnlyProjection()

    name_initial = UnicodeAttribute(hash_key=True)
    name_folded = UnicodeAttribute(range_key=True)


class OpenSockets(GlobalSecondaryIndex["StateItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Conversations whose socket is open, by shard: what ``hilo connections`` reads."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "open_sockets"
        projection = IncludeProjection(
            ["agent_id", "elevenlabs_conversation_id", "epoch", "phone_number"]
        )

    open_on = UnicodeAttribute(hash_key=True)
    session_opened_at = UTCDateTimeAttribute(range_key=True)


class Pending(GlobalSecondaryIndex["MessageItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """What is unfinished, by shard and age. A hint: it may lag, the item decides."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "pending"
        projection = IncludeProjection(["state", "kind"])

    pending = UnicodeAttribute(hash_key=True)
    pending_since = UTCDateTimeAttribute(range_key=True)


class ByTime(GlobalSecondaryIndex["MessageItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Messages of one direction by time: what the panel's numbers are counted from."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "by_time"
        projection = IncludeProjection(["state", "kind", "latency_ms"])

    direction = UnicodeAttribute(hash_key=True)
    sent_at = UTCDateTimeAttribute(range_key=True)


class TolerantItem(Model):
    """Reads what can be read: an attribute that cannot counts as absent, and is named.

    One such item would otherwise keep a whole query from being read.
    """

    unreadable: frozenset[str] = frozenset()

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The item of what a query or a get found."""
        try:
            return super().from_raw_data(data)
        except (ValueError, TypeError, KeyError, AttributeError):
            readable = cls._readable(data)
            item = super().from_raw_data(readable)
            item.unreadable = frozenset(data.keys() - readable.keys())
            return item

    def deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        """The same, of what an update answered."""
        try:
            super().deserialize(attribute_values)
        except (ValueError, TypeError, KeyError, AttributeError):
            readable = self._readable(attribute_values)
            super().deserialize(readable)
            self.unreadable = frozenset(attribute_values.keys() - readable.keys())

    @classmethod
    def _readable(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if cls._reads(name, value)}

    @classmethod
    def _reads(cls, name: str, value: dict[str, Any]) -> bool:
        attribute = cls.get_attributes().get(name)
        if attribute is None:
            return False
        try:
            attribute.deserialize(attribute.get_value(value))
        except (ValueError, TypeError, KeyError, AttributeError):
            return "NULL" in value
        return True


class StateItem(TolerantItem):
    """``conversation_state``: the original's columns first, by their names and defaults."""

    contact_id = UnicodeAttribute(hash_key=True)
    phone_number = UnicodeAttribute(null=True)
    client_name = UnicodeAttribute(null=True)
    elevenlabs_conversation_id = UnicodeAttribute(null=True)
    agent_id = UnicodeAttribute(null=True)
    batch_id = UnicodeAttribute(null=True)
    recipient_id = UnicodeAttribute(null=True)
    call_duration_secs = NumberAttribute(null=True)
    status = UnicodeAttribute(default=Status.ACTIVE)
    started_at = UTCDateTimeAttribute(null=True)
    last_message_at = UTCDateTimeAttribute(null=True)
    message_count = NumberAttribute(default=0)
    last_message_key = UnicodeAttribute(null=True)
    """Of the message that was stored last: what a list shows is read by it, many at once."""

    address = UnicodeAttribute(null=True)
    elsewhere = UnicodeAttribute(null=True)
    profile_name = UnicodeAttribute(null=True)
    last_inbound_at = UTCDateTimeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    call_summary = UnicodeAttribute(null=True)
    call_id = UnicodeAttribute(null=True)
    call_ended_at = UTCDateTimeAttribute(null=True)
    dynamic_variables = JSONAttribute(null=True)
    branch_id = UnicodeAttribute(null=True)
    environment = UnicodeAttribute(null=True)
    custom_llm_extra_body = JSONAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    calls = JSONAttribute(null=True)
    context_version = NumberAttribute(null=True)
    opener_at = UTCDateTimeAttribute(null=True)
    opted_out = BooleanAttribute(null=True)
    paused_until = UTCDateTimeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    epoch = NumberAttribute(null=True)
    open_on = UnicodeAttribute(null=True)
    session_opened_at = UTCDateTimeAttribute(null=True)
    sitting = JSONAttribute(null=True)
    asked_lately = JSONAttribute(null=True)
    name_initial = UnicodeAttribute(null=True)
    name_folded = UnicodeAttribute(null=True)
    """The name as people search it (``conversation.names``)."""

    by_status = ByStatus()
    by_batch = ByBatch()
    by_name = ByName()
    open_sockets = OpenSockets()


class MessageItem(TolerantItem):
    """``conversation_messages``: the original's columns, then what became of the message."""

    contact_id = UnicodeAttribute(hash_key=True)
    message_key = UnicodeAttribute(range_key=True)
    conversation_id = UnicodeAttribute()
    direction = UnicodeAttribute()
    content = UnicodeAttribute(default="")
    twilio_message_id = UnicodeAttribute(null=True)
    sent_at = UTCDateTimeAttribute()

    kind = UnicodeAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    turn = UnicodeAttribute(null=True)
    session = UnicodeAttribute(null=True)
    attempts = NumberAttribute(null=True)
    claim = UnicodeAttribute(null=True)
    claimed_at = UTCDateTimeAttribute(null=True)
    sent_to = UnicodeAttribute(null=True)
    delivered_at = UTCDateTimeAttribute(null=True)
    latency_ms = NumberAttribute(null=True)
    content_sid = UnicodeAttribute(null=True)
    content_variables = UnicodeAttribute(null=True)
    media_url = UnicodeAttribute(null=True)
    event_id = UnicodeAttribute(null=True)
    pending = UnicodeAttribute(null=True)
    """``in#<shard>`` or ``out#<shard>`` while unfinished: the sparse index of the sweeper.

    ``dead#<shard>`` once it failed for good, until an operator replays or drops it.
    """
    pending_since = UTCDateTimeAttribute(null=True)
    former_sids = UnicodeSetAttribute(null=True)
    """What Twilio called it before it was replayed: reports under these are over."""
    parked = UnicodeAttribute(null=True)
    """Why it cannot be read: it stands in the dead letters, and readers pass it by."""
    expires_at = NumberAttribute(null=True)

    unfinished = Pending()
    by_time = ByTime()


class KnownIdItem(Model):
    """``known_ids``: sids, ``call#<id>``, ``alias#<contact>``; ``first_start``, ``openers``."""

    id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(null=True)
    message_key = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)
    by_hour = JSONAttribute(null=True)
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class BatchCallItem(Model):
    """``batch_calls``: the outcome and reason of each recipient; ``~`` is the batch."""

    batch_id = UnicodeAttribute(hash_key=True)
    recipient_id = UnicodeAttribute(range_key=True)
    outcome = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    call_id = UnicodeAttribute(null=True)
    contact_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    updated_unix = NumberAttribute(null=True)
    undecided = NumberAttribute(null=True)
    at = UTCDateTimeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class LeaseItem(Model):
    """``connector_leases``: ``shard#0``, ``worker#<id>`` and ``~deployment``.

    All stand in one fleet, so that one query reads them and nothing scans.
    """

    fleet = UnicodeAttribute(hash_key=True, default="connectors")
    name = UnicodeAttribute(range_key=True)
    owner = UnicodeAttribute(null=True)
    epoch = NumberAttribute(null=True)
    counter = NumberAttribute(null=True)
    draining = BooleanAttribute(null=True)
    leaving = BooleanAttribute(null=True)
    shards = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
