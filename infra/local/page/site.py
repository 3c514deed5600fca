"""What the page is told at its start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conversation.settings import setting

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the page reads of the environment: the same names as Hilo's own processes."""

    api_key: str = setting("ELEVENLABS_API_KEY", "the simulator's key", default="-", secret=True)
    pepper: str = setting(
        "HILO_PEPPER", "makes contact ids, to put names to them", default="-", secret=True
    )
    sender: str = setting(
        "TWILIO_WHATSAPP_NUMBER", "the business' number", default="whatsapp:+14155238886"
    )
    business: str = setting("BUSINESS_NAME", "who writes", default="Hilo")
    agent_id: str = setting("DEFAULT_AGENT_ID", "the agent chosen at first", default="-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where everything is. Without its simulator a provider is the real one."""

    logs: Path
    settings: PageSettings
    elevenlabs_url: str = field(default="")
    twilio_url: str = field(default="")
    calls_simulated: bool = True
    phones_simulated: bool = True

    @property
    def sender(self) -> str:
        """The business' number, as one dials it."""
        return self.settings.sender.removeprefix("whatsapp:")
