"""What goes into each function's package, and what stays out."""

from __future__ import annotations

from typing import Final

FUNCTIONS: Final = (
    "twilio_webhook",
    "delivery_status",
    "post_call_webhook",
    "reply_sender",
    "batch_monitor",
    "sweeper",
    "panel",
    "operator_alerts",
)

AWS_SERVICES: Final = frozenset({"dynamodb", "secretsmanager", "sns", "sqs"})
"""The models of botocore that stay; the other 400 are nine tenths of it (decision 0011)."""

KEPT_OF: Final = {
    "boto3/data": AWS_SERVICES,
    "botocore/data": AWS_SERVICES,
    "twilio/rest": frozenset({"api", "messaging"}),
}
"""Of the folders in these folders, the ones that stay. Twilio's client loads its 40 on demand."""

_HTTP_OF_TWILIO: Final = frozenset(
    {
        "aiohappyeyeballs", "aiohttp", "aiohttp_retry", "aiosignal", "attr", "attrs", "frozenlist",
        "jwt", "multidict", "propcache", "yarl",
    }
)  # fmt: skip
"""What Twilio's client needs to be asynchronous, and to make tokens for browsers: we do neither."""

_PAGES: Final = frozenset(
    {
        "_cffi_backend", "authlib", "cffi", "cryptography", "jinja2", "joserfc", "markupsafe",
        "pycparser",
    }
)  # fmt: skip
"""What draws the operators' pages and signs people in there."""

_SENDING: Final = frozenset({"requests", "charset_normalizer", "idna"})
_MARKDOWN: Final = frozenset({"markdown_it", "mdurl"})
"""The agent's markdown is translated by the connector."""

_TWILIO_CLIENT: Final = frozenset({"twilio/rest", "twilio/twiml", "twilio/http", "twilio/jwt"})
_NO_CLIENT: Final = _HTTP_OF_TWILIO | _SENDING | _MARKDOWN | _TWILIO_CLIENT | _PAGES
_NO_TWILIO: Final = _NO_CLIENT | {"twilio"}
_SENDS: Final = _HTTP_OF_TWILIO | _MARKDOWN | _PAGES | {"twilio/twiml"}
_SHOWS: Final = _HTTP_OF_TWILIO | _MARKDOWN | {"twilio"}

LEFT_OUT: Final = {
    "twilio_webhook": _NO_CLIENT,
    "delivery_status": _NO_CLIENT,
    "post_call_webhook": _NO_TWILIO,
    "reply_sender": _SENDS,
    "batch_monitor": _NO_TWILIO,
    "sweeper": _SENDS,
    "panel": _SHOWS,
    "operator_alerts": _NO_TWILIO,
}
"""By function: packages, or folders in packages, that nothing it imports needs.

A test follows every import of every function into its package.
"""
