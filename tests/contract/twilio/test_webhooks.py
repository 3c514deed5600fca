"""What a person writes reaches the product as Twilio would send it."""

import json

import pytest

ANA = "+5215512345678"


@pytest.mark.parametrize(
    "body", ["1+1=2", "  hola  ", "", "😀👩‍👩‍👧", "a&b=c%20d#e", "línea 1\nlínea 2\r\n", "x" * 4096]
)
def test_a_webhook_is_signed_whatever_was_written(sim, product, is_signed, body):
    sim.say(ANA, body, profile_name="  Ana + Luz ❤ ")

    hit = product.next()

    assert (hit.form["Body"], hit.form["ProfileName"]) == (body, "  Ana + Luz ❤ ")
    assert is_signed(hit)
    assert not is_signed(hit, Body=body + " ")
    assert not is_signed(hit, WaId="")


@pytest.mark.parametrize("query", ["a=1&b=2", "x=%2B+y&empty=&q='[]'", "u=%E2%9C%93"])
def test_the_raw_query_is_sent_and_signed_as_it_stands(sim, product, is_signed, query):
    url = f"{product.origin}/twilio/whatsapp?{query}"
    sim.post("/config", webhook_url=f"{url}#rc=2&rp=5xx")

    sim.say(ANA)

    hit = product.next()
    assert hit.target == f"/twilio/whatsapp?{query}"
    assert is_signed(hit, url)


def test_the_parameters_are_those_of_the_captures(sim, product):
    sim.say(ANA, "hola", profile_name="Ana")

    form = product.next().form

    assert (form["From"], form["WaId"]) == ("whatsapp:+5215512345678", "5215512345678")
    assert (form["SmsStatus"], form["NumMedia"], form["MessageType"]) == ("received", "0", "text")
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]
    assert form["ExternalUserId"].startswith("whatsapp:MX.")
    context = {"ProfileName": "Ana", "WaId": "5215512345678"}
    assert json.loads(form["ChannelMetadata"]) == {"type": "whatsapp", "data": {"context": context}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5491112345678", "+541112345678"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_both_spellings_are_one_person_who_keeps_their_own(sim, product, one, other):
    sim.say(one)
    sim.say(other)

    written = {hit.form["From"] for hit in product.take(2)}

    assert written == {f"whatsapp:{one}", f"whatsapp:{other}"}
    assert len(sim.get("/people")["people"]) == 1
    assert len(sim.chat(one)) == 2


def test_who_hides_the_number_is_known_by_the_user_id_alone(sim, product):
    bsuid = sim.post(f"/people/{ANA}", hides_number=True)["bsuid"]

    sim.say(ANA)

    form = product.next().form
    assert form["From"] == form["ExternalUserId"] == f"whatsapp:{bsuid}"
    assert "WaId" not in form
    assert sim.send(f"whatsapp:{bsuid}").status_code == 201
    sim.eventually(lambda: len(sim.chat(ANA)) == 2)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"media": {"content_type": "audio/ogg"}}, {"NumMedia": "1", "MessageType": "audio"}),
        ({"contacts": True}, {"MediaContentType0": "text/vcard", "MessageType": "contacts"}),
        (
            {"location": {"latitude": 19.4, "longitude": -99.1, "label": "Casa"}},
            {"Latitude": "19.4", "Longitude": "-99.1", "Label": "Casa", "MessageType": "location"},
        ),
        (
            {"button": {"text": "Sí", "payload": "yes"}},
            {"Body": "Sí", "ButtonText": "Sí", "ButtonPayload": "yes"},
        ),
        ({"choice": {"id": "a", "title": "Uno"}}, {"ListId": "a", "ListTitle": "Uno"}),
        ({"forwarded": True}, {"Forwarded": "true"}),
        ({"raw": {"Surprise": "new", "Body": "other"}}, {"Surprise": "new", "Body": "other"}),
    ],
)
def test_other_kinds_of_messages_carry_their_parameters(sim, product, is_signed, words, expected):
    sim.say(ANA, "", **words)

    hit = product.next()

    assert hit.form.items() >= expected.items()
    assert is_signed(hit)


def test_by_default_a_500_is_not_tried_again(sim, product):
    product.statuses = [500]

    sim.say(ANA, wait=True)

    assert product.next().form["Body"] == "hola"
    assert product.nothing_more()


def test_overrides_ask_for_further_tries_under_one_token(sim, product):
    product.statuses = [500, 503]
    sim.post("/config", webhook_url=f"{product.origin}/twilio/whatsapp#rc=3&rp=5xx")

    said = sim.say(ANA, wait=True)

    hits = product.take(3)
    assert [attempt["status"] for attempt in said["webhook"]["attempts"]] == [500, 503, 200]
    assert len({hit.headers["I-Twilio-Idempotency-Token"] for hit in hits}) == 1
    assert len({hit.form["MessageSid"] for hit in hits}) == 1


def test_a_refused_connection_is_tried_once_more_then_the_fallback_gets_it(sim, product):
    fallback = f"{product.origin}/fallback"
    sim.post("/config", webhook_url="http://127.0.0.1:9/twilio/whatsapp", fallback_url=fallback)

    said = sim.say(ANA, wait=True)

    assert [attempt["trouble"] for attempt in said["webhook"]["attempts"]] == ["ct", "ct"]
    hit = product.next()
    assert (hit.target, hit.form["ErrorCode"]) == ("/fallback", "11200")


def test_behind_a_public_name_the_public_url_is_signed(sim, product, is_signed):
    sim.post("/config", public_base_url="https://hilo.example/prod")

    sim.say(ANA)

    hit = product.next()
    assert hit.target == "/twilio/whatsapp"
    assert is_signed(hit, "https://hilo.example/prod/twilio/whatsapp")


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (("text/xml", "<Response/>"), []),
        (("text/xml", "<Response><Message>uno</Message></Response>"), ["uno"]),
        (("text/plain; charset=utf-8", "OK"), ["OK"]),
    ],
)
def test_what_the_webhook_answers_is_said_to_the_person(sim, product, answer, shown):
    product.answer = answer

    sim.say(ANA, wait=True)

    sim.eventually(lambda: len(sim.chat(ANA)) == 1 + len(shown))
    assert [bubble["body"] for bubble in sim.chat(ANA, everything=True)][1:] == shown


def test_a_lost_webhook_leaves_the_message_in_the_list_alone(sim, product, client):
    sim.faults({"kind": "webhook_lost"})

    sim.say(ANA, "¿hay alguien?", wait=True)

    assert product.nothing_more()
    assert [message.body for message in client.messages.list()] == ["¿hay alguien?"]


def test_a_duplicated_webhook_is_the_same_message_twice(sim, product):
    sim.faults({"kind": "webhook_duplicate"})

    sim.say(ANA, wait=True)

    first, second = product.take(2)
    assert first.form == second.form


def test_a_run_with_the_same_seed_replays(sim, product):
    def losses():
        sim.post("/reset")
        sim.faults({"kind": "webhook_lost", "probability": 0.5}, seed=11)
        said = [sim.say(ANA, f"n {number}", wait=True) for number in range(12)]
        return [each["webhook"]["lost"] for each in said]

    first = losses()

    assert losses() == first
    assert {True, False} == set(first)


def test_keywords_opt_out_and_in_when_they_are_switched_on(sim, product):
    sim.post("/config", keywords=True)

    sim.say(ANA, " stop ", wait=True)
    refused = sim.send(f"whatsapp:{ANA}").json()["code"]
    sim.say(ANA, "START", wait=True)

    assert [hit.form["OptOutType"] for hit in product.take(2)] == ["STOP", "START"]
    assert refused == 21610
    assert sim.send(f"whatsapp:{ANA}").status_code == 201


def test_what_cannot_be_said_is_refused(sim):
    for path, document in (
        (f"/people/{ANA}/say", {"bodi": "hola"}),
        ("/people/ana/say", {"body": "hola"}),
        (f"/people/{ANA}", {"blocked": "yes"}),
        (f"/people/{ANA}", {"key": "x"}),
        ("/faults", {"faults": [{"kind": "gremlins"}]}),
        ("/faults", {"faults": [{"kind": "latency", "probability": 2}]}),
        ("/config", {"account_sid": "x"}),
        ("/templates", {"sid": "HX1", "body": "x"}),
        ("/clock", {"hours": "soon"}),
    ):
        answer = sim.http.post(f"/_sim{path}", json=document)
        assert answer.status_code == 400, path


def test_a_change_wakes_who_waits_for_it(sim, product):
    last = sim.get("/changes?wait=0")["last"]

    sid = sim.say(ANA, wait=True)["sid"]

    news = sim.get(f"/changes?after={last}&wait=5")
    assert {"message", "post"} <= {change["what"] for change in news["changes"]}
    assert sid in {change.get("sid") for change in news["changes"]}
    assert sim.get(f"/changes?after={news['last']}&wait=0.05")["changes"] == []
