"""What every peer says and hears: the same frames, with the same care, whatever the library."""

from __future__ import annotations

import json
import statistics
import time

INITIATION = json.dumps(
    {
        "type": "conversation_initiation_client_data",
        "conversation_config_override": {"conversation": {"text_only": True}},
        "dynamic_variables": {
            "client_name": "Ana", "call_summary": "Preguntó por el pedido 7431.",
            "chat_history": "", "channel": "whatsapp",
        },
        "user_id": "A" * 26,
    }
)  # fmt: skip
METADATA_S = 20.0
TRIES = 5


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

    def question(self) -> str:
        """The next message, and its time."""
        self.count += 1
        text = f"Hola, soy {self.index}: ¿qué hay de mi pedido 7431, el número {self.count}?"
        self.asked_at = time.perf_counter()
        return json.dumps({"type": "user_message", "text": text})

    def heard(self, text: str | bytes) -> str | None:
        """Take a message, and give what is to be answered at once."""
        event = json.loads(text)
        match event["type"]:
            case "ping":
                return json.dumps({"type": "pong", "event_id": event["ping_event"]["event_id"]})
            case "agent_response" if self.asked_at:
                self.tally.took(time.perf_counter() - self.asked_at)
                self.asked_at = 0.0
            case "conversation_initiation_metadata":
                self.ready = True
                if self.on_ready is not None:
                    self.on_ready()
        return None

    def gone(self) -> None:
        """The socket is gone, and what was asked on it."""
        self.ready, self.say, self.asked_at = False, None, 0.0


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
