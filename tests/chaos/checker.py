"""Judges what the simulators saw. Pure: the same facts give the same verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil
from typing import TYPE_CHECKING

from tests.chaos.facts import author_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.chaos.facts import Asked, Facts, Killed, Sent, Wrote

OPT_OUTS = frozenset({"BAJA", "STOP"})
OPT_INS = frozenset({"ALTA", "START"})
CONFIRMATIONS = ("Listo, no le enviaremos más mensajes", "Done, we will not message you again")
SILENT_AFTER_S = 10.0
"""What is under way when somebody opts out may still arrive; later nothing may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What went wrong, each case by the words one searches the logs with."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)
    wrong_person: list[str] = field(default_factory=list)
    after_opt_out: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)


def judge(facts: Facts) -> Verdict:
    return Verdict(
        lost=lost(facts),
        duplicated=duplicated(facts),
        reordered=reordered(facts),
        crossed=crossed(facts),
        wrong_person=wrong_person(facts),
        after_opt_out=after_opt_out(facts),
    )


def lost(facts: Facts) -> list[str]:
    """Messages that no answer names, and calls that no opener followed."""
    answers = _answers(facts)
    excused = _written_when_opted_out(facts)
    messages = [
        token
        for wrote in facts.wrote
        for token in sorted(wrote.tokens)
        if token not in answers and token not in excused
    ]
    opened = {sent.person for sent in facts.sent if sent.template}
    return messages + [f"opener of p{person}" for person in sorted(facts.called - opened)]


def duplicated(facts: Facts) -> list[str]:
    """Tokens that several messages answer, items that went out twice, openers beside the first.

    An answer of several parts would echo its token in the last one only; a message that Twilio
    took and could not deliver may be said again.
    """
    counted = Counter(token for sent in facts.sent if not sent.failed for token in _own(sent))
    twice = {token for token, times in counted.items() if times > 1}
    callbacks = Counter(s.callback for s in facts.sent if s.callback)
    of_twice = {s.callback for s in facts.sent if s.tokens & twice}
    items = [f"item {c}" for c, times in callbacks.items() if times > 1 and c not in of_twice]
    openers = Counter(sent.person for sent in facts.sent if sent.template)
    again = [f"opener of p{person}" for person, times in openers.items() if times > 1]
    return sorted(twice) + items + again


def reordered(facts: Facts) -> list[str]:
    """Pairs of which the first had its 200 before the second was written, answered in reverse."""
    answers = _answers(facts)
    found = []
    for theirs in _by_person(facts.wrote).values():
        spoken = [w for w in sorted(theirs, key=lambda w: w.at) if _answered(w, answers)]
        for one, other in combinations(spoken, 2):
            before = one.accepted_at is not None and one.accepted_at < other.at
            if before and _first(one, answers) > _first(other, answers):
                found.append(f"{min(one.tokens)} after {min(other.tokens)}")
    return found


def crossed(facts: Facts) -> list[str]:
    """Answers to what was never asked so, and questions in which two people's words are mixed."""
    questions = {asked.tokens for asked in facts.asked}
    answers = [
        f"{' '.join(sorted(sent.tokens))} ({sent.sid})"
        for sent in facts.sent
        if sent.tokens and sent.tokens not in questions
    ]
    mixed = [
        f"{' '.join(sorted(asked.tokens))} ({asked.session})"
        for asked in facts.asked
        if len({author_of(token) for token in asked.tokens}) > 1
    ]
    shared = [f"session {name}" for name, people in _sessions(facts.asked) if len(people) > 1]
    return answers + mixed + shared


def wrong_person(facts: Facts) -> list[str]:
    return [
        f"{token} to p{sent.person}"
        for sent in facts.sent
        for token in sorted(sent.tokens)
        if author_of(token) != sent.person
    ]


def after_opt_out(facts: Facts) -> list[str]:
    """Whatever went to somebody who had left for more than 10 s, but the one confirmation."""
    found = []
    sent_to = _by_person(facts.sent)
    for person, since, until in _silences(facts.wrote):
        late = [s for s in sent_to.get(person, []) if since + SILENT_AFTER_S < s.at < until]
        confirmations = [s for s in late if s.body.startswith(CONFIRMATIONS)]
        found += [f"{s.sid} to p{person}" for s in late if s not in confirmations[:1]]
    return found


def recoveries(facts: Facts, shard_of: Callable[[int], int]) -> list[float]:
    """For each shard of a killed connector: how long until its first answer again.

    Only what was asked after the kill counts; the clock starts with the kill, or with the first
    message that is waiting after it. Where the next owner is killed before it answered anybody,
    the clock starts anew: each kill is one, and is measured once.
    """
    found = []
    for kill in facts.kills:
        for shard in sorted(kill.shards):
            span = _recovery(facts, kill, lambda p, s=shard: shard_of(p) == s)
            struck_again = any(
                shard in other.shards and kill.at < other.at < span[1]
                for other in facts.kills
                if span is not None
            )
            if span is not None and not struck_again:
                found.append(span[1] - span[0])
    return found


def _recovery(
    facts: Facts, kill: Killed, at_home: Callable[[int], bool]
) -> tuple[float, float] | None:
    """From when somebody waited, and when the shard answered."""
    answers = _answers(facts)
    waiting = [
        max(kill.at, wrote.accepted_at)
        for wrote in facts.wrote
        if wrote.accepted_at is not None
        and at_home(wrote.person)
        and _answered(wrote, answers)
        and _first(wrote, answers) > kill.at
    ]
    asked = {token for a in facts.asked if a.at > kill.at for token in a.tokens}
    first = [
        sent.at
        for sent in facts.sent
        if sent.at > kill.at and at_home(sent.person) and sent.tokens & asked
    ]
    return (min(waiting), min(first)) if first and waiting else None


def waits(facts: Facts) -> list[float]:
    """For each answered message: from its 200 to its answer."""
    answers = _answers(facts)
    return [
        _first(wrote, answers) - wrote.accepted_at
        for wrote in facts.wrote
        if wrote.accepted_at is not None and _answered(wrote, answers)
    ]


def asked_again(facts: Facts) -> list[str]:
    """Tokens that the agent was asked more than once: right after a crash, wrong otherwise."""
    counted = Counter(token for asked in facts.asked for token in asked.tokens)
    return sorted(token for token, times in counted.items() if times > 1)


def quantile(values: Iterable[float], part: float) -> float | None:
    """The nearest rank: the least value that this part of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, ceil(part * len(ranked)) - 1)] if ranked else None


def _answers(facts: Facts) -> dict[str, float]:
    """When each token was first answered, to its own author."""
    answers: dict[str, float] = {}
    for sent in facts.sent:
        for token in _own(sent) if not sent.failed else ():
            answers[token] = min(sent.at, answers.get(token, sent.at))
    return answers


def _own(sent: Sent) -> frozenset[str]:
    return frozenset(token for token in sent.tokens if author_of(token) == sent.person)


def _answered(wrote: Wrote, answers: dict[str, float]) -> bool:
    return bool(wrote.tokens) and wrote.tokens <= answers.keys()


def _first(wrote: Wrote, answers: dict[str, float]) -> float:
    return min(answers[token] for token in wrote.tokens)


def _by_person(rows: Iterable[Wrote] | Iterable[Sent]) -> dict[int, list]:
    groups = defaultdict(list)
    for row in rows:
        groups[row.person].append(row)
    return groups


def _sessions(asked: Iterable[Asked]) -> list[tuple[str, set[int]]]:
    people: dict[str, set[int]] = defaultdict(set)
    for each in asked:
        people[each.session] |= {author_of(token) for token in each.tokens}
    return list(people.items())


def _silences(wrote: Iterable[Wrote]) -> list[tuple[int, float, float]]:
    """(person, from the 200 of an opt-out, until they write an opt-in or for ever)."""
    found = []
    for person, theirs in _by_person(wrote).items():
        words = sorted(theirs, key=lambda w: w.at)
        for n, left in enumerate(words):
            if left.body.strip().upper() in OPT_OUTS and left.accepted_at is not None:
                back = (w.at for w in words[n + 1 :] if w.body.strip().upper() in OPT_INS)
                found.append((person, left.accepted_at, next(back, float("inf"))))
    return found


def _written_when_opted_out(facts: Facts) -> frozenset[str]:
    """Nobody owes these an answer: what was still open when its author opted out."""
    opt_outs = {wrote.person for wrote in facts.wrote if wrote.body.strip().upper() in OPT_OUTS}
    return frozenset(
        token for wrote in facts.wrote if wrote.person in opt_outs for token in wrote.tokens
    )
