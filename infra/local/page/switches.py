"""The faults that a newcomer may switch on to see how Hilo takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.page.reach import Json, Simulator

AGENT: Final[Mapping[str, tuple[str, Any]]] = {
    "agent_slow": ("answer_delay_s", 18),
    "agent_drops": ("drop", {"value": "before_answer", "times": 1}),
}
"""Switch → the fault of ElevenLabs' simulator. 18 s: the waiting notice goes out after 15."""

TWILIO: Final[Mapping[str, Mapping[str, object]]] = {
    "twilio_busy": {"kind": "too_many", "times": 2, "route": "create"},
    "webhook_twice": {"kind": "webhook_duplicate"},
}
"""Switch → the fault of Twilio's simulator."""


class Switches:
    """Reads and sets the switches of those providers that are simulated."""

    def __init__(self, elevenlabs: Simulator | None, twilio: Simulator | None) -> None:
        self._elevenlabs = elevenlabs
        self._twilio = twilio

    async def shown(self) -> dict[str, bool]:
        """Which switches there are, and which are on. What has struck its last is off."""
        agent = await self._agent() if self._elevenlabs else {}
        twilio = await self._posts() if self._twilio else {}
        return agent | twilio

    async def switch(self, name: str, *, on: bool) -> None:
        """Switch one. Raises ``Refused`` for one that is not there."""
        if name in AGENT and self._elevenlabs:
            fault, value = AGENT[name]
            await self._elevenlabs.post("/_sim/faults", {fault: value if on else None})
        elif name in TWILIO and self._twilio:
            now = await self._posts()
            kept = [TWILIO[one] for one, is_on in (now | {name: on}).items() if is_on]
            await self._twilio.post("/_sim/faults", {"faults": kept})
        else:
            raise Refused("there is no such switch", reason="switch")

    async def _agent(self) -> dict[str, bool]:
        assert self._elevenlabs  # noqa: S101 - the callers have looked
        on = (await self._elevenlabs.get("/_sim/faults")).get("*", {})
        return {name: fault in on for name, (fault, _) in AGENT.items()}

    async def _posts(self) -> dict[str, bool]:
        assert self._twilio  # noqa: S101 - as above
        listed = (await self._twilio.get("/_sim/faults"))["faults"]
        left = {str(fault["kind"]) for fault in listed if _has_some_left(fault)}
        return {name: str(fault["kind"]) in left for name, fault in TWILIO.items()}


def _has_some_left(fault: Json) -> bool:
    times = fault["times"]
    return times is None or int(fault["fired"]) < int(times)
