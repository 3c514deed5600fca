"""Who a person is to us: a keyed hash of an address, the same for each way of writing it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

from conversation.addresses import normalise, parse_address
from conversation.identifiers import ContactId

CONTACT_ID_LENGTH: Final = 26
"""Characters of base32 that are kept: 130 bits."""


def contact_id_of(address: str, pepper: str) -> ContactId:
    """The contact whose address this is, however it is written.

    The pepper is generated once for a deployment and never rotated: with another, every person
    would be a stranger. Raises ``Refused`` for what is no address.
    """
    identity = normalise(parse_address(address))
    digest = hmac.new(pepper.encode(), identity.encode(), hashlib.sha256).digest()
    return ContactId(base64.b32encode(digest).decode()[:CONTACT_ID_LENGTH])


def alias_id(contact_id: ContactId) -> str:
    """The key in ``known_ids`` under which another address points to its contact."""
    return f"alias#{contact_id}"
