"""Faults that can be switched on while the stand-in runs, drawn so that a run replays.

A draw does not depend on the order of requests: it is a hash of seed, kind, what the event is
about, and how often this very event came by. The same seed gives the same message the same fate.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from infra.local.twilio.refusals import Code, RefusalError


class Kind(StrEnum):
    """What can be made to go wrong."""

    LATENCY = "latency"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    TOO_MANY = "too_many"
    ACCEPT_THEN_TIMEOUT = "accept_then_timeout"
    RESET = "reset"
    RESET_AFTER = "reset_after"
    REFUSE = "refuse"
    WEBHOOK_DUPLICATE = "webhook_duplicate"
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_LATE = "webhook_late"
    CALLBACK_LOST = "callback_lost"
    CALLBACK_DUPLICATE = "callback_duplicate"
    CALLBACK_LATE = "callback_late"
    CALLBACK_REORDERED = "callback_reordered"
    LIST_LAG = "list_lag"


class Route(StrEnum):
    """Which requests a fault is about."""

    CREATE = "create"
    LIST = "list"
    FETCH = "fetch"
    TYPING = "typing"
    OTHER = "other"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: how likely, how often at most, in bursts of how many, how long."""

    kind: Kind
    probability: float = 1.0
    times: int | None = None
    burst: int = 1
    delay_s: float = 1.0
    status: int = 500
    route: Route = Route.CREATE

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1 or self.delay_s < 0 or self.burst < 1:
            raise RefusalError(Code.INVALID_PARAMETER, "faults")


def read_fault(document: Mapping[str, object]) -> Fault:
    """A fault from JSON; what cannot be read is refused."""
    known = {f.name for f in fields(Fault)}
    try:
        if set(document) - known:
            raise RefusalError(Code.INVALID_PARAMETER, ", ".join(set(document) - known))
        words = dict(document) | {
            "kind": Kind(str(document["kind"])),
            "route": Route(str(document.get("route", Route.CREATE))),
        }
        return Fault(**words)  # type: ignore[arg-type]  # the names are checked, values compared
    except (KeyError, TypeError, ValueError) as error:
        raise RefusalError(Code.INVALID_PARAMETER, f"faults: {error}") from error


class Faults:
    """The faults switched on now, and how often each struck."""

    def __init__(self) -> None:
        self.switch([], seed=0)

    def switch(self, faults: Sequence[Fault], *, seed: int) -> None:
        """Replaces all faults and forgets what was drawn."""
        self.seed = seed
        self._faults = tuple(faults)
        self._fired: Counter[int] = Counter()
        self._rest_of_burst: Counter[int] = Counter()
        self._seen: Counter[tuple[int, str]] = Counter()

    def strike(self, kind: Kind, about: str, route: Route = Route.ANY) -> Fault | None:
        """The fault of this kind that strikes this event, if one does."""
        for index, fault in enumerate(self._faults):
            if fault.kind is kind and _concerns(fault, route) and self._falls(index, fault, about):
                self._fired[index] += 1
                return fault
        return None

    def document(self) -> dict[str, object]:
        """For the control API: what is on, with its count."""
        shown = [asdict(f) | {"fired": self._fired[i]} for i, f in enumerate(self._faults)]
        return {"seed": self.seed, "faults": shown}

    def _falls(self, index: int, fault: Fault, about: str) -> bool:
        nth = self._seen[index, about]
        self._seen[index, about] += 1
        if fault.times is not None and self._fired[index] >= fault.times:
            return False
        if self._rest_of_burst[index] > 0:
            self._rest_of_burst[index] -= 1
            return True
        if _dice(f"{self.seed}|{index}|{fault.kind}|{about}|{nth}") >= fault.probability:
            return False
        self._rest_of_burst[index] = fault.burst - 1
        return True


def _concerns(fault: Fault, route: Route) -> bool:
    return Route.ANY in (fault.route, route) or fault.route is route


def _dice(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56
