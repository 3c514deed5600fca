"""What every peer says and hears: the frames that the connector says, whatever the library."""

from __future__ import annotations

import json
import statistics
import time

from tests.bench.holder.texts import opener, question, summary, variables

METADATA_S = 20.0
TRIES = 5
_INTRO = "La conversación sigue ahora por WhatsApp, por escrito, después de la llamada."


class Member:
    """One socket of a peer: what is owed on it, and how long answers took."""

    __slots__ = ("asked_at", "count", "index", "on_ready", "ready", "say", "tally")

    def __init__(self, index: int, tally: Tally) -> None:
        self.index = index
        self.tally = tally
        self.asked_at = 0.0
        self.count = 0
        self.ready = False
        self.on_ready = None
        self.say = None

    def initiation(self) -> str:
        """The first frame."""
        return _frame(
            "conversation_initiation_client_data",
            dynamic_variables={
                "client_name": f"Ana {self.index}",
                "call_summary": summary(self.index),
                "chat_history": f"Asistente: {opener(self.index)}",
                "channel": "whatsapp",
                **variables(self.index),
            },
            user_id=f"{self.index:026}",
        )

    def note(self) -> str:
        """What the agent is told of the call, once it may be."""
        facts = "; ".join(f"{name}: {value}" for name, value in variables(self.index).items())
        blocks = (
            _INTRO,
            f"Resumen de la llamada: {summary(self.index)}",
            f"Datos de la llamada: {facts}",
            f"Mensajes anteriores en WhatsApp:\nAsistente: {opener(self.index)}",
        )
        return _frame("contextual_update", text="\n\n".join(blocks), context_id="hilo")

    def question(self) -> str:
        """The next message, and its time."""
        self.count += 1
        self.asked_at = time.perf_counter()
        return _frame("user_message", text=question(self.index, self.count))

    def heard(self, text: str | bytes) -> str | None:
        """Take a message, and give what is to be answered at once."""
        event = json.loads(text)
        match event["type"]:
            case "ping":
                return _frame("pong", event_id=event["ping_event"]["event_id"])
            case "agent_response" if self.asked_at:
                self.tally.took(time.perf_counter() - self.asked_at)
                self.asked_at = 0.0
            case "conversation_initiation_metadata":
                self.ready = True
                if self.on_ready is not None:
                    self.on_ready()
                return self.note()
        return None

    def gone(self) -> None:
        """The socket is gone, and what was asked on it."""
        self.ready, self.say, self.asked_at = False, None, 0.0


def _frame(kind: str, **body: object) -> str:
    return json.dumps({"type": kind, **body}, ensure_ascii=False, separators=(",", ":"))


class Tally:
    """Round trips and errors."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.errors = 0

    def took(self, seconds: float) -> None:
        """One answer more."""
        self.seconds.append(seconds)

    def clear(self) -> None:
        """Begin anew."""
        self.seconds = []

    def summary(self) -> dict[str, float | int | None]:
        """How long they took, in ms."""
        return {"answered": len(self.seconds), **quantiles(self.seconds)}


def quantiles(seconds: list[float]) -> dict[str, float | None]:
    """Median and 99th percentile, in ms."""
    if len(seconds) < 2:
        return {"p50_ms": None, "p99_ms": None}
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50_ms": round(cuts[49] * 1000, 2), "p99_ms": round(cuts[98] * 1000, 2)}
