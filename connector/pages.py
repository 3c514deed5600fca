"""What the health pages say. Nobody's number is on them, only enough to recognise it by."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from connector.health import Page, metrics_page, page_of
from connector.measures import exposition
from conversation.addresses import parse_address
from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connector.breakers import Breakers
    from connector.door import Door
    from connector.hub import Hub
    from connector.journal import Journal
    from connector.line import Line
    from connector.strands import Strands

REACHED_WITHIN_S: Final = 30.0


class Pages:
    """Made on the loop's thread."""

    def __init__(
        self,
        *,
        hub: Hub,
        door: Door,
        breakers: Breakers,
        strands: Strands,
        journal: Journal,
        clock: Callable[[], float],
        reached_at: Callable[[], float | None],
    ) -> None:
        self._hub = hub
        self._door = door
        self._breakers = breakers
        self._strands = strands
        self._journal = journal
        self._clock = clock
        self._reached_at = reached_at
        self.draining = False

    def all(self) -> Mapping[str, Callable[[], Page]]:
        """Every page, by its path."""
        return {
            "/healthz": self.healthz,
            "/connections": self.connections,
            "/metrics": self.metrics,
        }

    def healthz(self) -> Page:
        """200 while the loop runs and the table has answered lately."""
        reached = self._reached_at()
        ok = reached is not None and self._clock() - reached < REACHED_WITHIN_S
        said: dict[str, object] = {"ok": ok, "state": "draining" if self.draining else "serving"}
        said |= {"shards": list(self._hub.shards.held), "draining": self.draining}
        if not ok:
            said["reason"] = "the table of leases has not answered lately"
        return page_of(said, HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE)

    def connections(self) -> Page:
        """Every socket and who it is for."""
        now = self._clock()
        rows = [row_of(line, now) for line in self._hub.lines]
        return page_of({"connections": rows, "count": len(rows)})

    def metrics(self) -> Page:
        """For Prometheus."""
        lines = list(self._hub.lines)
        gauges = {
            "sockets": float(self._door.inside),
            "waiting_for_a_socket": float(self._door.waiting),
            "handshakes": float(self._door.coming),
            "sockets_allowed": float(self._door.room.sockets),
            "breakers_open": float(self._breakers.open),
            "dialogues": float(len(lines)),
            "turns_open": float(sum(line.busy for line in lines)),
            "shards": float(len(self._hub.shards.held)),
            "ledger_queue": float(self._strands.pending),
        }
        return metrics_page(exposition(self._journal.measures, gauges))


def row_of(line: Line, now: float) -> dict[str, object]:
    """One line as people see it: ages in seconds."""
    session, state = line.dialogue.session, line.dialogue.state
    return {
        "contact_id": line.contact_id,
        "number": masked(state.number) if state else None,
        "agent_id": state.agent_id if state else None,
        "shard": line.owner.shard,
        "state": session.state.value if session else "no_socket",
        "session": session.session_id if session else None,
        "age_s": _age(session.opened_at if session else None, now),
        "quiet_s": _age(session.last_activity if session else None, now),
        "ping_s": _age(session.last_ping if session else None, now),
        "turns": session.turns if session else 0,
        "sessions": line.sessions,
        "busy": line.busy,
    }


def masked(number: str | None) -> str | None:
    """A number, enough of it to recognise."""
    if number is None:
        return None
    try:
        address = number if number.startswith("whatsapp:") else f"whatsapp:{number}"
        return parse_address(address).masked
    except Refused:
        return "•"


def _age(since: float | None, now: float) -> float | None:
    return None if since is None else round(now - since, 1)
