"""What operators ask of the connector: written by them, carried out by the shard's owner."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist

from conversation.adapters.tables.operator_models import COMMANDS_KEPT_S
from conversation.adapters.tables.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.tables import Tables
    from conversation.identifiers import MessageKey
    from conversation.overview import Reported


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

    def done(
        self,
        target: str,
        at: MessageKey,
        outcome: str,
        now: datetime,
        report: Sequence[Reported] = (),
    ) -> None:
        """Record what became of it, and what it asked for."""
        model = self._model
        told: list[Action] = [model.done_at.set(now), model.outcome.set(outcome)]
        if report:
            told.append(model.report.set([asdict(each) for each in report]))
        with reading():
            model(target=target, at=at).update(told)
