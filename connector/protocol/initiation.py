"""What a session is opened with, whichever dialect writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class ContextNote:
    """Something the agent should know. A later note with the same ``context_id`` replaces it."""

    text: str = field(repr=False)
    context_id: str | None = None


@dataclass(frozen=True, slots=True)
class Initiation:
    """Everything an agent is told before the first message of a person.

    ``None`` means that the field is not sent at all: an override that the agent does not allow
    ends the conversation, so ``text_only=None`` is for agents that are text-only by themselves.
    The caller keeps names that begin with ``system__`` out of ``dynamic_variables``.
    """

    text_only: bool | None = True
    max_duration_seconds: int | None = None
    first_message: str | None = field(default=None, repr=False)
    dynamic_variables: Mapping[str, Scalar] = field(default_factory=dict, repr=False)
    custom_llm_extra_body: Mapping[str, object] | None = field(default=None, repr=False)
    user_id: str | None = field(default=None, repr=False)
    branch_id: str | None = None
    environment: str | None = None
    context: tuple[ContextNote, ...] = ()
    conversation_id: str | None = None
    """``classic`` only: there the client names the conversation."""
    name: str | None = field(default=None, repr=False)
    """``classic`` only."""
    phone: str | None = field(default=None, repr=False)
    """``classic`` only, as +E164."""
