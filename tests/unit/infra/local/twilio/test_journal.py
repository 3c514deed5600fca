import asyncio

from infra.local.twilio.journal import Journal, duplicates
from infra.local.twilio.records import Message


def a_message(sid, body="hola", callback=None, direction="outbound-api"):
    return Message(
        sid=sid,
        person="+2",
        direction=direction,
        status="queued",
        to="whatsapp:+2",
        created_at=1.0,
        updated_at=1.0,
        body=body,
        status_callback=callback,
    )


def test_the_same_words_or_the_same_id_are_reported_each_for_what_it_is():
    found = duplicates(
        [
            a_message("SM1", "a", "http://x/?m=1"),
            a_message("SM2", "b", "http://x/?m=1"),
            a_message("SM3", "b", "http://x/?m=2"),
            a_message("SM4", "c", "http://x/"),
            a_message("SM5", "d", "http://x/"),
            a_message("SM6", "c", direction="inbound"),
        ]
    )

    assert [(each["why"], each["sids"]) for each in found] == [
        ("callback", ["SM1", "SM2"]),
        ("text", ["SM2", "SM3"]),
    ]


def test_a_follower_from_before_a_restart_is_told_everything():
    journal = Journal()
    journal.changed("message", sid="SM1")

    news = asyncio.run(journal.changes_after(99, 0))

    assert news == {"last": 1, "changes": [{"n": 1, "what": "message", "sid": "SM1"}]}


def test_who_waits_is_woken_by_a_change():
    async def waits():
        journal = Journal()
        waiting = asyncio.create_task(journal.changes_after(0, 60))
        await asyncio.sleep(0)
        journal.changed("typing")
        return await waiting

    assert asyncio.run(waits())["last"] == 1


def test_numbers_go_on_after_forgetting():
    journal = Journal()
    journal.changed("message")

    journal.forget()

    assert asyncio.run(journal.changes_after(1, 0))["changes"] == [{"n": 2, "what": "reset"}]
