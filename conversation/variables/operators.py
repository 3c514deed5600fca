"""The operators' panel, and what operators are told unasked."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import choice, optional, optional_url, whole, words
from conversation.settings import setting
from conversation.variables.choices import NotifyDrops


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Who may see the operators' panel."""

    issuer: str | None = setting(
        "PANEL_ISSUER",
        "the OpenID issuer that people sign in at, such as the stack's Cognito user pool",
        optional_url,
        default="",
    )
    client_id: str = setting(
        "PANEL_CLIENT_ID", "the panel's client at the issuer (output PanelClientId)", default=""
    )
    client_secret: str | None = setting(
        "PANEL_CLIENT_SECRET",
        "that client's secret; none for a public client, which PKCE protects",
        optional,
        default="",
        secret=True,
    )
    groups_claim: str = setting(
        "PANEL_GROUPS_CLAIM",
        "the claim of the ID token that lists a person's groups: viewer, operator or admin",
        default="cognito:groups",
    )
    session_h: int = setting(
        "PANEL_SESSION_H", "after how many hours one signs in again", whole(1, 168), default="10"
    )
    link_key: str | None = setting(
        "PANEL_LINK_KEY",
        "the key of the one-time links that `hilo panel` prints; without it there are none",
        optional,
        default="",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is told what goes wrong, without having looked."""

    drops: NotifyDrops = setting(
        "NOTIFY_DROPS",
        "each: one dropped connection is told; rate: five or more within five minutes are",
        choice(NotifyDrops),
        default="rate",
    )
    webhook_url: str | None = setting(
        "NOTIFY_WEBHOOK_URL",
        "a webhook that takes what Slack's does; without it none is called",
        optional_url,
        default="",
        secret=True,
    )
    topic_arn: str | None = setting(
        "NOTIFY_TOPIC_ARN",
        "the SNS topic that notices go to; without it to none",
        optional,
        default="",
    )
    dead_letter_queue_urls: tuple[str, ...] = setting(
        "DEAD_LETTER_QUEUE_URLS",
        "the URLs of the dead-letter queues, separated by commas (output DeadLetterQueueUrls)",
        words,
        default="",
    )
