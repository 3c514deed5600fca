"""What is known of the agents."""

from __future__ import annotations

from connector.agents import GUESS_KEPT_S, KEPT_S, AgentFacts, Agents
from conversation.errors import Permanent
from conversation.signals import Recorded, Signal


class Clock:
    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def attempt(self, run, *args):
        run(*args)


class LaterStrands:
    """Jobs that run when a test says so."""

    def __init__(self):
        self.jobs = []

    def submit(self, name, job):
        self.jobs.append(job)

    def run(self):
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            try:
                result = job.work()
            except Exception as error:  # noqa: BLE001 - as the real ones do
                job.failed(error)
            else:
                job.done(result)


class Desk:
    def __init__(self, *answers):
        self.clock, self.strands, self.signals = Clock(), LaterStrands(), Recorded()
        self.answers = list(answers)
        self.got = []
        self.agents = Agents(self.clock, self.look_up, strands=self.strands, signals=self.signals)

    def look_up(self, _agent_id):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask(self):
        self.agents.facts("agent_1", self.got.append)


VOICE = AgentFacts(greets=True, text_only=False, override_allowed=True)
CLOSED = AgentFacts(text_only=False, override_allowed=False)


def test_an_agent_is_looked_up_once_for_all_who_ask():
    desk = Desk(VOICE)
    desk.ask()
    desk.ask()

    desk.strands.run()

    assert desk.got == [VOICE, VOICE]


def test_what_is_known_is_given_at_once_for_a_while():
    desk = Desk(VOICE, CLOSED)
    desk.ask()
    desk.strands.run()

    desk.clock.time = KEPT_S - 1
    desk.ask()
    assert desk.got == [VOICE, VOICE]

    desk.clock.time = KEPT_S
    desk.ask()
    desk.strands.run()
    assert desk.got[-1] == CLOSED


def test_an_agent_that_cannot_be_looked_up_is_guessed_and_asked_again_sooner():
    desk = Desk(Permanent("no", reason="auth"), VOICE)
    desk.ask()
    desk.strands.run()
    assert desk.got == [AgentFacts()]
    assert desk.signals.names() == [Signal.PROVIDER_FAILED]

    desk.clock.time = GUESS_KEPT_S
    desk.ask()
    desk.strands.run()
    assert desk.got[-1] == VOICE


def test_what_was_known_is_better_than_a_guess():
    desk = Desk(VOICE, Permanent("no", reason="auth"))
    desk.ask()
    desk.strands.run()
    desk.clock.time = KEPT_S

    desk.ask()
    desk.strands.run()

    assert desk.got[-1] == VOICE


def test_an_agent_for_voice_that_allows_no_text_is_told_with_the_toggle():
    desk = Desk(CLOSED)
    desk.ask()

    desk.strands.run()

    ((signal, keys),) = desk.signals
    assert signal is Signal.AGENT_MISCONFIGURED
    assert "conversation.text_only" in keys["remedy"]
    assert desk.agents.known("agent_1").override is None


def test_what_is_wrong_with_an_agent_is_told_once_until_it_changes():
    desk = Desk(CLOSED, CLOSED, VOICE, CLOSED)
    told = []
    for look in range(4):
        desk.clock.time = look * KEPT_S
        desk.ask()
        desk.strands.run()
        told.append(desk.signals.names().count(Signal.AGENT_MISCONFIGURED))

    assert told == [1, 1, 1, 2]


def test_an_agent_for_text_needs_no_override():
    assert AgentFacts(text_only=True).override is None
    assert VOICE.override is True
    assert Desk().agents.known(None).override is True
