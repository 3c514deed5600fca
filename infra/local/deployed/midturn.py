"""People who write while the deployment changes under them: each gets one answer, and no two."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import httpx

from conversation.errors import Permanent
from conversation.messages import Notice
from conversation.words import Language, Words
from infra.local.flow.control import Control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THINKING_S: Final = 4.0
"""How long the simulated agent takes for an answer: long enough to be interrupted."""
PATIENCE_S: Final = 360.0
_EVERY_S: Final = 1.0
_QUIET_S: Final = 5.0
"""An answer that were sent twice would come by then."""


@dataclass(slots=True, kw_only=True)
class MidTurn:
    """So many people, who write one after the other, each once."""

    twilio: Control
    numbers: list[str]
    failures: list[str] = field(default_factory=list)
    _writing: threading.Thread | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    @classmethod
    @contextmanager
    def begun(cls, *, twilio: str, elevenlabs: str, webhook: str, people: int) -> Iterator[Self]:
        """They begin to write; the agent is slow meanwhile."""
        with _control(twilio) as phones, _control(elevenlabs) as agent:
            agent.post("/settings", {"thinking_s": THINKING_S})
            phones.post("/config", {"webhook_url": webhook})
            self = cls(twilio=phones, numbers=[f"+57314{number:07}" for number in range(people)])
            self._writing = threading.Thread(target=self._write, daemon=True)
            self._writing.start()
            try:
                yield self
            finally:
                self._stop.set()
                self._writing.join()
                agent.post("/settings", {"thinking_s": 0.05})

    def answered_once(
        self, *, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> dict[str, object]:
        """Wait for the last answer. Raises ``Permanent`` where one is missing or came twice."""
        deadline = monotonic() + PATIENCE_S
        while self._missing() and monotonic() < deadline:
            sleep(_EVERY_S)
        sleep(_QUIET_S)
        twice = [
            each for each in self.twilio.get("/log")["duplicates"] if each["why"] == "callback"
        ]
        many = [number for number in self.numbers if len(self._answers(number)) > 1]
        missing = self._missing()
        if missing or many or twice:
            raise Permanent(
                f"not answered: {missing}; answered more than once: {many}; sent twice: {twice}; "
                f"webhooks that failed: {self.failures}",
                reason="not_once",
            )
        return {"people": len(self.numbers), "by_reconciler": len(self.failures)}

    def _write(self) -> None:
        for number in self.numbers:
            self.twilio.post(f"/people/{number}/open")
            said = self.twilio.post(
                f"/people/{number}/say", {"body": f"Hola, soy {number[-4:]}", "wait": True}
            )
            # What no attempt brings in is fetched later: the sweeper looks into Twilio's list.
            attempts = (said["webhook"] or {}).get("attempts", [])
            if not attempts or attempts[-1].get("status") != httpx.codes.OK:
                self.failures.append(f"{number}: {attempts}")
            if self._stop.wait(_EVERY_S):
                return

    def _missing(self) -> list[str]:
        if self._writing is not None and self._writing.is_alive():
            return self.numbers
        return [number for number in self.numbers if not self._answers(number)]

    def _answers(self, number: str) -> list[str]:
        chat = self.twilio.get(f"/people/{number}/messages")["messages"]
        ours = [row["body"] for row in chat if not row["mine"]]
        return [body for body in ours if body not in _NOTICES]


_NOTICES: Final = {
    Words("", language, {}).notice(notice, language)
    for language in Language
    for notice in (Notice.WAITING, Notice.TROUBLE)
}


@contextmanager
def _control(url: str) -> Iterator[Control]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        yield Control(client)
