"""Published prices, as ``prices.json`` holds them with their date and their sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("prices.json")


class Seen(StrEnum):
    """How well a price is known."""

    PAGE = "page"
    SECONDARY = "secondary"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Price:
    """``usd`` for ``per`` of ``unit``."""

    usd: float
    per: int
    unit: str
    seen: Seen
    source: str

    def of(self, amount: float) -> float:
        """What ``amount`` costs."""
        return amount / self.per * self.usd


@dataclass(frozen=True, slots=True)
class Market:
    """Meta's fees for people of one country, in USD a message."""

    utility: float
    service: float
    seen: Seen


@dataclass(frozen=True, slots=True)
class Prices:
    """All of them."""

    date: str
    region: str
    listed: Mapping[str, Price]
    markets: Mapping[str, Market]
    meta_source: str

    @property
    def uncertain(self) -> list[str]:
        """Those that nobody looked up."""
        return sorted(name for name, price in self.listed.items() if price.seen is Seen.NOT)


def load(file: Path = FILE) -> Prices:
    """The prices."""
    document = json.loads(file.read_text(encoding="utf-8"))
    meta = document["meta"]
    return Prices(
        date=document["date"],
        region=document["region"],
        listed={
            name: Price(p["usd"], p["per"], p["unit"], Seen(p["seen"]), p["source"])
            for name, p in document["prices"].items()
        },
        markets={
            name: Market(m["utility"], m["service"], Seen(m["seen"]))
            for name, m in meta["markets"].items()
        },
        meta_source=meta["source"],
    )
