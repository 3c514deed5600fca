"""Which functions there are, and what calls each: the same facts as ``template.yaml``'s."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Cadence(StrEnum):
    """A rhythm, by the setting that holds its seconds."""

    MONITOR = "MONITOR_EVERY_S"
    SWEEP = "SWEEP_EVERY_S"
    NOTIFY = "NOTIFY_EVERY_S"


ANY: Final = "ANY"
"""API Gateway's word for every method."""


@dataclass(frozen=True, slots=True)
class Http:
    """Called by API Gateway for this method and path, and where ``below``, all beneath the path."""

    method: str
    path: str
    below: bool = False

    @property
    def route_key(self) -> str:
        """The route as API Gateway writes it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class FromOutbox:
    """Called with batches of the outbox queue, at most ``concurrency`` at a time."""

    batch_size: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Called by EventBridge in a rhythm."""

    cadence: Cadence


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda: its folder's name, what calls it, and its limits."""

    name: str
    trigger: Http | FromOutbox | Scheduled
    timeout_s: int = 30
    memory_mb: int = 512

    @property
    def module(self) -> str:
        """Where its ``handler(event, context)`` is."""
        return f"functions.{self.name}.handler"


FUNCTIONS: Final = {
    function.name: function
    for function in (
        Function("twilio_webhook", Http("POST", "/twilio/whatsapp"), timeout_s=10),
        Function("delivery_status", Http("POST", "/twilio/status"), timeout_s=10),
        Function("post_call_webhook", Http("POST", "/elevenlabs/post-call")),
        Function("reply_sender", FromOutbox(batch_size=10, concurrency=5), timeout_s=20),
        Function("batch_monitor", Scheduled(Cadence.MONITOR), timeout_s=60),
        Function("sweeper", Scheduled(Cadence.SWEEP), timeout_s=300),
        Function("operator_alerts", Scheduled(Cadence.NOTIFY), timeout_s=60, memory_mb=256),
        Function("panel", Http(ANY, "/panel", below=True)),
    )
}


def trees() -> tuple[Function, ...]:
    """The HTTP functions that answer for all that is beneath their path, by any method."""
    return tuple(
        function
        for function in FUNCTIONS.values()
        if isinstance(function.trigger, Http) and function.trigger.below
    )


def routes() -> dict[tuple[str, str], Function]:
    """The HTTP functions by method and path."""
    return {
        (function.trigger.method, function.trigger.path): function
        for function in FUNCTIONS.values()
        if isinstance(function.trigger, Http)
    }
