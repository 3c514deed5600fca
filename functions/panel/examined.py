"""What ``hilo doctor`` found, as the health page shows it: the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from conversation.findings import Finding, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from conversation.findings import Examined

OLD: Final = timedelta(days=7)
"""What was found longer ago than this may not be so any more."""

_ORDER: Final = (Verdict.FAILED, Verdict.UNTOLD, Verdict.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFindings:
    """One run; ``at`` is ``None`` where there was none lately. ``command`` runs it again."""

    at: datetime | None
    old: bool
    failed: int
    untold: int
    well: int
    findings: tuple[Finding, ...]
    command: str


def examined(last: Examined | None, now: datetime, command: str) -> ShownFindings:
    """The newest run, if there was one."""
    found = last.findings if last else ()
    counts = {verdict: sum(1 for each in found if each.verdict is verdict) for verdict in Verdict}
    return ShownFindings(
        at=last.at if last else None,
        old=last is not None and now - last.at > OLD,
        failed=counts[Verdict.FAILED],
        untold=counts[Verdict.UNTOLD],
        well=counts[Verdict.OK],
        findings=tuple(sorted(found, key=lambda each: _ORDER.index(each.verdict))),
        command=command,
    )
