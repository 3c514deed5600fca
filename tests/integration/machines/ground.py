"""The adapters over one moto for a whole machine; each example has a contact of its own."""

from __future__ import annotations

import itertools
import random
from contextlib import contextmanager

from moto import mock_aws

from conversation.adapters.tables.tables import Tables
from conversation.variables import AwsSettings
from tests.aws import PREFIX, REGION, create_all

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Pace:
    """Time that passes only when someone sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds + 0.001


class Ground:
    """Tables, and what their adapters are made with."""

    def __init__(self):
        self.tables = Tables(AwsSettings(REGION, None, PREFIX))
        self.tables.connect()
        self._tokens = (f"token-{n}" for n in itertools.count())
        self._contacts = itertools.count()
        self._keys = itertools.count()

    @property
    def words(self):
        """The keyword arguments of every adapter."""
        return {
            "pace": Pace(), "chance": random.Random(7), "new_token": lambda: next(self._tokens),
        }  # fmt: skip

    def a_contact(self):
        number, letters = next(self._contacts), ""
        for _ in range(26):
            number, digit = divmod(number, len(_ALPHABET))
            letters = _ALPHABET[digit] + letters
        return letters

    def a_key(self):
        return f"01{next(self._keys):024}"


@contextmanager
def ground():
    """To be entered once a machine: making tables takes longer than playing an example."""
    with mock_aws():
        create_all()
        yield Ground()
