"""The people's phones: the simulator of Twilio, as the page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from conversation.addresses import parse_address
from conversation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.page.reach import Json, Simulator

LONGEST_TEXT: Final = 4096
"""WhatsApp's own limit."""

PLACE: Final = {
    "latitude": 19.4326,
    "longitude": -99.1332,
    "label": "Zócalo",
    "address": "Plaza de la Constitución, Ciudad de México",
}
TRIES: Final[Mapping[str, Mapping[str, object]]] = {
    "picture": {"media": [{"content_type": "image/jpeg"}]},
    "location": {"location": PLACE},
}
"""What can be sent with one touch, beside text."""


class Phones:
    """Reads and plays the people's phones."""

    def __init__(self, twilio: Simulator) -> None:
        self._twilio = twilio

    async def numbers(self) -> list[str]:
        """Everybody Twilio's simulator knows."""
        listed = await self._twilio.get("/_sim/people")
        return [str(person["number"]) for person in listed["people"]]

    async def chat(self, number: str) -> dict[str, object]:
        """What stands on the phone now."""
        found = await self._twilio.get(f"{_person(number)}/messages")
        person = found["person"]
        return {
            "number": person["number"],
            "typing_until": person["typing_until"],
            "window_open": person["window_open"],
            "messages": [_bubble(message) for message in found["messages"]],
        }

    async def say(self, number: str, document: Mapping[str, object]) -> str:
        """The person sends something; gives its sid."""
        saying = _saying(document)
        name = str(document.get("name") or "").strip()
        named = {"profile_name": name} if name else {}
        return str((await self._twilio.post(f"{_person(number)}/say", {**saying, **named}))["sid"])

    async def look(self, number: str, *, is_open: bool) -> None:
        """The phone is taken up, or put away."""
        await self._twilio.post(f"{_person(number)}/{'open' if is_open else 'close'}")

    async def changes(self, after: int, wait_s: float) -> tuple[int, bool]:
        """Wait for something to change; gives the last number, and whether anything did."""
        found = await self._twilio.get("/_sim/changes", after=after, wait=wait_s)
        return int(found["last"]), bool(found["changes"])


def _person(number: str) -> str:
    e164 = parse_address(number).e164
    if e164 is None:
        raise Refused("only a phone number has a phone here", reason="number")
    return f"/_sim/people/{quote(e164, safe='')}"


def _saying(document: Mapping[str, object]) -> Mapping[str, object]:
    kind, text = str(document.get("kind", "text")), str(document.get("text", ""))
    if kind in TRIES:
        return TRIES[kind]
    if kind != "text" or not text.strip() or len(text) > LONGEST_TEXT:
        raise Refused("a text of 1 to 4,096 characters is sent", reason="text")
    return {"body": text}


def _bubble(message: Json) -> dict[str, object]:
    form = message["form"]
    return {
        "sid": message["sid"],
        "mine": message["mine"],
        "kind": str(form.get("MessageType") or "text"),
        "text": message["body"],
        "label": str(form.get("Label") or ""),
        "address": str(form.get("Address") or ""),
        "at": message["at"],
        "ticks": message["ticks"],
        "template": message["template"],
    }
