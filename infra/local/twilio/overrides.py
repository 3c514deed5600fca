"""Connection overrides: what the fragment of a webhook's URL asks of the caller (`#rc=2&rp=5xx`).

Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urldefrag


class Trouble(StrEnum):
    """What can go wrong with an attempt, by the names of the retry policy."""

    CONNECT = "ct"
    READ = "rt"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"


# key: (least, most, default), as documented
RANGES = {
    "ct": (100, 10_000, 5_000),
    "rt": (100, 15_000, 15_000),
    "tt": (100, 15_000, 15_000),
    "rc": (0, 5, 1),
}


@dataclass(frozen=True, slots=True)
class Overrides:
    """How long to wait for a webhook and when to try again."""

    connect_s: float
    read_s: float
    total_s: float
    retries: int
    retried: frozenset[Trouble]

    def may_retry(self, trouble: Trouble | None, attempts: int) -> bool:
        """Whether one more attempt follows the `attempts` made so far."""
        return trouble in self.retried and attempts <= self.retries


def overrides_of(url: str) -> Overrides:
    """The overrides in the fragment; a value out of range falls back to the default."""
    asked = dict(parse_qsl(urldefrag(url).fragment))
    numbers = {key: _number(asked.get(key), *RANGES[key]) for key in RANGES}
    return Overrides(
        connect_s=numbers["ct"] / 1000,
        read_s=numbers["rt"] / 1000,
        total_s=numbers["tt"] / 1000,
        retries=numbers["rc"],
        retried=_policy(asked.get("rp", "ct")),
    )


def _number(text: str | None, least: int, most: int, default: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return int(text) if least <= int(text) <= most else default


def _policy(text: str) -> frozenset[Trouble]:
    names = set(text.split(","))
    return frozenset(Trouble) if "all" in names else frozenset(t for t in Trouble if t in names)
