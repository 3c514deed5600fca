"""Carries accepted messages to phones and tells the status callback of each step."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from weakref import WeakValueDictionary

from infra.local.twilio.callbacks import callback_form
from infra.local.twilio.config import Config
from infra.local.twilio.errands import Errands
from infra.local.twilio.faults import Faults, Kind
from infra.local.twilio.journal import Journal
from infra.local.twilio.journey import journey
from infra.local.twilio.postman import Postman
from infra.local.twilio.records import (
    RANKS,
    UNFINISHED,
    Direction,
    Message,
    Person,
    Status,
)
from infra.local.twilio.store import Store


class Carrier:
    """Moves each message forward only; callbacks of one message keep their order."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: Store,
        journal: Journal,
        faults: Faults,
        postman: Postman,
        errands: Errands,
    ) -> None:
        self._config = config
        self._store = store
        self._journal = journal
        self._faults = faults
        self._postman = postman
        self._errands = errands
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._told: dict[str, asyncio.Event] = {}

    def take(self, message: Message) -> None:
        """Starts the message on its way."""
        self._errands.run(self._travel(message))

    def resume(self) -> None:
        """Takes up again what was under way when the process ended."""
        for message in list(self._store.newest_first()):
            if message.direction != Direction.INBOUND and message.status in UNFINISHED:
                self.take(message)

    def read(self, person: Person) -> None:
        """The person looks at the chat: all that was delivered is read."""
        for message in self._store.chat(person.key):
            if message.status == Status.DELIVERED and person.read_receipts:
                self._advance(message.sid, Status.READ)

    async def _travel(self, message: Message) -> None:
        person = self._owner(message)
        for step in journey(message, person, self._config(), time.time()):
            await asyncio.sleep(step.after_s)
            self._advance(message.sid, step.status, step.error_code)
        await asyncio.sleep(self._config().read_after_s)
        if self._owner(message).open:
            self.read(self._owner(message))

    def _owner(self, message: Message) -> Person:
        person = self._store.person(message.person)
        # A reset in the middle of a journey leaves nobody to deliver to.
        return person or Person(key=message.person, number=message.to, bsuid="", on_whatsapp=False)

    def _advance(self, sid: str, status: Status, code: int | None = None) -> None:
        message = self._store.message(sid)
        if message is None or RANKS[status] <= RANKS[Status(message.status)]:
            return
        message = self._store.keep_message(self._moved(message, status, code))
        if status == Status.DELIVERED:
            self._stop_typing(message)
        self._journal.changed("status", sid=sid, person=message.person, status=status)
        if message.status_callback:
            self._errands.run(self._tell(message, status))

    def _moved(self, message: Message, status: Status, code: int | None) -> Message:
        now = time.time()
        return replace(
            message,
            status=status,
            updated_at=now,
            error_code=code,
            from_=message.from_ or self._config().sender,
            sent_at=message.sent_at or (now if status != Status.QUEUED else None),
            times=message.times | {status: now},
        )

    def _stop_typing(self, message: Message) -> None:
        person = self._owner(message)
        if person.typing_until and self._store.person(person.key):
            self._store.keep_person(replace(person, typing_until=0.0))

    async def _tell(self, message: Message, status: Status) -> None:
        about = f"{message.to}|{message.body}|{status}"
        url = message.status_callback or ""
        form = callback_form(message, status, self._owner(message), self._config())
        post = self._postman.write("callback", url, message.sid, form)
        if self._faults.strike(Kind.CALLBACK_LOST, about):
            post.lost = True
            return
        if late := self._faults.strike(Kind.CALLBACK_LATE, about):
            await asyncio.sleep(late.delay_s)
        if swapped := self._faults.strike(Kind.CALLBACK_REORDERED, about):
            await self._overtaken(message.sid, swapped.delay_s)
        turn = self._turns.setdefault(message.sid, asyncio.Lock())
        async with turn:
            await self._postman.deliver(post)
            if self._faults.strike(Kind.CALLBACK_DUPLICATE, about):
                await self._postman.deliver(post)
        self._overtake(message.sid)

    async def _overtaken(self, sid: str, limit_s: float) -> None:
        """Waits until the next status of this message was told, or for `limit_s`."""
        event = self._told.setdefault(sid, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), limit_s)
        except TimeoutError:
            return

    def _overtake(self, sid: str) -> None:
        if event := self._told.pop(sid, None):
            event.set()
