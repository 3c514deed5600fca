"""The words that a setting may be one of."""

from __future__ import annotations

from enum import StrEnum


class Openers(StrEnum):
    """What becomes of the first message after a call."""

    ON = "on"
    DRY_RUN = "dry-run"
    OFF = "off"


class ContinueCalls(StrEnum):
    """Which calls are continued on WhatsApp."""

    ALL = "all"
    OUTBOUND = "outbound"
    BATCH = "batch"


class AmbiguousSend(StrEnum):
    """What to do with a message that Twilio may or may not have taken, and does not list."""

    RESEND = "resend"
    HOLD = "hold"


class OpenPolicy(StrEnum):
    """When the socket of a new conversation is opened."""

    EAGER = "eager"
    LAZY = "lazy"


class AgentAuth(StrEnum):
    """How the WebSocket is authorised."""

    HEADER = "header"
    SIGNED_URL = "signed_url"
    NONE = "none"


class DialectName(StrEnum):
    """Which frames are spoken."""

    CONVAI = "convai"
    CLASSIC = "classic"


class Unsolicited(StrEnum):
    """What becomes of what the agent says without having been asked."""

    DELIVER = "deliver"
    HOLD = "hold"
    DROP = "drop"


class NotifyDrops(StrEnum):
    """When operators are told of dropped connections."""

    EACH = "each"
    RATE = "rate"
