"""Whether our clock is right: signatures are good for minutes, and AWS takes no old request."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from infra.doctor.findings import judged, untold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conversation.findings import Finding
    from infra.doctor.asking import Answer

MOST_S: Final = 60.0


def clock(answers: Iterable[Answer]) -> Finding:
    """Ours against that of everyone who told the time."""
    told = [answer.behind_s for answer in answers]
    seen = [behind for behind in told if behind is not None]
    if not seen:
        return untold("clock", "nobody told the time", "Compare this machine's clock by hand.")
    behind = statistics.median(seen)
    way = "behind" if behind > 0 else "ahead"
    return judged(
        "clock",
        holds=abs(behind) <= MOST_S,
        good="this machine's clock is right to the minute",
        bad=f"this machine's clock is {abs(behind):.0f} s {way}",
        remedy="Let the system set the clock (NTP): signatures are good for minutes.",
    )
