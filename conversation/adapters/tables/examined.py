"""What ``hilo doctor`` found, kept where the panel reads it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from conversation.adapters.tables.operator_models import ALERTS_KEPT_S
from conversation.adapters.tables.transactions import reading
from conversation.findings import Examined, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation.adapters.tables.operator_models import AlertItem
    from conversation.adapters.tables.tables import Tables

_EXAMINED: Final = "examined"
_WORDS: Final = ("detail", "remedy", "case", "said")
_VERDICTS: Final = frozenset(verdict.value for verdict in Verdict)


class ExaminedTable:
    """Runs, each an item named by its time: the newest is the last by whoever made it."""

    def __init__(self, tables: Tables) -> None:
        self._model = tables.alerts

    def keep(self, examined: Examined) -> None:
        """Keep a run. The caller owes that its findings are ``discreet``."""
        item = self._model(
            part=_EXAMINED,
            name=examined.at.astimezone(UTC).isoformat(timespec="microseconds"),
            findings=[asdict(finding) for finding in examined.findings],
            expires_at=int(examined.at.timestamp()) + ALERTS_KEPT_S,
        )
        with reading():
            item.save()

    def last(self) -> Examined | None:
        """The newest run; ``None`` where there was none in 90 days."""
        with reading():
            newest = list(self._model.query(_EXAMINED, scan_index_forward=False, limit=1))
        return _examined(newest[0]) if newest else None


def _examined(item: AlertItem) -> Examined:
    found = tuple(_finding(each) for each in item.findings or ())
    return Examined(datetime.fromisoformat(item.name), found)


def _finding(kept: Mapping[str, Any]) -> Finding:
    # A doctor of the next deployment may know more verdicts: what is not known is not told.
    verdict = Verdict(kept["verdict"]) if kept.get("verdict") in _VERDICTS else Verdict.UNTOLD
    words = {name: str(kept.get(name) or "") for name in _WORDS}
    values = {str(name): str(value) for name, value in (kept.get("values") or {}).items()}
    return Finding(name=kept["name"], verdict=verdict, values=values, **words)
