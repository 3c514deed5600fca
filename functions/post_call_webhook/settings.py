"""What ``post_call_webhook`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    RetentionSettings,
    StartSettings,
    WebhookSecretSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class PostCallSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    identity: IdentitySettings
    webhook: WebhookSecretSettings
    start: StartSettings
    words: WordSettings
    retention: RetentionSettings
    log: LogSettings
