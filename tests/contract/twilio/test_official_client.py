"""The official client believes that the stand-in is Twilio."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

ANA = "whatsapp:+5215512345678"
SENDER = "whatsapp:+14155238886"
SERVICE = "MG" + "c" * 32
TEMPLATE = "HX" + "d" * 32
KEY, SECRET = "SK" + "b" * 32, "key secret"


def test_a_created_message_is_queued_and_can_be_fetched(client):
    made = client.messages.create(to=ANA, from_=SENDER, body="  ¡Hola! 👋 1+1  ")

    read = client.messages(made.sid).fetch()

    assert (made.status, made.direction, made.error_code) == ("queued", "outbound-api", None)
    assert (read.body, read.to, read.from_) == ("  ¡Hola! 👋 1+1  ", ANA, SENDER)
    assert abs(datetime.now(UTC) - read.date_created) < timedelta(seconds=5)


def test_a_messaging_service_accepts_without_naming_the_sender(client, sim):
    made = client.messages.create(to=ANA, messaging_service_sid=SERVICE, body="hola")

    assert (made.status, made.from_) == ("accepted", None)
    sim.eventually(lambda: client.messages(made.sid).fetch().from_ == SENDER)


def test_an_api_key_opens_the_account(sim, client_at):
    by_key = client_at(sim.url, KEY, SECRET)

    assert by_key.messages.create(to=ANA, from_=SENDER, body="hola").sid.startswith("SM")


@pytest.mark.parametrize("secret", ["wrong", " "])
def test_wrong_credentials_are_refused_with_20003(sim, client_at, secret):
    stranger = client_at(sim.url, KEY, secret)

    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=ANA, from_=SENDER, body="hola")

    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_a_list_is_paged_newest_first_without_gaps(client):
    sids = [client.messages.create(to=ANA, from_=SENDER, body=f"n {n}").sid for n in range(7)]

    listed = [message.sid for message in client.messages.list(page_size=3)]

    assert listed == sids[::-1]


def test_a_message_arriving_between_two_pages_repeats_nothing(client):
    sids = [client.messages.create(to=ANA, from_=SENDER, body=f"n {n}").sid for n in range(4)]
    first = client.messages.page(page_size=2)
    shown = [message.sid for message in first]

    client.messages.create(to=ANA, from_=SENDER, body="late")
    shown += [message.sid for message in first.next_page()]

    assert shown == sids[::-1]


def test_a_list_is_filtered_by_both_ends(client, sim):
    client.messages.create(to=ANA, from_=SENDER, body="out")
    client.messages.create(to="whatsapp:+34600000000", from_=SENDER, body="to another")
    sim.say("+5215512345678", "in", wait=True)

    out = client.messages.list(to=ANA, from_=SENDER)
    received = client.messages.list(to=SENDER)

    assert [message.body for message in out] == ["out"]
    assert [(m.body, m.direction, m.status) for m in received] == [("in", "inbound", "received")]


def test_dates_filter_whole_days_and_only_what_was_sent(client, sim):
    sim.say("+5215512345678", wait=True)
    client.messages.create(to=ANA, messaging_service_sid=SERVICE, body="still queued")
    now = datetime.now(UTC)

    assert [m.body for m in client.messages.list(date_sent_after=now, to=SENDER)] == ["hola"]
    assert client.messages.list(date_sent_before=now - timedelta(days=1)) == []
    assert client.messages.list(date_sent_after=now + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ({"To": None}, 400, 21604),
        ({"To": "whatsapp:ana"}, 400, 21211),
        ({"To": "+5215512345678"}, 400, 21910),
        ({"From": None}, 400, 21603),
        ({"From": "whatsapp:+15550000000"}, 400, 63007),
        ({"From": None, "MessagingServiceSid": "MG" + "e" * 32}, 400, 21701),
        ({"Body": None}, 400, 21619),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"Body": "😀" * 801}, 400, 21617),
        ({"StatusCallback": "http://under_score.example/x"}, 400, 21609),
        ({"StatusCallback": "somewhere"}, 400, 21609),
        ({"ValidityPeriod": "36001"}, 400, 20001),
        ({"ContentVariables": '{"1": "a"}'}, 400, 21654),
        ({"ContentSid": "HX" + "e" * 32}, 400, 21655),
        ({"ContentSid": TEMPLATE, "ContentVariables": "{1: a}"}, 400, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '{"1": ""}'}, 400, 21656),
        ({"ContentSid": TEMPLATE, "ContentVariables": '["a"]'}, 400, 21656),
    ],
)
def test_a_wrong_message_is_refused_in_twilios_envelope(sim, words, status, code):
    answer = sim.send(**{"to": ANA} | words)

    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (
        status,
        status,
        code,
    )
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert sim.get("/people")["people"] == []


def test_sixteen_hundred_characters_are_not_too_many(sim):
    assert sim.send(ANA, "x" * 1600).status_code == 201
    assert sim.send(ANA, "😀" * 800).status_code == 201


def test_who_opted_out_is_refused_with_21610(client, sim):
    sim.post("/people/+5215512345678", opted_out=True)

    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ANA, from_=SENDER, body="hola")

    assert (refused.value.status, refused.value.code) == (400, 21610)


def test_an_unknown_message_account_or_path_is_a_404_with_20404(client, sim):
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "0" * 32).fetch()
    other = sim.http.put("/v9/Nowhere", auth=(KEY, SECRET))

    assert (missing.value.status, missing.value.code) == (404, 20404)
    assert (other.status_code, other.json()["code"]) == (404, 20404)


def test_typing_shows_on_the_phone_and_ends_with_the_answer(client, sim):
    sid = sim.say("+5215512345678", wait=True)["sid"]

    done = client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)

    person = sim.get("/people/+5215512345678/messages")["person"]
    assert (done.success, person["typing"]) == (True, True)
    assert sim.chat("+5215512345678")[0]["ticks"] == "blue"
    client.messages.create(to=ANA, from_=SENDER, body="aquí estoy")
    sim.eventually(lambda: not sim.get("/people")["people"][0]["typing"])


@pytest.mark.parametrize(("sid", "status"), [("SM" + "0" * 32, 404), ("SMx", 400)])
def test_typing_for_a_message_that_is_none_is_refused(client, sid, status):
    with pytest.raises(TwilioRestException) as refused:
        client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=sid)

    assert refused.value.status == status


def test_a_template_tells_its_text_and_its_approval(client):
    template = client.content.v1.contents(TEMPLATE).fetch()
    approval = client.content.v1.contents(TEMPLATE).approval_fetch().fetch()

    assert template.types["twilio/text"]["body"] == "Hola {{1}}, soy de {{2}}."
    assert template.variables == {"1": "Ana"}
    assert approval.whatsapp["status"] == "approved"
    assert TEMPLATE in [each.sid for each in client.content.v1.contents.list()]


def test_the_sender_and_the_account_can_be_looked_up(client, product):
    senders = client.messaging.v2.channels_senders.list(channel="whatsapp")

    assert [sender.sender_id for sender in senders] == [SENDER]
    assert senders[0].webhook["callback_url"] == f"{product.origin}/twilio/whatsapp"
    assert client.api.v2010.accounts("AC" + "a" * 32).fetch().status == "active"


def test_429_for_the_next_two_then_well_again(client, sim):
    sim.faults({"kind": "too_many", "times": 2})

    for _ in range(2):
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(to=ANA, from_=SENDER, body="hola")
        assert (refused.value.status, refused.value.code) == (429, 20429)

    assert client.messages.create(to=ANA, from_=SENDER, body="hola").status == "queued"
    assert len(client.messages.list()) == 1


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [("error_before", 0), ("error_after", 1), ("reset", 0), ("reset_after", 1)],
)
def test_a_failure_may_hide_an_acceptance(client, sim, kind, accepted):
    sim.faults({"kind": kind, "status": 503})

    with pytest.raises((TwilioRestException, requests.exceptions.ConnectionError)):
        client.messages.create(to=ANA, from_=SENDER, body="hola")

    assert len(client.messages.list(to=ANA)) == accepted
    assert sim.get("/log")["requests"][0]["fault"] == kind


def test_accepted_then_timed_out_is_found_in_the_list(sim, client_at):
    impatient = client_at(sim.url, timeout=0.3)
    sim.faults({"kind": "accept_then_timeout", "delay_s": 30})

    with pytest.raises(requests.exceptions.ReadTimeout):
        impatient.messages.create(to=ANA, from_=SENDER, body="¿llegó?")

    assert [m.body for m in impatient.messages.list(to=ANA, from_=SENDER)] == ["¿llegó?"]


def test_a_lagging_list_hides_the_newest(client, sim):
    client.messages.create(to=ANA, from_=SENDER, body="hola")
    sim.faults({"kind": "list_lag", "delay_s": 60})
    assert client.messages.list() == []

    sim.http.delete("/_sim/faults").raise_for_status()

    assert len(client.messages.list()) == 1


def test_a_port_that_refuses_opens_again(client, sim):
    sim.faults({"kind": "refuse", "delay_s": 0.3, "times": 1})
    with pytest.raises(requests.exceptions.ConnectionError):
        client.messages.create(to=ANA, from_=SENDER, body="hola")

    with pytest.raises(requests.exceptions.ConnectionError, match="refused"):
        client.messages.list()

    sim.eventually(lambda: _answers(client))
    assert client.messages.list() == []


def test_latency_delays_the_answer(client, sim):
    sim.faults({"kind": "latency", "delay_s": 0.4, "route": "list"})

    begin = datetime.now(UTC)
    client.messages.list()

    assert datetime.now(UTC) - begin >= timedelta(seconds=0.4)


def test_the_same_id_sent_twice_is_reported(client, sim):
    for _ in range(2):
        client.messages.create(to=ANA, from_=SENDER, body="hola", status_callback="http://a.b/?m=1")
    client.messages.create(to=ANA, from_=SENDER, body="otra", status_callback="http://a.b/?m=2")

    found = sim.get("/log")["duplicates"]

    assert {(each["why"], len(each["sids"])) for each in found} == {("callback", 2), ("text", 2)}


def _answers(client):
    try:
        client.messages.list(limit=1)
    except requests.exceptions.ConnectionError:
        return False
    return True
