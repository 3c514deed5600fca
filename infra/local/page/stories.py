"""Happenings put together into stories: one for each turn, each call, and the machine itself.

A message, the turn that it became and the answers to it share a key (``<turn>~001``), so that they
tell themselves apart. What carries no key (a socket that opens) belongs to the newest story of its
contact. Messages that became one turn are known by that turn's key, which is the last one's.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from conversation.signals import Signal
from infra.local.page.parts import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.local.page.happenings import Happening

KEPT: Final = 60
STEPS_KEPT: Final = 80
SYSTEM: Final = "system"

QUIET: Final = frozenset({Signal.SWEEP_FINISHED, Signal.BATCH_SEEN})
"""They come every few seconds and say that all is well."""


class About(StrEnum):
    """What a story is about."""

    MESSAGE = "message"
    CALL = "call"
    SYSTEM = "system"


_CALL_SIGNALS: Final = frozenset(
    {
        Signal.CONVERSATION_STARTED,
        Signal.CONVERSATION_NOT_STARTED,
        Signal.RECIPIENT_DECIDED,
        Signal.OPENER_SKIPPED,
        Signal.OPENER_NEEDS_TEMPLATE,
    }
)


@dataclass(slots=True)
class Story:
    """Events that belong together, in the order of their times. ``asked`` once a turn was made."""

    key: str
    about: About
    contact_id: str = ""
    asked: bool = False
    steps: list[Happening] = field(default_factory=list)

    def add(self, happening: Happening) -> None:
        """Take one more, in its place."""
        self.steps.append(happening)
        self.steps.sort(key=lambda step: step.at)
        del self.steps[:-STEPS_KEPT]
        self.contact_id = self.contact_id or happening.contact_id

    def document(self, number_of: Callable[[str], str]) -> dict[str, object]:
        """The story for the page; ``number_of`` names the person behind a contact id, or ""."""
        return {
            "key": self.key,
            "about": self.about,
            "contact": self.contact_id[:6],
            "number": number_of(self.contact_id),
            "began": self.steps[0].at,
            "steps": [_step(step, self.steps[0].at) for step in self.steps],
        }


class Stories:
    """The newest stories. ``gone`` are keys that became part of another story."""

    def __init__(self) -> None:
        self._stories: OrderedDict[str, Story] = OrderedDict()
        self._same: dict[str, str] = {}

    def tell(self, happenings: Iterable[Happening]) -> tuple[list[Story], list[str]]:
        """Take what happened; give the stories that changed and the keys of those that are gone."""
        touched: dict[str, Story] = {}
        gone: list[str] = []
        for happening in sorted(happenings, key=lambda one: one.at):
            if happening.signal not in QUIET:
                story = self._story(happening)
                story.add(happening)
                gone += self._joined(story, happening)
                touched[story.key] = story
        while len(self._stories) > KEPT:
            gone.append(self._stories.popitem(last=False)[0])
        return [story for key, story in touched.items() if key in self._stories], gone

    def all(self) -> list[Story]:
        """Every story kept, the oldest first."""
        return list(self._stories.values())

    def _story(self, happening: Happening) -> Story:
        key = self._key(happening)
        story = self._stories.get(key)
        if story is None:
            story = self._stories[key] = Story(key, _about(happening), happening.contact_id)
        if happening.call_id:
            self._same[happening.call_id] = key
        return story

    def _key(self, happening: Happening) -> str:
        if not happening.contact_id and not happening.call_id:
            return SYSTEM
        own = (happening.turn or happening.message_key).partition("~")[0]
        if own:
            return self._following(own, happening.call_id)
        if happening.call_id:
            return self._same.get(happening.call_id, happening.call_id)
        return self._newest(happening.contact_id)

    def _following(self, own: str, call_id: str) -> str:
        """The story of a key; an opener's goes on with what was known of its call."""
        if own not in self._same and call_id in self._same:
            self._same[own] = self._same[call_id]
        return self._same.get(own, own)

    def _newest(self, contact_id: str) -> str:
        mine = [s for s in self._stories.values() if s.contact_id == contact_id]
        return max(mine, key=lambda story: story.steps[-1].at).key if mine else contact_id

    def _joined(self, turn: Story, happening: Happening) -> list[str]:
        """Messages not asked before are asked with this turn: their stories end in it."""
        if happening.signal is not Signal.TURN_ASKED or turn.asked:
            return []
        turn.asked = True
        joined = [story for story in self._stories.values() if _waits_for(story, turn)]
        for story in joined:
            self._same[story.key] = turn.key
            for step in story.steps:
                turn.add(step)
            del self._stories[story.key]
        return [story.key for story in joined]


def _about(happening: Happening) -> About:
    if not happening.contact_id and not happening.call_id:
        return About.SYSTEM
    return About.CALL if happening.signal in _CALL_SIGNALS else About.MESSAGE


def _waits_for(story: Story, turn: Story) -> bool:
    return (
        story.contact_id == turn.contact_id
        and story.key < turn.key
        and not story.asked
        and _is_said(story)
        and not _is_answered(story)
    )


def _is_said(story: Story) -> bool:
    return any(step.signal is Signal.MESSAGE_STORED for step in story.steps)


def _is_answered(story: Story) -> bool:
    ends = {Signal.ANSWER_STORED, Signal.NOTICE_STORED, Signal.REPLY_CLAIMED, Signal.REPLY_SENT}
    return any(step.signal in ends for step in story.steps)


def _step(step: Happening, began: float) -> dict[str, object]:
    return {
        "signal": step.signal,
        "ms": round((step.at - began) * 1000),
        "service": step.service,
        "parts": parts_of(step.signal, step.service, step.facts),
        "facts": dict(step.facts),
    }
