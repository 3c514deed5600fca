"""Where the tables and queues are, who people are, what is logged and kept."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import log_level, optional_url, queue_urls, region, table_prefix, whole
from conversation.settings import setting


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Where the tables are."""

    region: str = setting("AWS_REGION", "the AWS region of the tables and queues", region)
    endpoint_url: str | None = setting(
        "AWS_ENDPOINT_URL",
        "another address for AWS, such as the local emulator's",
        optional_url,
        default="",
    )
    table_prefix: str = setting(
        "TABLE_PREFIX", "what the names of the tables begin with", table_prefix, default="hilo"
    )


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """The connector's doorbells."""

    queue_urls: tuple[str, ...] = setting(
        "INBOX_QUEUE_URLS",
        "the URLs of the shard queues in order, separated by commas (output InboxQueueUrls)",
        queue_urls,
    )

    @property
    def shards(self) -> int:
        """The number of shards of this deployment: one a queue."""
        return len(self.queue_urls)


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The sender's doorbells."""

    queue_url: str = setting("OUTBOX_QUEUE_URL", "the URL of the outbox queue (a FIFO queue)")


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """How people are told apart."""

    pepper: str = setting(
        "HILO_PEPPER",
        "the secret from which contact ids are made: generated once, never changed",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged."""

    level: str = setting("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", log_level, default="INFO")


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How long things are kept."""

    message_days: int = setting(
        "RETENTION_DAYS",
        "messages are deleted after this many days; 0: never",
        whole(0, 3650),
        default="0",
    )
