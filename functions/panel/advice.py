"""What an operator does about what was given up, in their language: by its reason."""

from __future__ import annotations

from typing import Final

from conversation.dead_letters import NEVER_HEEDED
from conversation.faults import TWILIO_ERRORS, UNKNOWN_ERROR
from conversation.words import Language
from functions.panel.texts import Texts

ENGLISH: Final = Language.EN.value
_FAULTS: Final = {fault.reason: fault for fault in (*TWILIO_ERRORS.values(), UNKNOWN_ERROR)}


class Advice:
    """What happened and what to do, in a sentence or two."""

    def __init__(self) -> None:
        self._texts = Texts()

    def about(self, reason: str, language: str) -> str:
        """For ``reason``; where it is not known, what always helps."""
        if self._texts.knows(f"advice.{reason}"):
            return self._texts.say(language, f"advice.{reason}")
        fault = _FAULTS.get(reason)
        if fault is None:
            return self._texts.say(language, f"advice.{NEVER_HEEDED}")
        done = self._texts.say(language, f"advice.remedy.{fault.remedy}")
        return f"{fault.sentence(Language(language))} {done}"
