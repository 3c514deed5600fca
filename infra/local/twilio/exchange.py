"""The stand-in as a whole: its parts, wired once."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from infra.local.twilio.carrier import Carrier
from infra.local.twilio.config import Config, changed
from infra.local.twilio.errands import Errands
from infra.local.twilio.faults import Faults
from infra.local.twilio.journal import Journal
from infra.local.twilio.listener import Listener
from infra.local.twilio.openers import OPENERS
from infra.local.twilio.people import People
from infra.local.twilio.postman import Postman
from infra.local.twilio.store import Store


@dataclass(slots=True)
class Exchange:
    """Everything a request handler needs. Close it when the application ends."""

    config: Config
    store: Store
    listener: Listener
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    errands: Errands = field(default_factory=Errands)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    postman: Postman = field(init=False)
    people: People = field(init=False)
    carrier: Carrier = field(init=False)

    def __post_init__(self) -> None:
        self.postman = Postman(self._now, self.journal)
        self.carrier = Carrier(
            config=self._now,
            store=self.store,
            journal=self.journal,
            faults=self.faults,
            postman=self.postman,
            errands=self.errands,
        )
        self.people = People(
            config=self._now,
            store=self.store,
            journal=self.journal,
            faults=self.faults,
            postman=self.postman,
            carry=self.carrier.take,
            new_sid=new_sid,
        )

    def configure(self, changes: Mapping[str, object]) -> None:
        """Changes the configuration from the next request on."""
        self.config = changed(self.config, changes)

    async def reset(self) -> None:
        """No messages, no people, no faults; the configuration and the templates stay."""
        await self.errands.stop()
        self.faults.switch([], seed=0)
        self.store.forget()
        self.journal.forget()

    def stop(self) -> None:
        """Lets go of everybody who waits."""
        self.stopping.set()
        self.journal.changed("stopping")

    async def close(self) -> None:
        """Ends the errands and closes connections and file."""
        await self.errands.stop()
        await self.postman.close()
        self.store.close()

    def _now(self) -> Config:
        return self.config


def new_sid(prefix: str) -> str:
    """A fresh sid: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def open_exchange(config: Config, state_dir: Path | None = None) -> Exchange:
    """An exchange with its file in `state_dir`, or in memory; a new one knows the openers."""
    store = Store(state_dir)
    if not store.templates():
        for template in OPENERS:
            store.keep_template(replace(template, created_at=time.time()))
    return Exchange(config, store, Listener())
