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
        return untold("clock", "clock_untold")
    behind = statistics.median(seen)
    return judged(
        "clock",
        holds=abs(behind) <= MOST_S,
        good="clock_right",
        bad="clock_behind" if behind > 0 else "clock_ahead",
        seconds=f"{abs(behind):.0f}",
    )
