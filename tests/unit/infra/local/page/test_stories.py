"""Events that belong together stand together."""

from conversation.signals import Signal
from infra.local.page.happenings import Happening
from infra.local.page.stories import KEPT, STEPS_KEPT, SYSTEM, About, Stories

M1, M2 = "01JE1", "01JE2"


def a_happening(signal, at=1.0, *, contact="ANA", **words):
    return Happening(at=at, signal=signal, service="s", contact_id=contact, facts={}, **words)


def signals(story):
    return [step.signal for step in story.steps]


def test_a_message_its_turn_and_its_answers_are_one_story():
    stories = Stories()

    changed, gone = stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1),
            a_happening(Signal.TURN_ASKED, 1.2, turn=M1),
            a_happening(Signal.REPLY_SENT, 1.5, message_key=f"{M1}~001"),
        ]
    )

    assert gone == []
    (story,) = changed
    assert (story.key, story.about) == (M1, About.MESSAGE)
    assert signals(story) == [Signal.MESSAGE_STORED, Signal.TURN_ASKED, Signal.REPLY_SENT]


def test_what_processes_write_late_takes_its_place_by_time():
    stories = Stories()
    stories.tell([a_happening(Signal.REPLY_SENT, 2.0, message_key=f"{M1}~001")])

    stories.tell([a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1)])

    assert signals(stories.all()[0]) == [Signal.MESSAGE_STORED, Signal.REPLY_SENT]


def test_messages_asked_together_become_one_story_under_the_turn():
    stories = Stories()
    stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1),
            a_happening(Signal.MESSAGE_STORED, 1.1, message_key=M2),
        ]
    )

    _, gone = stories.tell([a_happening(Signal.TURN_ASKED, 1.4, turn=M2)])

    assert gone == [M1]
    (story,) = stories.all()
    assert [step.at for step in story.steps] == [1.0, 1.1, 1.4]


def test_what_is_said_later_of_a_message_that_joined_a_turn_follows_it():
    stories = Stories()
    stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1),
            a_happening(Signal.TURN_ASKED, 1.4, turn=M2),
        ]
    )

    stories.tell([a_happening(Signal.MESSAGE_REPEATED, 1.6, message_key=M1)])

    assert [story.key for story in stories.all()] == [M2]


def test_a_message_that_was_answered_stays_a_story_of_its_own():
    stories = Stories()
    stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1),
            a_happening(Signal.REPLY_SENT, 1.1, message_key=f"{M1}~001"),
        ]
    )

    _, gone = stories.tell([a_happening(Signal.TURN_ASKED, 1.4, turn=M2)])

    assert gone == []
    assert [story.key for story in stories.all()] == [M1, M2]


def test_messages_of_another_person_never_join():
    stories = Stories()
    stories.tell([a_happening(Signal.MESSAGE_STORED, 1.0, contact="LUIS", message_key=M1)])

    _, gone = stories.tell([a_happening(Signal.TURN_ASKED, 1.4, turn=M2)])

    assert gone == []


def test_a_socket_belongs_to_the_newest_story_of_its_contact():
    stories = Stories()
    stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 1.0, message_key=M1),
            a_happening(Signal.MESSAGE_STORED, 1.1, contact="LUIS", message_key=M2),
        ]
    )

    changed, _ = stories.tell([a_happening(Signal.SOCKET_OPENED, 1.2)])

    assert [story.key for story in changed] == [M1]


def test_a_call_and_its_opener_are_one_story_whatever_names_them():
    stories = Stories()

    stories.tell(
        [
            a_happening(Signal.CONVERSATION_STARTED, 1.0, call_id="conv_1", message_key=M1),
            a_happening(Signal.RECIPIENT_DECIDED, 1.1, call_id="conv_1"),
            a_happening(Signal.REPLY_SENT, 1.2, message_key=M1),
        ]
    )

    (story,) = stories.all()
    assert story.about is About.CALL
    assert len(story.steps) == 3


def test_a_call_that_was_decided_before_it_started_is_the_same_story():
    stories = Stories()

    stories.tell(
        [
            a_happening(Signal.RECIPIENT_DECIDED, 1.0, contact="", call_id="conv_1"),
            a_happening(Signal.CONVERSATION_STARTED, 2.0, call_id="conv_1", message_key=M1),
            a_happening(Signal.DELIVERY_UPDATED, 3.0, message_key=M1),
        ]
    )

    (story,) = stories.all()
    assert len(story.steps) == 3
    assert story.contact_id == "ANA"


def test_what_concerns_nobody_is_the_systems_own():
    stories = Stories()

    stories.tell(
        [
            a_happening(Signal.CONNECTOR_STARTED, contact=""),
            a_happening(Signal.DOORBELL_TAKEN, contact="", message_key=M1),
        ]
    )

    assert [(s.key, s.about) for s in stories.all()] == [(SYSTEM, About.SYSTEM)]


def test_what_comes_every_few_seconds_is_not_told():
    changed, _ = Stories().tell([a_happening(Signal.SWEEP_FINISHED, contact="")])

    assert changed == []


def test_old_stories_and_old_steps_are_let_go():
    stories = Stories()

    _, gone = stories.tell(
        a_happening(Signal.MESSAGE_STORED, n, message_key=f"01J{n:03}") for n in range(KEPT + 5)
    )
    stories.tell(a_happening(Signal.SHARD_TAKEN, n, contact="") for n in range(STEPS_KEPT + 5))

    assert gone == [f"01J{n:03}" for n in range(5)]
    assert max(len(story.steps) for story in stories.all()) == STEPS_KEPT


def test_a_story_is_told_in_milliseconds_since_it_began():
    stories = Stories()
    stories.tell(
        [
            a_happening(Signal.MESSAGE_STORED, 10.0, message_key=M1),
            a_happening(Signal.TURN_ASKED, 10.25, turn=M1),
        ]
    )

    told = stories.all()[0].document({"ANA": "+1202"}.get)

    assert told["number"] == "+1202"
    assert [step["ms"] for step in told["steps"]] == [0, 250]
    assert told["steps"][0]["parts"][0] == "webhook"
