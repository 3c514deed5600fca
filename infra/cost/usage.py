"""What is used, by the names of its prices, and the counts of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("counts.json")


@dataclass(frozen=True, slots=True)
class Usage:
    """Amounts by the names of ``prices.json``."""

    amounts: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: Usage) -> Usage:
        names = {**self.amounts, **other.amounts}
        return Usage({name: self.of(name) + other.of(name) for name in names})

    def times(self, factor: float) -> Usage:
        """So many of it."""
        return Usage({name: amount * factor for name, amount in self.amounts.items()})

    def less(self, other: Usage) -> Usage:
        """What is left of it beside ``other``, which went on all the while; never below nothing."""
        names = self.amounts
        return Usage({name: max(0.0, self.of(name) - other.of(name)) for name in names})

    def of(self, name: str) -> float:
        """How much of one thing."""
        return self.amounts.get(name, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted. ``date`` is the day of the run."""

    date: str
    conversation: Usage
    """A call, its conversation and its opener."""
    exchange: Usage
    """One message of a person, and its answer."""
    connector_second: Usage
    """One connector that holds all shards, and nothing happens."""
    tick: Usage
    """Both schedules once, and nothing to do."""

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "date": self.date,
            "about": "made by `hilo cost --count`: calls counted in a run, by the names of prices",
            "conversation": _rounded(self.conversation),
            "exchange": _rounded(self.exchange),
            "connector_second": _rounded(self.connector_second),
            "tick": _rounded(self.tick),
        }


def load(file: Path = FILE) -> Counts:
    """The counts of the last run that was kept."""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Counts(
        date=document["date"],
        conversation=Usage(document["conversation"]),
        exchange=Usage(document["exchange"]),
        connector_second=Usage(document["connector_second"]),
        tick=Usage(document["tick"]),
    )


def keep(counts: Counts, file: Path = FILE) -> None:
    """Write them down."""
    file.write_text(json.dumps(counts.document(), indent=2) + "\n", encoding="utf-8")


def _rounded(usage: Usage) -> dict[str, float]:
    kept = {name: float(f"{amount:.4g}") for name, amount in sorted(usage.amounts.items())}
    return {name: amount for name, amount in kept.items() if amount}
