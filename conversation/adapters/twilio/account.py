"""The account as the secret has it now: for who was refused with what it had before."""

from __future__ import annotations

from conversation.adapters.values import secrets
from conversation.settings import environment, read
from conversation.variables import TwilioAccountSettings


def fresh_account() -> TwilioAccountSettings:
    """The account's settings, asked anew of the secret. Raises as ``values.secrets``."""
    return read(TwilioAccountSettings, environment() | (secrets(fresh=True) or {}))
