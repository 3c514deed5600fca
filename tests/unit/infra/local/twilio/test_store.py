from contextlib import closing
from dataclasses import replace

from infra.local.twilio.records import Message, Person, Status
from infra.local.twilio.store import Store
from infra.local.twilio.templates import Template


def a_message(sid, at, person="+2", status=Status.QUEUED):
    words = {"direction": "outbound-api", "to": "whatsapp:+2", "body": f"¡hola {sid}! 😀"}
    return Message(
        sid=sid,
        person=person,
        status=status,
        created_at=at,
        updated_at=at,
        times={"x": at},
        **words,
    )


def test_all_records_are_read_back_as_they_were(tmp_path):
    ana = Person(key="+2", number="+2", bsuid="US.1", profile_name="Ana")
    template = Template(sid="HX" + "0" * 32, body="Hola {{1}}", variables={"1": "x"})
    with closing(Store(tmp_path)) as store:
        message = store.keep_message(a_message("SM1", 1.0))
        store.keep_person(ana)
        store.keep_template(template)

    with closing(Store(tmp_path)) as store:
        assert store.message("SM1") == message
        assert store.person("+2") == store.person_by_bsuid("US.1") == ana
        assert store.template(template.sid) == template
        assert store.chat("+2") == [message]


def test_messages_keep_their_order_through_changes_and_restarts(tmp_path):
    with closing(Store(tmp_path)) as store:
        first = store.keep_message(a_message("SM1", 1.0))
        store.keep_message(a_message("SM2", 2.0))
        store.keep_message(replace(first, status=Status.READ))

    with closing(Store(tmp_path)) as store:
        assert [message.sid for message in store.newest_first()] == ["SM2", "SM1"]
        assert [message.status for message in store.chat("+2")] == ["read", "queued"]


def test_forgetting_keeps_the_templates(tmp_path):
    with closing(Store(tmp_path)) as store:
        store.keep_message(a_message("SM1", 1.0))
        store.keep_person(Person(key="+2", number="+2", bsuid="US.1"))
        store.keep_template(Template(sid="HX" + "0" * 32, body="Hola"))

        store.forget()

        assert list(store.newest_first()) == store.people() == store.chat("+2") == []
        assert len(store.templates()) == 1
    with closing(Store(tmp_path)) as store:
        assert store.people() == []


def test_fields_that_are_no_more_are_left_out():
    document = Person(key="+2", number="+2", bsuid="US.1").document() | {"shoe_size": 43}

    assert Person.from_document(document).number == "+2"
