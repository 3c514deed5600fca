"""What operators are to be told, and what they were told: kept where every process can see it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.adapters.tables.operator_models import ALERTS_KEPT_S
from conversation.adapters.tables.transacting import Transacting
from conversation.adapters.tables.transactions import reading, updated
from conversation.alerts import Alert, Group, Subject, Topic
from conversation.overview import Page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Unpack

    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.operator_models import AlertItem
    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.signals import Value

_GROUPS: Final = "groups"
_TOLD: Final = "told"
_LONGEST_KEY: Final = 64
_TOPICS: Final = frozenset(topic.value for topic in Topic)
_IDS: Final = ("contact_id", "agent_id", "reason")


class AlertBook:
    """Adds to groups. Repeating an addition counts twice, which a count of a storm may bear."""

    def __init__(self, tables: Tables) -> None:
        self._model = tables.alerts

    def add(self, subject: Subject, count: int, keys: Mapping[str, Value], now: datetime) -> None:
        """``count`` more events of a group, the newest with these keys."""
        model = self._model
        actions: list[Action] = [
            model.events.add(count),
            model.first_at.set(model.first_at | now),
            model.last_at.set(now),
        ]
        for name in _IDS:
            value, attribute = keys.get(name), getattr(model, name)
            actions.append(attribute.remove() if value is None else attribute.set(str(value)))
        with reading():
            model(_GROUPS, subject.name).update(actions)


class AlertTable(Transacting):
    """Turns groups into messages, each once over all who try."""

    def __init__(self, tables: Tables, **means: Unpack[Means]) -> None:
        super().__init__(tables, **means)
        self._model = tables.alerts

    def groups(self) -> list[Group]:
        """Every group, those without an event that is untold included."""
        with reading():
            found = self._model.query(_GROUPS, consistent_read=True)
            return [_group(item) for item in found if _is_known(item.name)]

    def claim(self, group: Group, alert: Alert) -> bool:
        """Make the message of a group. ``False``: another did, or it is over.

        What is added meanwhile stays in the group.
        """
        model = self._model
        writing = self.transaction()
        writing.put("alert", _told(model, alert), model.name.does_not_exist())
        emptied: list[Action] = [
            model.events.add(-group.count),
            model.first_at.remove(),
            model.told_at.set(alert.claimed_at),
        ]
        writing.update("group", model(_GROUPS, group.subject.name), emptied, self._same(group))
        return not writing.commit()

    def forget(self, group: Group) -> None:
        """These events are too few and too old."""
        model = self._model
        emptied: list[Action] = [model.events.add(-group.count), model.first_at.remove()]
        self._change(model(_GROUPS, group.subject.name), emptied, self._same(group))

    def seen(self, subject: Subject, present: int) -> int | None:
        """Keep how many there are now. Returns how many there were; ``None``: another keeps it."""
        model = self._model
        item = model(_GROUPS, subject.name)
        with reading():
            try:
                item.refresh(consistent_read=True)
                known = int(item.seen or 0)
            except model.DoesNotExist:
                known = 0
        if known == present:
            return known
        unchanged = (
            model.seen == known if known else model.seen.does_not_exist() | (model.seen == 0)
        )
        changed = self._change(model(_GROUPS, subject.name), [model.seen.set(present)], unchanged)
        return known if changed else None

    def told(self, *, limit: int, cursor: str | None = None) -> Page[Alert]:
        """The messages, the newest first."""
        before = self._model.name < cursor[:_LONGEST_KEY] if cursor else None
        with reading():
            found = self._model.query(_TOLD, before, scan_index_forward=False, limit=limit)
            items = list(found)
        alerts = tuple(_alert(item) for item in items if _is_known(item.subject))
        return Page(alerts, items[-1].name if len(items) == limit else None)

    def take_up(self, alert: Alert, now: datetime) -> bool:
        """Claim a message anew that was not sent everywhere. ``False``: another did."""
        model = self._model
        same = model.claimed_at == alert.claimed_at
        return self._change(model(_TOLD, alert.key), [model.claimed_at.set(now)], same)

    def sent(self, alert: Alert, channel: str) -> None:
        """One channel has it."""
        with reading():
            self._model(_TOLD, alert.key).update([self._model.sent_to.add({channel})])

    def finish(self, alert: Alert) -> None:
        """Nothing more is to be done about it."""
        with reading():
            self._model(_TOLD, alert.key).update([self._model.done.set(True)])

    def _same(self, group: Group) -> Condition:
        model = self._model
        known = ((model.first_at, group.first_at), (model.told_at, group.told_at))
        begun, told = (a == value if value else a.does_not_exist() for a, value in known)
        same: Condition = begun & told
        return same

    def _change(self, item: AlertItem, actions: list[Action], condition: Condition) -> bool:
        return updated(item, actions, condition)


def _group(item: AlertItem) -> Group:
    return Group(
        subject=_subject(item.name),
        count=int(item.events or 0),
        first_at=item.first_at,
        last_at=item.last_at,
        told_at=item.told_at,
        contact_id=item.contact_id,
        agent_id=item.agent_id,
        reason=item.reason,
    )


def _alert(item: AlertItem) -> Alert:
    return Alert(
        key=item.name,
        subject=_subject(item.subject),
        count=int(item.events),
        first_at=item.first_at,
        last_at=item.last_at,
        claimed_at=item.claimed_at,
        contact_id=item.contact_id,
        agent_id=item.agent_id,
        reason=item.reason,
        sent_to=frozenset(item.sent_to or ()),
        done=bool(item.done),
    )


def _told(model: type[AlertItem], alert: Alert) -> AlertItem:
    return model(
        part=_TOLD,
        name=alert.key,
        subject=alert.subject.name,
        events=alert.count,
        first_at=alert.first_at,
        last_at=alert.last_at,
        claimed_at=alert.claimed_at,
        contact_id=alert.contact_id,
        agent_id=alert.agent_id,
        reason=alert.reason,
        expires_at=int((alert.claimed_at + timedelta(seconds=ALERTS_KEPT_S)).timestamp()),
    )


def _is_known(name: str) -> bool:
    """While a deployment is replaced by the next, one may know topics that the other does not."""
    return name.partition("#")[0] in _TOPICS


def _subject(name: str) -> Subject:
    topic, _, cause = name.partition("#")
    return Subject(Topic(topic), cause)
