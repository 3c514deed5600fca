"""Doorbells: the messages on SQS. They say who and which key, never what was said.

This is the claim-check pattern (docs/decisions): the table is the truth, so that losing,
repeating or reordering a doorbell cannot matter.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.errors import Refused

if TYPE_CHECKING:
    from conversation.identifiers import ContactId, MessageKey


class BellKind(StrEnum):
    """Whom a doorbell calls."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    TYPING = "typing"
    """To the sender: the agent is thinking about the turn ``key``; show it to the person."""
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Something is waiting for ``contact_id`` under ``key``.

    For a command, ``contact_id`` is the command's target and ``key`` its time in ``commands``.
    """

    kind: BellKind
    contact_id: ContactId
    key: MessageKey

    def to_json(self) -> str:
        """The body of the queue message."""
        return json.dumps(
            {"v": 1, "kind": self.kind, "contact": self.contact_id, "key": self.key},
            separators=(",", ":"),
        )


_CONTACT: Final = re.compile(r"[A-Z2-7]{26}|shard#\d{1,4}")
_KEY: Final = re.compile(r"[0-9A-Z]{26}(~\d{3})?")


def read_doorbell(body: str) -> Doorbell:
    """The doorbell in the body of a queue message.

    Raises ``Refused`` (reason ``bad_doorbell``) for anything else: it belongs to the dead letters.
    """
    try:
        fields = json.loads(body)
        bell = Doorbell(BellKind(fields["kind"]), fields["contact"], fields["key"])
        if _CONTACT.fullmatch(bell.contact_id) and _KEY.fullmatch(bell.key):
            return bell
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused("the queue message is not a doorbell", reason="bad_doorbell") from error
    raise Refused("the doorbell names no contact and key of ours", reason="bad_doorbell")


def shard_of(contact_id: ContactId, shards: int) -> int:
    """The shard that is home to ``contact_id``. It changes with the number of shards only."""
    return zlib.crc32(contact_id.encode()) % shards
