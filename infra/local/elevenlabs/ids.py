"""Identifiers in the provider's manner: a prefix and 28 small letters and digits."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random, SystemRandom
from string import ascii_lowercase, digits

_ALPHABET = digits + ascii_lowercase
_HEX = "0123456789abcdef"


@dataclass(slots=True)
class Ids:
    """A source of identifiers; a seeded ``rng`` makes it repeat itself in tests."""

    rng: Random = field(default_factory=SystemRandom)

    def new(self, prefix: str) -> str:
        """``conv_4701k8fcsvhaes5s1h6tw894g98s`` for the prefix ``conv``."""
        return f"{prefix}_{''.join(self.rng.choices(_ALPHABET, k=28))}"

    def sid(self, prefix: str) -> str:
        """A Twilio identifier, as it stands in a call's metadata: ``CA`` and 32 hex digits."""
        return prefix + "".join(self.rng.choices(_HEX, k=32))
