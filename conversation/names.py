"""How a person's name is found: without case and accents, by how it begins."""

from __future__ import annotations

import unicodedata
from typing import Final

_MOST: Final = 200
"""Letters of a name that are kept to find it by."""


def folded(name: str) -> str:
    """The name without case, accents and blanks around it, each blank in it being one."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(plain.split())[:_MOST]


def initial(name: str) -> str:
    """The first letter of the folded name: names are kept apart by it. Empty for no name."""
    return folded(name)[:1]
