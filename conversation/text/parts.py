"""What an agent said, as the WhatsApp messages that it becomes."""

from __future__ import annotations

from typing import Final

from conversation.text.markup import to_whatsapp
from conversation.text.splitting import split

LONGEST_SAID: Final = 160_000
"""Characters: a hundred messages, which no agent says that does not repeat itself for ever."""


def parts_said(text: str) -> list[str]:
    """Convert and cut ``text``, in order. What is beyond `LONGEST_SAID` is left out: it has an end.

    Takes a second at most, whatever the text is: others wait for it.
    """
    said = text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID]}…"
    return split(to_whatsapp(said))
