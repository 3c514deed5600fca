"""The people behind the numbers: what they write, and the chat as their phones show it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from infra.local.twilio import addresses
from infra.local.twilio.config import Config
from infra.local.twilio.faults import Faults, Kind
from infra.local.twilio.inbound import Saying, form_of
from infra.local.twilio.journal import Journal, Post
from infra.local.twilio.postman import FAILED_TO_REACH, Postman
from infra.local.twilio.records import SEEN, Direction, Message, Person, Status
from infra.local.twilio.refusals import Code, RefusalError
from infra.local.twilio.store import Store
from infra.local.twilio.twiml import replies

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"}
START_WORDS = {"START", "YES", "UNSTOP"}
WELCOME = "You are all set! The sandbox can now send/receive messages from this number."
STRANGER = "Your number is not connected to a sandbox. Send the sandbox's join words first."

FLAGS = ("blocked", "on_whatsapp", "opted_out", "read_receipts", "hides_number")


class People:
    """Everybody with a phone. Who is not known yet has WhatsApp, and never wrote to us."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        store: Store,
        journal: Journal,
        faults: Faults,
        postman: Postman,
        carry: Callable[[Message], None],
        new_sid: Callable[[str], str],
    ) -> None:
        self._config = config
        self._store = store
        self._journal = journal
        self._faults = faults
        self._postman = postman
        self._carry = carry
        self._new_sid = new_sid

    def at(self, address: str) -> Person:
        """The person at an address, in whichever spelling; made up at first sight."""
        name = addresses.bare(address)
        if not addresses.is_valid(name):
            raise RefusalError(Code.INVALID_TO, address)
        if not name.startswith("+"):
            return self._by_bsuid(name)
        known = self._store.person(addresses.canonical(name))
        return known or self._store.keep_person(self._newcomer(name))

    def change(self, address: str, changes: Mapping[str, object]) -> Person:
        """Sets what the control API may set; anything else is refused."""
        person = self.at(address)
        for name, value in changes.items():
            good = isinstance(value, bool) if name in FLAGS else _may_be(name, value)
            if not good:
                raise RefusalError(Code.INVALID_PARAMETER, name)
        return self._keep(replace(person, **changes))  # type: ignore[arg-type]  # checked above

    def look(self, address: str, *, is_open: bool) -> Person:
        """The phone is taken up, or put away."""
        return self._keep(replace(self.at(address), open=is_open))

    def later(self, address: str | None, seconds: float) -> list[Person]:
        """As if so much time had gone by for a person's window, or for everybody's."""
        chosen = self._store.people() if address is None else [self.at(address)]
        return [self._keep(_aged(person, seconds)) for person in chosen]

    def say(self, address: str, saying: Saying) -> tuple[Message, Post | None]:
        """Keeps what the person wrote; the post to deliver, unless the sandbox keeps it."""
        person = self._heard(address, saying)
        form = self._form(person, saying)
        message = self._keep_inbound(person, form)
        if self._config().sandbox and not self._passes_sandbox(person, saying):
            return message, None
        url = self._config().webhook_url
        return message, self._postman.write("webhook", url, message.sid, form) if url else None

    async def ring(self, post: Post) -> None:
        """Delivers a webhook under the faults that are switched on."""
        about = f"{post.form['From']}|{post.form['Body']}"
        if self._faults.strike(Kind.WEBHOOK_LOST, about):
            post.lost = True
            return
        if late := self._faults.strike(Kind.WEBHOOK_LATE, about):
            await asyncio.sleep(late.delay_s)
        reached = await self._postman.deliver(post)
        if reached:
            self._reply(post)
        if self._faults.strike(Kind.WEBHOOK_DUPLICATE, about):
            await self._postman.deliver(post)
        if not reached and (fallback := self._config().fallback_url):
            trouble = {"ErrorCode": FAILED_TO_REACH, "ErrorUrl": post.url}
            again = self._postman.write("fallback", fallback, post.sid, post.form | trouble)
            await self._postman.deliver(again)

    def typing(self, sid: str, seconds: float) -> None:
        """Shows that an answer is being written; also marks the person's message read."""
        message = self._store.message(sid)
        if message is None or message.direction != Direction.INBOUND:
            raise RefusalError(Code.NOT_FOUND, "/v2/Indicators/Typing.json")
        now = time.time()
        self._store.keep_message(replace(message, times=message.times | {"read": now}))
        person = self.at(message.person)
        self._keep(replace(person, typing_until=now + seconds))

    def chat(self, address: str, *, everything: bool) -> list[dict[str, object]]:
        """The bubbles on the phone, oldest first; `everything` adds what never reached it."""
        chat = self._store.chat(self.at(address).key)
        return [_bubble(message) for message in chat if everything or message.status in SEEN]

    def _reply(self, post: Post) -> None:
        """The webhook's own answer may be a message, too."""
        answer = post.attempts[-1]
        person = self.at(post.form["From"])
        for text in replies(answer.content_type, answer.answer):
            self._carry(self._keep_reply(person, text, Status.QUEUED))

    def _keep(self, person: Person) -> Person:
        self._journal.changed("person", person=person.key)
        return self._store.keep_person(person)

    def _newcomer(self, number: str) -> Person:
        bsuid = addresses.made_up_bsuid(self._config().account_sid, number)
        return Person(key=addresses.canonical(number), number=number, bsuid=bsuid)

    def _by_bsuid(self, bsuid: str) -> Person:
        """A user id nobody here has is somebody else's: nothing reaches it."""
        known = self._store.person_by_bsuid(bsuid) or self._store.person(bsuid)
        return known or self._store.keep_person(
            Person(key=bsuid, number=bsuid, bsuid=bsuid, hides_number=True, on_whatsapp=False)
        )

    def _heard(self, address: str, saying: Saying) -> Person:
        person, name, now = self.at(address), addresses.bare(address), time.time()
        joins = saying.body.strip().casefold() == self._config().sandbox_words.casefold()
        word = saying.body.strip().upper() if self._config().keywords else ""
        left = person.opted_out and word not in START_WORDS
        profile = person.profile_name if saying.profile_name is None else saying.profile_name
        return self._keep(
            replace(
                person,
                number=name if name.startswith("+") else person.number,
                profile_name=profile,
                # Who writes has WhatsApp, whatever we thought of the number.
                on_whatsapp=True,
                last_inbound_at=now,
                joined_at=now if joins else person.joined_at,
                opted_out=left or word in STOP_WORDS,
            )
        )

    def _form(self, person: Person, saying: Saying) -> dict[str, str]:
        config = self._config()
        form = form_of(
            saying,
            sid=self._new_sid("MM" if saying.has_media else "SM"),
            person=person,
            account=config.account_sid,
            sender=config.sender,
            media_base=f"https://api.twilio.com/2010-04-01/Accounts/{config.account_sid}",
        )
        return form | _opt_out(form.get("Body", "")) if config.keywords else form

    def _keep_inbound(self, person: Person, form: Mapping[str, str]) -> Message:
        now = time.time()
        message = self._store.keep_message(
            Message(
                sid=form["MessageSid"],
                person=person.key,
                direction=Direction.INBOUND,
                status=Status.RECEIVED,
                from_=form["From"],
                to=form["To"],
                body=form.get("Body", ""),
                created_at=now,
                updated_at=now,
                sent_at=now,
                num_media=int(form.get("NumMedia") or 0),
                form=dict(form),
                times={Status.RECEIVED: now},
            )
        )
        self._journal.changed("message", sid=message.sid, person=person.key, direction="inbound")
        return message

    def _passes_sandbox(self, person: Person, saying: Saying) -> bool:
        """The sandbox answers joining and strangers itself; only members are passed on."""
        joins = saying.body.strip().casefold() == self._config().sandbox_words.casefold()
        if person.has_joined(time.time()) and not joins:
            return True
        self._keep_reply(person, WELCOME if joins else STRANGER, Status.DELIVERED)
        return False

    def _keep_reply(self, person: Person, text: str, status: Status) -> Message:
        now = time.time()
        message = self._store.keep_message(
            Message(
                sid=self._new_sid("SM"),
                person=person.key,
                direction=Direction.REPLY,
                status=status,
                from_=self._config().sender,
                to=person.address,
                body=text,
                created_at=now,
                updated_at=now,
                sent_at=now if status == Status.DELIVERED else None,
                times={status: now},
            )
        )
        self._journal.changed(
            "message", sid=message.sid, person=person.key, direction=message.direction
        )
        return message


def _aged(person: Person, seconds: float) -> Person:
    wrote, joined = person.last_inbound_at, person.joined_at
    return replace(
        person,
        last_inbound_at=None if wrote is None else wrote - seconds,
        joined_at=None if joined is None else joined - seconds,
    )


def _opt_out(body: str) -> dict[str, str]:
    word = body.strip().upper()
    kinds = {**dict.fromkeys(STOP_WORDS, "STOP"), **dict.fromkeys(START_WORDS, "START")}
    return {"OptOutType": kinds[word]} if word in kinds else {}


def _may_be(name: str, value: object) -> bool:
    if name == "fails_with":
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    return name == "profile_name" and isinstance(value, str)


def _bubble(message: Message) -> dict[str, object]:
    mine = message.direction == Direction.INBOUND
    return {
        "sid": message.sid,
        "mine": mine,
        "body": message.body,
        "at": message.created_at,
        "status": message.status,
        "ticks": _ticks(message, mine=mine),
        "times": message.times,
        "template": bool(message.content_sid),
        "error_code": message.error_code,
        "form": message.form,
    }


def _ticks(message: Message, *, mine: bool) -> str:
    """What the sender of the message sees: one, two, blue, or none."""
    if mine:
        return "blue" if "read" in message.times else "two"
    names = {Status.SENT: "one", Status.DELIVERED: "two", Status.READ: "blue"}
    return names.get(Status(message.status), "none")
