"""What operators ask of the connector: written by them, carried out by the shard's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist

from conversation.adapters.tables.models import COMMANDS_KEPT_S
from conversation.adapters.tables.transactions import reading

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.adapters.tables.tables import Tables
    from conversation.identifiers import MessageKey


class CommandTable:
    """Blocking: to be called off the loop. ``target`` is a contact, or ``shard#<n>``."""

    def __init__(self, tables: Tables) -> None:
        self._model = tables.commands

    def ask(self, target: str, at: MessageKey, command: str, asked_by: str, now: datetime) -> None:
        """Store a command under its key; the caller then rings a doorbell with both."""
        expires_at = int(now.timestamp()) + COMMANDS_KEPT_S
        item = self._model(
            target=target, at=at, command=command, asked_by=asked_by, expires_at=expires_at
        )
        with reading():
            item.save()

    def open(self, target: str, at: MessageKey) -> str | None:
        """The command, unless it is done already or gone."""
        with reading():
            try:
                item = self._model.get(target, at, consistent_read=True)
            except DoesNotExist:
                return None
        done_at: datetime | None = item.done_at
        return None if done_at else str(item.command)

    def done(self, target: str, at: MessageKey, outcome: str, now: datetime) -> None:
        """Record what became of it."""
        model = self._model
        with reading():
            model(target=target, at=at).update([model.done_at.set(now), model.outcome.set(outcome)])
