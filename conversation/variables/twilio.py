"""Whose messages are ours, and where Twilio and we reach each other."""

from __future__ import annotations

from dataclasses import dataclass

from conversation.parsing import (
    key,
    number,
    optional_key,
    optional_url,
    sid,
    switch,
    url,
    whatsapp_sender,
)
from conversation.settings import setting


@dataclass(frozen=True, slots=True)
class TwilioAccountSettings:
    """Whose messages are ours."""

    account_sid: str = setting(
        "TWILIO_ACCOUNT_SID", "the Twilio account, AC… (console.twilio.com)", sid("AC")
    )
    sender: str = setting(
        "TWILIO_WHATSAPP_NUMBER",
        "the WhatsApp sender, such as whatsapp:+14155238886 (whatsapp: may be left out)",
        whatsapp_sender,
    )
    auth_token: str = setting(
        "TWILIO_AUTH_TOKEN",
        "the account's auth token: it signs webhooks and authorises requests",
        key,
        secret=True,
    )
    secondary_auth_token: str | None = setting(
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "a second auth token that is accepted while one is replaced by the other",
        optional_key,
        default="",
        secret=True,
    )

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens a webhook may be signed with."""
        tokens = (self.auth_token, self.secondary_auth_token)
        return tuple(token for token in tokens if token)


@dataclass(frozen=True, slots=True)
class TwilioApiSettings:
    """Where Twilio is asked."""

    api_url: str | None = setting(
        "TWILIO_API_URL",
        "another address for Twilio's API, such as the local simulator's",
        optional_url,
        default="",
    )
    timeout_s: float = setting(
        "TWILIO_TIMEOUT_S",
        "how long one request to Twilio may take",
        number(1, 15),
        default="10",
    )


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """Where the outside reaches us, if it does."""

    base_url: str = setting(
        "PUBLIC_BASE_URL",
        "the address under which Twilio reaches the webhooks, exactly as configured there",
        url,
    )
    poll_twilio: bool = setting(
        "POLL_TWILIO",
        "yes: fetch messages and their statuses from Twilio instead of waiting for its webhooks, "
        "where PUBLIC_BASE_URL is an address that Twilio cannot reach",
        switch,
        default="no",
    )

    @property
    def callback_base_url(self) -> str | None:
        """Where Twilio reports what became of a message; ``None`` where it is asked instead."""
        return None if self.poll_twilio else self.base_url
