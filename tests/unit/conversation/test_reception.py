"""Taking in what a person sent, against a store in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conversation.contacts import contact_id_of
from conversation.doorbells import BellKind
from conversation.errors import Transient
from conversation.identifiers import ContactId, MessageKey
from conversation.inbound import read_inbound
from conversation.messages import InboundState, Kind, OutboundState
from conversation.reception import Otherwise, Reception, Repeated, Standing, Stored
from conversation.signals import Recorded, Signal
from conversation.words import OPT_IN_WORDS, OPT_OUT_WORDS, Language, Words
from tests.webhooks import BSUID, PERSON, said

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PEPPER = "pepper"
ANA = contact_id_of(PERSON, PEPPER)
KEY = MessageKey("01JD0000000000000000000000")


class FakeStore:
    """Holds conversations as they stand; what it keeps is in ``kept``."""

    def __init__(self, standing=None, aliases=None, known=None):
        self.stands = standing or {}
        self.aliases = aliases or {}
        self.known = known or {}
        self.kept = []
        self.read = []

    def behind(self, alias):
        return self.aliases.get(alias)

    def standing(self, contact_id, elsewhere, at):
        self.read.append(contact_id)
        other = self.stands.get(elsewhere)
        left = other.opted_out if other else None
        return replace(self.stands.get(contact_id, Standing()), left_elsewhere=left)

    def keep(self, arrival, standing):
        if arrival.sid in self.known:
            return self.known[arrival.sid]
        actual = self.stands.get(arrival.message.contact_id, Standing())
        other = self.stands.get(arrival.elsewhere, Standing())
        if standing.opted_out != actual.opted_out or standing.silent != (
            actual.opted_out or other.opted_out
        ):
            return Otherwise()
        self.kept.append(arrival)
        return Stored()


class FakeBells(list):
    def __init__(self, *, broken=False):
        super().__init__()
        self.broken = broken

    def ring(self, bell):
        if self.broken:
            raise Transient("no queue", reason="queue_unavailable")
        self.append((bell.kind, bell.contact_id, bell.key))


def a_reception(store, bells=None, signals=None):
    return Reception(
        store=store,
        bells=FakeBells() if bells is None else bells,
        signals=Recorded() if signals is None else signals,
        words=Words("Hilo", Language.ES, {}),
        opt_out_words=OPT_OUT_WORDS,
        opt_in_words=OPT_IN_WORDS,
        pepper=PEPPER,
        new_key=lambda: KEY,
    )


def take(store, bells=None, signals=None, **params):
    a_reception(store, bells, signals).take(read_inbound(said(**params)), NOW)
    return store.kept[-1] if store.kept else None


def test_a_message_is_kept_and_rung_for_without_reading_anything():
    store, bells, signals = FakeStore(), FakeBells(), Recorded()

    arrival = take(store, bells, signals)

    assert arrival.message.state is InboundState.NEW
    assert arrival.message.contact_id == ANA
    assert arrival.message.conversation_id == ANA
    assert arrival.phone_number == "+573138539155"
    assert store.read == []
    assert bells == [(BellKind.INBOX, ANA, KEY)]
    assert signals.names() == [Signal.MESSAGE_STORED]


def test_no_event_carries_the_text_or_the_number():
    signals = Recorded()

    take(FakeStore(), signals=signals, Body="un secreto")

    assert "secreto" not in repr(signals)
    assert "3138539155" not in repr(signals)


def test_a_doorbell_that_fails_is_noted_and_no_error():
    store, signals = FakeStore(), Recorded()

    take(store, FakeBells(broken=True), signals)

    assert len(store.kept) == 1
    assert signals.names() == [Signal.MESSAGE_STORED, Signal.DOORBELL_FAILED]


def test_a_repeated_message_is_not_kept_and_rings_with_its_first_key():
    first = MessageKey("01JC0000000000000000000000")
    form = said()
    store = FakeStore(known={form["MessageSid"]: Repeated(ANA, first)})
    bells, signals = FakeBells(), Recorded()

    a_reception(store, bells, signals).take(read_inbound(form), NOW)

    assert store.kept == []
    assert bells == [(BellKind.INBOX, ANA, first), (BellKind.OUTBOX, ANA, first)]
    assert signals.names() == [Signal.MESSAGE_REPEATED]


def test_a_picture_is_kept_with_a_sentence_in_the_persons_language():
    store = FakeStore({ANA: Standing(language="en-US")})
    bells = FakeBells()

    arrival = take(
        store,
        bells,
        Body="",
        NumMedia="1",
        MediaUrl0="https://x/ME1",
        MediaContentType0="image/png",
    )

    assert arrival.message.state is InboundState.ANSWERED
    assert arrival.message.media_url == "https://x/ME1"
    assert arrival.notice.content == "For now I can only read text. Could you write it to me?"
    assert arrival.notice.kind is Kind.NOTICE
    assert arrival.notice.state is OutboundState.PENDING
    assert bells == [(BellKind.OUTBOX, ANA, f"{KEY}~000")]


def test_a_caption_rings_both_sides():
    bells = FakeBells()

    take(FakeStore(), bells, NumMedia="1", MediaUrl0="https://x", MediaContentType0="image/png")

    assert [kind for kind, _, _ in bells] == [BellKind.INBOX, BellKind.OUTBOX]


def test_a_blank_message_rings_for_nobody():
    bells = FakeBells()

    arrival = take(FakeStore(), bells, Body="   ")

    assert arrival.message.reason == "blank"
    assert bells == []


@pytest.mark.parametrize("body", ["BAJA", " baja. ", "No más mensajes", "stop"])
def test_baja_is_confirmed_once_and_asked_to_nobody(body):
    bells, signals = FakeBells(), Recorded()

    arrival = take(FakeStore(), bells, signals, Body=body)

    assert arrival.opted_out is True
    assert arrival.message.kind is Kind.OPT_OUT
    assert arrival.notice.content.startswith("Listo, no le enviaremos más mensajes.")
    assert arrival.notice.reason == "opt_out"
    assert bells == [(BellKind.OUTBOX, ANA, f"{KEY}~000")]
    assert signals.names() == [Signal.PERSON_OPTED_OUT]


def test_twilios_own_opt_out_is_honoured_whatever_the_words():
    assert take(FakeStore(), Body="bitte nicht mehr", OptOutType="STOP").opted_out is True


@pytest.mark.parametrize("body", ["quiero cancelar mi cita", "CANCELAR", "Sí", "baja el precio"])
def test_a_message_that_only_holds_such_a_word_is_asked(body):
    assert take(FakeStore(), Body=body).message.state is InboundState.NEW


def test_a_second_baja_is_kept_and_confirmed_no_more():
    bells = FakeBells()

    arrival = take(FakeStore({ANA: Standing(opted_out=True)}), bells, Body="BAJA")

    assert arrival.notice is None
    assert bells == []


def test_alta_brings_back():
    signals = Recorded()
    store = FakeStore({ANA: Standing(opted_out=True)})

    arrival = take(store, signals=signals, Body="ALTA")

    assert arrival.opted_out is False
    assert arrival.notice.reason == "opt_in"
    assert signals.names() == [Signal.PERSON_OPTED_IN]


def test_what_someone_says_who_left_is_kept_and_asked_to_nobody():
    bells = FakeBells()
    store = FakeStore({ANA: Standing(opted_out=True)})

    arrival = take(store, bells, Body="hola otra vez")

    assert arrival.message.state is InboundState.ANSWERED
    assert arrival.message.reason == "opted_out"
    assert bells == []


def test_a_person_with_a_number_leaves_an_alias_for_the_other_address():
    arrival = take(FakeStore(), ExternalUserId=BSUID)

    assert arrival.alias == contact_id_of(BSUID, PEPPER)


def test_a_person_known_by_number_is_known_without_it():
    store = FakeStore(aliases={contact_id_of(BSUID, PEPPER): ANA})

    arrival = take(store, From=BSUID, ExternalUserId=BSUID)

    assert arrival.message.contact_id == ANA
    assert arrival.address == BSUID
    assert arrival.phone_number is None
    assert arrival.alias is None


def test_who_left_under_one_address_is_left_alone_under_the_other():
    signals = Recorded()
    store = FakeStore({contact_id_of(BSUID, PEPPER): Standing(opted_out=True)})

    arrival = take(store, signals=signals, ExternalUserId=BSUID, Body="hola")

    assert (arrival.message.state, arrival.message.reason) == (InboundState.ANSWERED, "opted_out")
    assert arrival.opted_out is True
    assert signals.names() == [Signal.PERSON_OPTED_OUT]


def test_a_person_never_seen_with_a_number_is_a_contact_all_the_same():
    assert take(FakeStore(), From=BSUID).message.contact_id == contact_id_of(BSUID, PEPPER)


def test_a_conversation_that_never_stands_still_is_brought_again():
    class Restless(FakeStore):
        def keep(self, arrival, standing):
            return Otherwise()

    with pytest.raises(Transient):
        take(Restless({ContactId("x"): Standing()}))
