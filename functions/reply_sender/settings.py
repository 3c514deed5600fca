"""What ``reply_sender`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    InboxSettings,
    LogSettings,
    OutboxSettings,
    PublicSettings,
    SendSettings,
    StartSettings,
    TwilioAccountSettings,
    TwilioApiSettings,
    WordSettings,
)


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    outbox: OutboxSettings
    twilio: TwilioAccountSettings
    twilio_api: TwilioApiSettings
    public: PublicSettings
    start: StartSettings
    words: WordSettings
    send: SendSettings
    log: LogSettings
