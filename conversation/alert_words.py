"""What operators read of an alert, in Spanish and English: the same in a message and in the panel.

The sentences are in ``alert_words.json``: by topic a head for one and for many, and what it means;
by cause what to do. Causes at Twilio are told in ``faults``' own sentences.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conversation.faults import TWILIO_ERRORS

if TYPE_CHECKING:
    from conversation.alerts import Alert
    from conversation.words import Language

FILE: Final = Path(__file__).with_suffix(".json")
_FAULTS: Final = {fault.reason: fault for fault in TWILIO_ERRORS.values()}


def head(alert: Alert, language: Language) -> str:
    """One line: what, and how often."""
    one, many = _words(language)["heads"][alert.subject.topic]
    return str(one if alert.count == 1 else many.format(count=alert.count))


def body(alert: Alert, language: Language) -> str:
    """What it means, and what to do."""
    words, cause = _words(language), alert.subject.cause
    fault = _FAULTS.get(cause)
    known = fault.sentence(language) if fault else words["causes"].get(cause)
    return " ".join(filter(None, (known, words["bodies"][alert.subject.topic])))


@functools.cache
def _words(language: Language) -> dict[str, Any]:
    return dict(json.loads(FILE.read_text(encoding="utf-8"))[language])
