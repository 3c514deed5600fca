"""What the tables that write by transactions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from conversation.adapters.tables.transactions import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from typing import Unpack

    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transactions import Pace


class Means(TypedDict):
    """What a transaction is made with. ``new_token`` gives a fresh token for each."""

    pace: Pace
    chance: Random
    new_token: Callable[[], str]


class Transacting:
    """A base for adapters, safe to use from several threads."""

    def __init__(self, tables: Tables, **means: Unpack[Means]) -> None:
        self._tables = tables
        self._means = means

    def transaction(self) -> Transaction:
        """A transaction of its own, under a token of its own."""
        pace, chance = self._means["pace"], self._means["chance"]
        token = self._means["new_token"]()
        return Transaction(self._tables.connection, token, pace=pace, chance=chance)
