"""The contacts of people who hid their number first: each points to the one of the number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversation.adapters.tables.transactions import reading
from conversation.contacts import alias_id
from conversation.identifiers import ContactId

if TYPE_CHECKING:
    from conversation.adapters.tables.tables import Tables


def behind(tables: Tables, alias: ContactId) -> ContactId | None:
    """The contact that ``alias`` points to, if it is an alias. Raises ``Transient``."""
    known = tables.known_ids
    with reading():
        try:
            found = known.get(alias_id(alias), consistent_read=True).contact_id
        except known.DoesNotExist:
            return None
    return ContactId(found) if found else None
