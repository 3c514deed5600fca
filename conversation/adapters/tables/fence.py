"""The fence: every commit of a shard's owner checks that it still is the owner (law 4).

A paused process that wakes up late finds another epoch, writes nothing and gets ``Fenced``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.adapters.tables.transacting import Transacting
from conversation.errors import Fenced
from conversation.leases import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.tables import Tables
    from conversation.adapters.tables.transacting import Means
    from conversation.adapters.tables.transactions import Transaction
    from conversation.identifiers import ContactId


__all__ = ["Fence", "Owner"]


class Fence(Transacting):
    """Makes transactions, and commits them only for who holds the contact."""

    def __init__(self, tables: Tables, **means: Unpack[Means]) -> None:
        super().__init__(tables, **means)
        self.tables = tables

    def fenced(self, contact_id: ContactId, owner: Owner, actions: Sequence[Action]) -> Transaction:
        """A transaction that changes the state, and is refused under another epoch."""
        transaction = self.transaction()
        state = self.tables.state
        item = state(contact_id=contact_id)
        transaction.update("state", item, actions, state.epoch == owner.epoch)
        return transaction

    def commit(self, transaction: Transaction) -> frozenset[str]:
        """Send it. Returns the labels refused; raises ``Fenced`` where the state's was."""
        refused = transaction.commit()
        if "state" in refused:
            raise Fenced("another connector owns the contact", reason="fenced")
        return refused
