"""The items of operators: what they ask, did, were told, and what happened on the sockets.

As in ``models``, classes are bound to their tables by ``Tables``.
"""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

SOCKET_EVENTS_KEPT_S = 3 * 24 * 3600
COMMANDS_KEPT_S = 24 * 3600
AUDIT_KEPT_S = 400 * 24 * 3600
ALERTS_KEPT_S = 90 * 24 * 3600
HOURS_KEPT_S = 3 * 24 * 3600


class ByTarget(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """What was done to one contact or shard."""

    class Meta:  # noqa: D106 - PynamoDB's way to name the index
        index_name = "by_target"
        projection = AllProjection()

    target = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)


class CommandItem(Model):
    """``commands``: what an operator asks of the connector."""

    target = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    command = UnicodeAttribute()
    asked_by = UnicodeAttribute(null=True)
    done_at = UTCDateTimeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    report = JSONAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class SocketEventItem(Model):
    """``socket_events``: what happened on the sockets, without text."""

    shard = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    event = UnicodeAttribute()
    contact_id = UnicodeAttribute(null=True)
    session = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    code = NumberAttribute(null=True)
    connector = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class AuditItem(Model):
    """``audit``: who did what at the panel, to whom, and when. Never a text or a number."""

    month = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    target = UnicodeAttribute()
    who = UnicodeAttribute()
    action = UnicodeAttribute()
    outcome = UnicodeAttribute(default="begun")
    expires_at = NumberAttribute(null=True)

    by_target = ByTarget()


class AlertItem(Model):
    """``operator_alerts``: what operators are to be told (``groups``), and were (``told``).

    All groups stand in one part, all messages in another, in a third (``hours``) what the panel
    counted of the hours that are over, in a fourth (``examined``) what ``hilo doctor`` found: one
    query reads any of them.
    """

    part = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    events = NumberAttribute(null=True)
    seen = NumberAttribute(null=True)
    """Of a group that is counted from outside: how many there were at the last look."""
    first_at = UTCDateTimeAttribute(null=True)
    last_at = UTCDateTimeAttribute(null=True)
    told_at = UTCDateTimeAttribute(null=True)
    contact_id = UnicodeAttribute(null=True)
    agent_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    claimed_at = UTCDateTimeAttribute(null=True)
    sent_to = UnicodeSetAttribute(null=True)
    done = BooleanAttribute(null=True)
    counted = JSONAttribute(null=True)
    findings = JSONAttribute(null=True)
    expires_at = NumberAttribute(null=True)
