"""What an ask writes into the state, and what must be true of it at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.adapters.tables.mapping import stored_asked, stored_sitting
from conversation.state import Status

if TYPE_CHECKING:
    from datetime import datetime

    from pynamodb.attributes import BooleanAttribute, NumberAttribute
    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.update import Action

    from conversation.adapters.tables.models import StateItem
    from conversation.leases import Owner
    from conversation.turns import Counted


def asking(model: type[StateItem], known: Counted) -> list[Action]:
    """The agent thinks from now, and what ``known`` counts is stored as it is to be."""
    changes: list[Action] = [model.status.set(Status.AGENT_THINKING)]
    if known.sitting:
        changes.append(model.sitting.set(stored_sitting(known.sitting)))
    if known.asked_lately:
        changes.append(model.asked_lately.set(stored_asked(known.asked_lately)))
    return changes


def may_ask(model: type[StateItem], known: Counted, owner: Owner, now: datetime) -> Condition:
    """Its owner still is, nobody holds the agent back, and the call is the one that is known."""
    condition: Condition = (
        (model.epoch == owner.epoch)
        & not_true(model.opted_out)
        & (model.paused_until.does_not_exist() | (model.paused_until <= now))
        & _is_version(model.context_version, known.context_version)
    )
    return condition


def not_true(attribute: BooleanAttribute) -> Condition:
    """It is false, or was never said."""
    said_not: Condition = attribute == False  # noqa: E712 - a DynamoDB expression
    either: Condition = attribute.does_not_exist() | said_not
    return either


def _is_version(attribute: NumberAttribute, version: int) -> Condition:
    same: Condition = attribute == version
    return same if version else attribute.does_not_exist() | same
