"""``python -m tests.chaos.mutated NAME MODULE …``: runs a module with a mechanism taken out.

The product knows nothing of this: its adapters are replaced here before the module runs.
"""

from __future__ import annotations

import runpy
import sys
from typing import TYPE_CHECKING, Any

from connector.dialogue.machine import Dialogue
from connector.shards import Shards
from conversation.adapters.tables.contacts import ContactTable
from conversation.adapters.tables.fence import Fence
from conversation.adapters.tables.outbox import OutboxTable
from conversation.adapters.tables.reception import ReceptionTable
from conversation.adapters.tables.starts import StartsTable
from conversation.adapters.tables.turns import TurnTable
from conversation.messages import InboundState
from conversation.outbox import Needs
from functions.reply_sender import deliver
from functions.sweeper.reconcile import Reconciling
from functions.sweeper.sweep import Sweeping

if TYPE_CHECKING:
    from collections.abc import Callable

SLOW_S = 20.0


def claim() -> None:
    """A message is sent without having been claimed."""
    _replace(OutboxTable, "claim", lambda *_: True)


def message_sid() -> None:
    """A webhook that comes twice is stored twice."""
    _replace(ReceptionTable, "_put_sid", lambda *_: None)


def sweeper() -> None:
    """Nobody rings again."""
    _replace(Sweeping, "sweep", lambda *_: 0)


def reconciler() -> None:
    """Nobody compares with what Twilio has."""
    _replace(Reconciling, "reconcile", lambda *_: 0)


def turn_journal() -> None:
    """A turn is asked without being written down as asked."""
    _replace(TurnTable, "ask", lambda *_: True)


def batch_guard() -> None:
    """A call is not remembered by its id."""
    _replace(StartsTable, "_put_call", lambda *_: None)


def opt_out() -> None:
    """Whether the person opted out is not looked at before sending."""
    anything_goes = Needs(consent=False, no_pause=False, open_window=False)
    _replace(deliver, "needs_of", lambda *_, **__: anything_goes)


def ring_after_read() -> None:
    """A doorbell during a read or a turn causes no other read."""
    heed = Dialogue._rung

    def rung(self: Any, key: Any, now: Any) -> None:
        if not self.busy and not self._reading.looking:
            heed(self, key, now)

    _replace(Dialogue, "_rung", rung)


def self_fence() -> None:
    """A connector gives up a shard 20 s late: when its time is over, and when it sees that too."""
    lose, hold = Shards.lose, Shards.hold

    def late(self: Any, shard: int) -> None:
        owner = self.owner_of(shard)
        self._loop.call_later(
            SLOW_S, lambda: lose(self, shard) if self.owner_of(shard) == owner else None
        )

    def held(self: Any, owner: Any, until: float) -> None:
        if self.owner_of(owner.shard) not in {None, owner}:
            lose(self, owner.shard)
        hold(self, owner, until)

    _replace(Shards, "lose", late)
    _replace(Shards, "hold", held)


def fences() -> None:
    """No epoch, no key of an answer, no ASKED: what backs each other up is gone together.

    Nor the waiting notice's condition: an answer that comes late enough for a notice brings that
    notice's end with it, and is refused where another owner has ended it, or never said it.
    """
    self_fence()

    def fenced(self: Any, contact_id: Any, _owner: Any, actions: Any) -> Any:
        transaction = self.transaction()
        transaction.update("state", self.tables.state(contact_id=contact_id), actions)
        return transaction

    def changed(self: Any, contact_id: Any, actions: Any, _condition: Any) -> Any:
        item = self._fence.tables.state(contact_id=contact_id)
        item.update(list(actions))
        return item

    _replace(Fence, "fenced", fenced)
    _replace(ContactTable, "_changed", changed)
    _any_state_is_answered()
    put = TurnTable._answering

    def answering(self: Any, *words: Any) -> Any:
        transaction = put(self, *words)
        transaction._puts = [unguarded(entry) for entry in transaction._puts]
        transaction._updates = [entry for entry in transaction._updates if entry[0] != "notice"]
        return transaction

    _replace(TurnTable, "_answering", answering)


def _replace(owner: Any, name: str, instead: Any) -> None:
    """A mutation of what is no more there, or is called by a table, would take nothing out."""
    before = getattr(owner, name)
    assert callable(before), f"{owner} has no {name}"
    setattr(owner, name, instead)
    for table in [each for each in vars(owner).values() if isinstance(each, dict)]:
        table |= {key: instead for key, step in table.items() if step is before}


def _any_state_is_answered() -> None:
    before = TurnTable._finish_all

    def finish_all(self: Any, transaction: Any, turn: Any, state: Any, *more: Any) -> None:
        before(self, transaction, turn, state, *more)
        if state is InboundState.ANSWERED:
            transaction._updates = [
                unguarded(entry) if entry[0].startswith("message:") else entry
                for entry in transaction._updates
            ]

    _replace(TurnTable, "_finish_all", finish_all)


def unguarded(entry: tuple[str, Callable]) -> tuple[str, Callable]:
    """The same write without its condition."""
    label, operation = entry

    def write(writing: Any) -> None:
        operation(_Unguarded(writing))

    return label, write


class _Unguarded:
    def __init__(self, writing: Any) -> None:
        self._writing = writing

    def save(self, item: Any, _condition: Any = None) -> None:
        self._writing.save(item)

    def update(self, item: Any, actions: Any, _condition: Any = None) -> None:
        self._writing.update(item, actions)


MUTATIONS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        claim, message_sid, sweeper, reconciler, turn_journal, batch_guard, opt_out,
        ring_after_read, self_fence, fences,
    )
}  # fmt: skip


if __name__ == "__main__":
    _, name, module, *rest = sys.argv
    MUTATIONS[name]()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
