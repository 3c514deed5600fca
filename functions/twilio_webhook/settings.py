"""What ``twilio_webhook`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    PublicSettings,
    RetentionSettings,
    TwilioAccountSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    identity: IdentitySettings
    twilio: TwilioAccountSettings
    public: PublicSettings
    words: WordSettings
    retention: RetentionSettings
    log: LogSettings
