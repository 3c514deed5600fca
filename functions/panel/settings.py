"""What ``panel`` reads of the environment."""

# No postponed annotations here: ``read`` looks at the types of the groups.
from dataclasses import dataclass

from conversation.variables import (
    AwsSettings,
    IdentitySettings,
    InboxSettings,
    LogSettings,
    PanelSettings,
    PublicSettings,
    SocketSettings,
)


@dataclass(frozen=True, slots=True)
class PanelProcessSettings:
    """The settings of this process."""

    aws: AwsSettings
    inbox: InboxSettings
    identity: IdentitySettings
    public: PublicSettings
    sockets: SocketSettings
    panel: PanelSettings
    log: LogSettings
