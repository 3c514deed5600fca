"""Telling operators: groups become messages, each recorded before it is sent, each sent once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.alerts import Alert, Due, Subject, Topic, due
from conversation.errors import HiloError, Permanent, Transient
from conversation.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from conversation.alerts import Group, Rule
    from conversation.signals import Signals
    from functions.operator_alerts.ports import Alerts, Book, Channel, DeadLetters

TAKEN_UP_AFTER: Final = timedelta(seconds=60)
"""A message whose sender has not been heard of for so long is sent by another."""

GIVEN_UP_AFTER: Final = timedelta(hours=6)
"""So old a message is not sent any more: it stays in the panel."""

STOP_S: Final = 10.0
_LOOKED_BACK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The use case."""

    book: Book
    alerts: Alerts
    dead_letters: DeadLetters
    channels: Sequence[Channel]
    rules: Mapping[Topic, Rule]
    signals: Signals
    new_key: Callable[[], str]

    def run(self, now: datetime, time_left: Callable[[], float]) -> int:
        """Tell what is due, and what another left half told. Returns how many messages.

        Raises ``Transient`` where the table cannot be read. A channel that does not answer is
        asked again by the next run; the others are not told twice.
        """
        self._look_for_dead_letters(now)
        told = 0
        for alert in (*self._made(now), *self._left_over(now)):
            if time_left() < STOP_S:
                break
            told += self._tell(alert, now)
        return told

    def _look_for_dead_letters(self, now: datetime) -> None:
        subject = Subject(Topic.DEAD_LETTERS)
        try:
            present = self.dead_letters.count()
        except Transient as error:
            self.signals(Signal.PROVIDER_FAILED, where="dead_letters", reason=error.reason)
            return
        before = self.alerts.seen(subject, present)
        if before is not None and present > before:
            self.book.add(subject, present - before, {}, now)

    def _made(self, now: datetime) -> list[Alert]:
        made = []
        for group in self.alerts.groups():
            match due(group, self.rules[group.subject.topic], now):
                case Due.TELL:
                    alert = _alert(group, self.new_key(), now)
                    made += [alert] if self.alerts.claim(group, alert) else []
                case Due.FORGET:
                    self.alerts.forget(group)
                case Due.WAIT:
                    continue
        return made

    def _left_over(self, now: datetime) -> list[Alert]:
        return [
            alert
            for alert in self.alerts.told(limit=_LOOKED_BACK).items
            if not alert.done
            and now - alert.claimed_at >= TAKEN_UP_AFTER
            and self.alerts.take_up(alert, now)
        ]

    def _tell(self, alert: Alert, now: datetime) -> bool:
        """Tell all who do not have it. One whose channel failed is left for a later run."""
        given_up = now - alert.last_at > GIVEN_UP_AFTER
        missing = [c for c in self.channels if c.name not in alert.sent_to] if not given_up else []
        well = [self._told(channel, alert) for channel in missing]
        if all(well):
            self.alerts.finish(alert)
        return bool(well) and all(well)

    def _told(self, channel: Channel, alert: Alert) -> bool:
        """Whether nothing is left to be done there: told, or it will never take it."""
        known = {
            "kind": alert.subject.topic.value,
            "message_key": alert.key,
            "where": channel.name,
            "count": alert.count,
        }
        try:
            channel.tell(alert)
            self.alerts.sent(alert, channel.name)
        except HiloError as error:
            self.signals(Signal.OPERATORS_NOT_TOLD, **known, reason=error.reason)
            return isinstance(error, Permanent)
        self.signals(Signal.OPERATORS_TOLD, **known)
        return True


def _alert(group: Group, key: str, now: datetime) -> Alert:
    return Alert(
        key=key,
        subject=group.subject,
        count=group.count,
        first_at=group.first_at or group.last_at or now,
        last_at=group.last_at or now,
        claimed_at=now,
        contact_id=group.contact_id,
        agent_id=group.agent_id,
        reason=group.reason,
    )
