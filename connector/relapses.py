"""How long a contact is left alone after a fault of ours, so that a lasting one is no busy loop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conversation.identifiers import ContactId

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 60.0


class Relapses:
    """Counts faults in a row."""

    def __init__(self) -> None:
        self._counts: Counter[ContactId] = Counter()

    def wait_s(self, contact_id: ContactId) -> float:
        """One more: how long until its next look. Doubles up to a minute."""
        wait_s: float = min(_FIRST_S * 2 ** self._counts[contact_id], _LONGEST_S)
        self._counts[contact_id] += 1
        return wait_s

    def cured(self, contact_id: ContactId) -> None:
        """It was read well."""
        self._counts.pop(contact_id, None)
