from dataclasses import replace

from tests.chaos import checker
from tests.chaos.facts import Asked, Facts, Killed, Sent, Wrote, token_of, tokens_in

ANA, LUIS = 1, 2


def a_message(person, n, at, *, accepted_at=None):
    body = f"hola {token_of(person, n)}"
    return Wrote(person=person, at=at, body=body, accepted_at=accepted_at or at + 0.1)


def an_answer(to, text, at, **words):
    sid = words.pop("sid", f"SM{at}")
    return Sent(person=to, at=at, sid=sid, body=f"Entiendo. {text}", **words)


def a_question(*tokens, session="conv_1", at=0.0):
    return Asked(session=session, at=at, tokens=frozenset(tokens))


def asked_for(*sent):
    """Each answer's question, as the agent must have heard it."""
    return tuple(
        Asked(session=f"of {s.sid}", at=s.at - 0.1, tokens=tokens_in(s.body)) for s in sent
    )


def a_story(wrote, sent, **words):
    return Facts(wrote=tuple(wrote), sent=tuple(sent), asked=asked_for(*sent), **words)


A0, A1, L0 = token_of(ANA, 0), token_of(ANA, 1), token_of(LUIS, 0)


def test_a_conversation_in_order_is_without_fault():
    story = a_story(
        [a_message(ANA, 0, 1), a_message(ANA, 1, 5), a_message(LUIS, 0, 2)],
        [an_answer(ANA, A0, 2), an_answer(ANA, A1, 6), an_answer(LUIS, L0, 3)],
    )

    assert checker.judge(story) == checker.Verdict()
    assert checker.judge(story).ok


def test_two_messages_answered_as_one_are_without_fault():
    story = a_story(
        [a_message(ANA, 0, 1), a_message(ANA, 1, 1.2)], [an_answer(ANA, f"{A0} {A1}", 3)]
    )

    assert checker.judge(story).ok


def test_a_message_that_no_answer_names_is_lost():
    story = a_story([a_message(ANA, 0, 1), a_message(ANA, 1, 5)], [an_answer(ANA, A0, 2)])

    assert checker.judge(story).lost == [A1]


def test_a_message_whose_webhook_never_got_through_is_lost_as_well():
    wrote = replace(a_message(ANA, 0, 1), accepted_at=None)

    assert checker.judge(a_story([wrote], [])).lost == [A0]


def test_an_answer_that_twilio_could_not_deliver_is_none():
    story = a_story([a_message(ANA, 0, 1)], [an_answer(ANA, A0, 2, failed=True)])

    assert checker.judge(story).lost == [A0]


def test_an_answer_given_to_somebody_else_is_lost_and_at_the_wrong_person():
    story = a_story([a_message(ANA, 0, 1)], [an_answer(LUIS, A0, 2)])

    verdict = checker.judge(story)

    assert verdict.lost == [A0]
    assert verdict.wrong_person == [f"{A0} to p{LUIS}"]


def test_two_answers_to_one_message_are_a_duplicate():
    story = a_story([a_message(ANA, 0, 1)], [an_answer(ANA, A0, 2), an_answer(ANA, A0, 9)])

    assert checker.judge(story).duplicated == [A0]


def test_an_item_that_went_out_twice_is_a_duplicate_even_without_a_token():
    notice = Sent(person=ANA, at=1, sid="SM1", body="Un momento", callback="https://x/?key=1")

    verdict = checker.judge(a_story([], [notice, replace(notice, sid="SM2")]))

    assert verdict.duplicated == ["item https://x/?key=1"]


def test_answers_in_reverse_are_reordered_where_the_first_was_in_before_the_second_was_written():
    wrote = [a_message(ANA, 0, 1), a_message(ANA, 1, 5)]
    sent = [an_answer(ANA, A1, 6), an_answer(ANA, A0, 7)]

    assert checker.judge(a_story(wrote, sent)).reordered == [f"{A0} after {A1}"]


def test_answers_in_reverse_are_no_fault_where_the_first_came_in_late():
    wrote = [a_message(ANA, 0, 1, accepted_at=130), a_message(ANA, 1, 5)]
    sent = [an_answer(ANA, A1, 6), an_answer(ANA, A0, 131)]

    assert checker.judge(a_story(wrote, sent)).reordered == []


def test_an_answer_to_what_was_never_asked_so_is_crossed():
    story = Facts(
        wrote=(a_message(ANA, 0, 1), a_message(ANA, 1, 2)),
        sent=(an_answer(ANA, f"{A0} {A1}", 3),),
        asked=(a_question(A0), a_question(A1)),
    )

    assert len(checker.judge(story).crossed) == 1


def test_a_question_in_which_two_people_are_mixed_is_crossed():
    story = Facts(asked=(a_question(A0, L0, session="conv_7"),))

    assert checker.judge(story).crossed == [f"{A0} {L0} (conv_7)", "session conv_7"]


def test_a_session_shared_by_two_people_is_crossed():
    story = Facts(asked=(a_question(A0, session="conv_7"), a_question(L0, session="conv_7")))

    assert checker.judge(story).crossed == ["session conv_7"]


def test_what_arrives_more_than_ten_seconds_after_an_opt_out_is_a_fault():
    left = Wrote(person=ANA, at=10, body="BAJA", accepted_at=10.2)
    in_time, late = an_answer(ANA, A0, 20.1), an_answer(ANA, A1, 20.3)

    verdict = checker.judge(a_story([left], [in_time, late]))

    assert verdict.after_opt_out == [f"{late.sid} to p{ANA}"]


def test_one_confirmation_may_come_after_an_opt_out_and_no_second_one():
    left = Wrote(person=ANA, at=10, body=" baja ", accepted_at=10.2)
    words = "Listo, no le enviaremos más mensajes. Si cambia de opinión, escriba ALTA."
    first = Sent(person=ANA, at=30, sid="SM1", body=words)
    second = replace(first, at=31, sid="SM2")

    assert checker.judge(a_story([left], [first])).after_opt_out == []
    assert checker.judge(a_story([left], [first, second])).after_opt_out == [f"SM2 to p{ANA}"]


def test_who_has_come_back_is_answered_again():
    left = Wrote(person=ANA, at=10, body="BAJA", accepted_at=10.2)
    back = Wrote(person=ANA, at=40, body="ALTA", accepted_at=40.2)

    assert checker.judge(a_story([left, back], [an_answer(ANA, A0, 50)])).after_opt_out == []


def test_nobody_owes_an_answer_to_who_opted_out():
    left = Wrote(person=ANA, at=3, body="BAJA", accepted_at=3.2)

    assert checker.judge(a_story([a_message(ANA, 0, 2), left], [])).lost == []


def test_whom_a_batch_called_gets_exactly_one_opener():
    opener = Sent(person=ANA, at=1, sid="SM1", body="Hola", template=True, callback="a")
    called = frozenset({ANA})

    none = checker.judge(Facts(called=called))
    one = checker.judge(Facts(called=called, sent=(opener,)))
    two = checker.judge(
        Facts(called=called, sent=(opener, replace(opener, sid="SM2", callback="b")))
    )

    assert none.lost == [f"opener of p{ANA}"]
    assert one.ok
    assert two.duplicated == [f"opener of p{ANA}"]


def test_recovery_counts_from_the_kill_to_the_first_answer_that_was_asked_after_it():
    story = Facts(
        wrote=(a_message(ANA, 0, 95), a_message(ANA, 1, 101)),
        sent=(an_answer(ANA, A0, 102), an_answer(ANA, A1, 112)),
        asked=(a_question(A0, at=99), a_question(A1, at=111)),
        kills=(Killed(at=100, shards=frozenset({3})),),
    )

    assert checker.recoveries(story, lambda _: 3) == [12]


def test_where_the_next_owner_is_killed_too_the_clock_starts_anew():
    story = Facts(
        wrote=(a_message(ANA, 0, 95), a_message(ANA, 1, 101)),
        sent=(an_answer(ANA, A0, 102), an_answer(ANA, A1, 112)),
        asked=(a_question(A0, at=99), a_question(A1, at=111)),
        kills=tuple(Killed(at=at, shards=frozenset({3})) for at in (100, 108)),
    )

    assert checker.recoveries(story, lambda _: 3) == [4]


def test_recovery_is_not_measured_where_nobody_of_the_shard_wrote():
    story = Facts(
        wrote=(a_message(ANA, 0, 101),),
        sent=(an_answer(ANA, A0, 102),),
        asked=(a_question(A0, at=101.5),),
        kills=(Killed(at=100, shards=frozenset({3})),),
    )

    assert checker.recoveries(story, lambda _: 1) == []


def test_a_wait_is_counted_from_the_200_to_the_answer():
    story = a_story(
        [a_message(ANA, 0, 1, accepted_at=1.5), a_message(ANA, 1, 5)], [an_answer(ANA, A0, 4)]
    )

    assert checker.waits(story) == [2.5]


def test_what_the_agent_was_asked_more_than_once_is_told():
    story = Facts(asked=(a_question(A0), a_question(A0, A1), a_question(L0)))

    assert checker.asked_again(story) == [A0]


def test_a_quantile_of_nothing_is_nothing():
    assert checker.quantile([], 0.95) is None
    assert checker.quantile([3, 1, 2], 0.95) == 3
    assert checker.quantile([3, 1, 2], 0.5) == 2
    assert checker.quantile(range(1, 21), 0.95) == 19
