"""Everything behind the page, put together: its composition root."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from conversation.errors import Refused
from infra.local.page.calls import Campaign
from infra.local.page.live import Live
from infra.local.page.phones import Phones
from infra.local.page.reach import Simulator
from infra.local.page.switches import Switches
from infra.local.page.tail import LogTail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from infra.local.page.site import Site


@dataclass(frozen=True, slots=True)
class Parlour:
    """What the routes use. ``campaign`` and ``phones`` are absent where the provider is real."""

    site: Site
    campaign: Campaign | None
    phones: Phones | None
    switches: Switches
    live: Live
    simulators: tuple[Simulator, ...]

    @classmethod
    def of(cls, site: Site) -> Self:
        """Built from where everything is; nothing is asked of anybody yet."""
        key = {"xi-api-key": site.settings.api_key}
        elevenlabs = Simulator(site.elevenlabs_url, key) if site.calls_simulated else None
        twilio = Simulator(site.twilio_url) if site.phones_simulated else None
        campaign = Campaign(elevenlabs) if elevenlabs else None
        phones = Phones(twilio) if twilio else None
        return cls(
            site=site,
            campaign=campaign,
            phones=phones,
            switches=Switches(elevenlabs, twilio),
            live=Live(
                campaign=campaign,
                phones=phones,
                tail=LogTail(site.logs),
                pepper=site.settings.pepper,
            ),
            simulators=tuple(filter(None, (elevenlabs, twilio))),
        )

    def calls(self) -> Campaign:
        """The campaign. Raises ``Refused`` where calls are real."""
        if self.campaign is None:
            raise Refused("calls are placed at ElevenLabs", reason="real")
        return self.campaign

    def chats(self) -> Phones:
        """The phones. Raises ``Refused`` where they are real."""
        if self.phones is None:
            raise Refused("people write from their own phones", reason="real")
        return self.phones

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """While inside, everything is watched."""
        watching = asyncio.create_task(self.live.run())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            for simulator in self.simulators:
                await simulator.close()
