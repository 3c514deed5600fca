"""What the product is told about a message on its way."""

import json
import signal

import pytest

NUMBER = "+5215512345678"
ANA = f"whatsapp:{NUMBER}"
TEMPLATE = "HX" + "d" * 32
SERVICE = "MG" + "c" * 32


@pytest.fixture
def callback(product):
    return f"{product.origin}/twilio/status?mid=01J%2BX&empty="


def test_statuses_come_in_order_signed_with_their_query(sim, product, is_signed, callback):
    in_window(sim, product)

    sid = sim.send(ANA, StatusCallback=f"{callback}#rc=2").json()["sid"]

    sent, delivered = product.take(2)
    assert [hit.form["MessageStatus"] for hit in (sent, delivered)] == ["sent", "delivered"]
    assert all(is_signed(hit, callback) for hit in (sent, delivered))
    assert (sent.target, sent.form["MessageSid"]) == ("/twilio/status?mid=01J%2BX&empty=", sid)
    assert delivered.form["EventType"] == "DELIVERED"
    assert delivered.form["ChannelToAddress"] == "+521551234XXXX"
    assert product.nothing_more()


def test_a_messaging_service_also_tells_queued(sim, product, callback):
    in_window(sim, product)

    sim.send(ANA, From=None, MessagingServiceSid=SERVICE, StatusCallback=callback)

    states = [hit.form["SmsStatus"] for hit in product.take(3)]
    assert states == ["queued", "sent", "delivered"]


def test_what_arrives_is_read_when_the_phone_is_taken_up(sim, product, callback):
    in_window(sim, product)
    sim.send(ANA, StatusCallback=callback)
    product.take(2)

    sim.post(f"/people/{NUMBER}/open")

    assert product.next().form["EventType"] == "READ"
    sim.send(ANA, "otra", StatusCallback=callback)
    assert [hit.form["MessageStatus"] for hit in product.take(3)] == ["sent", "delivered", "read"]
    assert [bubble["ticks"] for bubble in sim.chat(NUMBER)] == ["two", "blue", "blue"]


def test_free_text_after_a_day_is_accepted_and_then_fails_with_63016(sim, product, callback):
    in_window(sim, product)
    sim.post("/clock", number=NUMBER, hours=25)

    answer = sim.send(ANA, StatusCallback=callback)

    hit = product.next()
    assert answer.status_code == 201
    assert (hit.form["MessageStatus"], hit.form["ErrorCode"]) == ("failed", "63016")
    assert "window" in hit.form["ErrorMessage"]
    assert [bubble["mine"] for bubble in sim.chat(NUMBER)] == [True]
    assert sim.chat(NUMBER, everything=True)[1]["error_code"] == 63016


def test_a_template_reaches_who_never_wrote(sim, product, callback):
    values = json.dumps({"1": "Ana", "2": "Acme {{1}}"})

    sim.send(ANA, None, ContentSid=TEMPLATE, ContentVariables=values, StatusCallback=callback)

    assert [hit.form["MessageStatus"] for hit in product.take(2)] == ["sent", "delivered"]
    assert sim.chat(NUMBER)[0]["body"] == "Hola Ana, soy de Acme {{1}}."
    assert sim.chat(NUMBER)[0]["template"] is True


def test_a_template_without_all_its_values_fails_with_63028(sim, product, callback):
    sim.send(ANA, None, ContentSid=TEMPLATE, ContentVariables="{}", StatusCallback=callback)

    assert product.next().form["ErrorCode"] == "63028"


def test_a_template_not_approved_counts_as_free_text(sim, product, callback):
    other = "HX" + "e" * 32
    sim.post("/templates", sid=other, body="Hola", status="rejected")

    sim.send(ANA, None, ContentSid=other, StatusCallback=callback)

    assert product.next().form["ErrorCode"] == "63016"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"blocked": True}, 63014), ({"on_whatsapp": False}, 63024), ({"fails_with": 63003}, 63003)],
)
def test_who_cannot_be_reached_is_told_after_sent(sim, product, callback, changes, code):
    in_window(sim, product)
    sim.post(f"/people/{NUMBER}", **changes)

    sid = sim.send(ANA, StatusCallback=callback).json()["sid"]

    sent, end = product.take(2)
    assert sent.form["MessageStatus"] == "sent"
    assert (end.form["MessageStatus"], end.form["ErrorCode"]) == ("undelivered", str(code))
    assert end.form["MessageSid"] == sid


def test_the_sandbox_reaches_only_who_has_joined(sim, product, callback):
    sim.post("/config", sandbox=True, sandbox_words="join two-words")
    sim.say(NUMBER, "hola", wait=True)
    sim.send(ANA, StatusCallback=callback)
    assert product.next().form["ErrorCode"] == "63015"

    sim.say(NUMBER, "Join two-words", wait=True)

    sim.send(ANA, StatusCallback=callback)
    assert [hit.form["MessageStatus"] for hit in product.take(2)] == ["sent", "delivered"]
    sim.say(NUMBER, "ahora sí", wait=True)
    assert product.next().form["Body"] == "ahora sí"


@pytest.mark.parametrize(
    ("fault", "states"),
    [
        ({"kind": "callback_lost", "times": 1}, ["delivered"]),
        ({"kind": "callback_duplicate", "times": 1}, ["sent", "sent", "delivered"]),
        ({"kind": "callback_late", "times": 1, "delay_s": 0.4}, ["delivered", "sent"]),
        ({"kind": "callback_reordered", "times": 1, "delay_s": 5}, ["delivered", "sent"]),
    ],
)
def test_callbacks_may_be_lost_doubled_late_or_swapped(sim, product, callback, fault, states):
    in_window(sim, product)
    sim.faults(fault)

    sim.send(ANA, StatusCallback=callback)

    assert [hit.form["MessageStatus"] for hit in product.take(len(states))] == states
    assert product.nothing_more()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_messages_and_people_survive_the_process(start, sim_at, number):
    first = start()
    before = sim_at(first.url)
    before.say(NUMBER, "sigo aquí", profile_name="Ana", wait=True)
    sid = before.send(ANA).json()["sid"]
    before.eventually(lambda: len(before.chat(NUMBER)) == 2)

    status = first.stop(number)

    after = sim_at(start().url)
    assert status == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    assert [bubble["body"] for bubble in after.chat(NUMBER)] == ["sigo aquí", "buenas"]
    assert after.chat(NUMBER)[1]["sid"] == sid
    assert after.get("/people")["people"][0]["profile_name"] == "Ana"
    assert after.get("/people")["people"][0]["window_open"] is True


def test_what_was_under_way_arrives_after_a_restart(start, sim_at):
    first = start("--pace", "100")
    before = sim_at(first.url)
    before.say(NUMBER, wait=True)
    before.send(ANA)
    assert len(before.chat(NUMBER)) == 1
    first.stop(signal.SIGKILL)

    after = sim_at(start().url)

    after.eventually(lambda: len(after.chat(NUMBER)) == 2)


@pytest.fixture
def sim_at(sim):
    drivers = []

    def make(url):
        drivers.append(type(sim)(url))
        return drivers[-1]

    yield make
    for driver in drivers:
        driver.close()


def in_window(sim, product):
    """The person has just written."""
    sim.say(NUMBER, wait=True)
    product.next()
