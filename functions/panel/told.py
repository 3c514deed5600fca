"""What operators were told, as the panel shows it: in the reader's own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conversation.alert_words import body, head
from conversation.overview import Page
from conversation.words import Language

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.alerts import Alert
    from functions.panel.ports import Alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAlert:
    """One message to operators. ``sent_to``: the channels that have it."""

    key: str
    topic: str
    head: str
    body: str
    page: str
    count: int
    first_at: datetime
    last_at: datetime
    reason: str | None
    agent_id: str | None
    sent_to: tuple[str, ...]
    done: bool


def told(alerts: Alerts, language: str, *, limit: int, cursor: str = "") -> Page[ShownAlert]:
    """The messages, the newest first."""
    page = alerts.told(limit=limit, cursor=cursor or None)
    return Page(tuple(_shown(alert, Language(language)) for alert in page.items), page.cursor)


def _shown(alert: Alert, language: Language) -> ShownAlert:
    return ShownAlert(
        key=alert.key,
        topic=alert.subject.topic.value,
        head=head(alert, language),
        body=body(alert, language),
        page=alert.page,
        count=alert.count,
        first_at=alert.first_at,
        last_at=alert.last_at,
        reason=alert.reason,
        agent_id=alert.agent_id,
        sent_to=tuple(sorted(alert.sent_to)),
        done=alert.done,
    )
