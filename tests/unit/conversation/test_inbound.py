"""What a person sent, read from Twilio's parameters, and what is to become of it."""

from __future__ import annotations

import pytest

from conversation.errors import Refused
from conversation.inbound import UNREADABLE, judge, read_inbound
from conversation.keywords import OptChoice
from conversation.messages import InboundState, Kind, Notice
from tests.webhooks import BSUID, PERSON, said


def test_a_text_is_kept_exactly_as_it_came():
    text = "  ¿1+1=2? 🙋🏽‍♀️\n" + "x" * 4_096 + "  "

    inbound = read_inbound(said(text))

    assert inbound.content == text
    assert inbound.kind is Kind.MESSAGE
    assert inbound.address == PERSON
    assert inbound.profile_name == "Ana"


def test_parameters_that_nobody_knows_yet_are_ignored():
    assert read_inbound(said("hola", TomorrowsParameter="1")).content == "hola"


MEDIA = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/ME1", "Body": ""}


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("image/jpeg", Kind.IMAGE),
        ("image/webp", Kind.STICKER),
        ("audio/ogg; codecs=opus", Kind.AUDIO),
        ("video/mp4", Kind.VIDEO),
        ("application/pdf", Kind.DOCUMENT),
        ("TEXT/VCARD", Kind.CONTACTS),
        ("text/plain", Kind.DOCUMENT),
    ],
)
def test_media_has_the_kind_of_its_content_type(content_type, kind):
    inbound = read_inbound(said(**MEDIA, MediaContentType0=content_type))

    assert inbound.kind is kind
    assert inbound.kind in UNREADABLE
    assert inbound.media_url == "https://api.twilio.com/ME1"


@pytest.mark.parametrize(
    ("message_type", "kind"), [("sticker", Kind.STICKER), ("holograms", Kind.MEDIA)]
)
def test_media_without_a_content_type_goes_by_twilios_hint(message_type, kind):
    assert read_inbound(said(**MEDIA, MessageType=message_type)).kind is kind


@pytest.mark.parametrize(
    ("message_type", "kind"),
    [
        ("image", Kind.IMAGE),
        ("interactive", Kind.MEDIA),
        ("holograms", Kind.MEDIA),
        ("text", Kind.MESSAGE),
        ("reaction", Kind.MESSAGE),
    ],
)
def test_what_has_neither_text_nor_file_goes_by_twilios_hint(message_type, kind):
    assert read_inbound(said(Body="", MessageType=message_type)).kind is kind


def test_a_text_is_a_text_whatever_twilio_calls_it():
    assert read_inbound(said(Body="👍", MessageType="holograms")).kind is Kind.MESSAGE


def test_shared_contacts_without_a_file_are_contacts():
    assert read_inbound(said("", MessageType="contacts")).kind is Kind.CONTACTS


def test_a_location_is_kept_in_words():
    inbound = read_inbound(
        said("", Latitude="4.65", Longitude="-74.05", Label="Casa", Address="Calle 1")
    )

    assert inbound.kind is Kind.LOCATION
    assert inbound.content == "Casa, Calle 1 (4.65, -74.05)"


def test_a_location_without_a_name_is_its_coordinates_under_the_text():
    inbound = read_inbound(said("Aquí", Latitude="4.65", Longitude="-74.05"))

    assert inbound.content == "Aquí\n4.65, -74.05"


@pytest.mark.parametrize(
    ("params", "content"),
    [
        ({"Body": "Sí", "ButtonText": "Sí", "ButtonPayload": "yes"}, "Sí"),
        ({"Body": "", "ButtonText": "Sí", "ButtonPayload": "yes"}, "Sí"),
        ({"Body": "", "ButtonPayload": "yes"}, "yes"),
        ({"Body": "", "ListTitle": "Martes", "ListId": "tue"}, "Martes"),
        ({"Body": "Martes", "ListTitle": "Martes", "ListId": "tue"}, "Martes"),
    ],
)
def test_a_button_passes_its_text(params, content):
    inbound = read_inbound(said(**params))

    assert inbound.kind is Kind.BUTTON
    assert inbound.content == content


def test_a_person_who_hides_the_number_is_read_by_the_business_scoped_id():
    inbound = read_inbound(said(From=BSUID, ExternalUserId=BSUID, WaId=None))

    assert inbound.sender.e164 is None
    assert inbound.other is None


def test_the_other_address_of_a_person_with_a_number_is_the_business_scoped_id():
    inbound = read_inbound(said(ExternalUserId=BSUID))

    assert inbound.other is not None
    assert inbound.other.whatsapp == BSUID


@pytest.mark.parametrize("raw", ["", "whatsapp:", "nonsense!", PERSON])
def test_an_external_id_that_is_none_costs_nobody_their_message(raw):
    assert read_inbound(said(ExternalUserId=raw)).other is None


def test_a_profile_name_is_shortened_and_cleaned():
    inbound = read_inbound(said(ProfileName=f" Ana\x00\n{'a' * 500}"))

    assert inbound.profile_name == "Ana " + "a" * 196


def test_a_blank_profile_name_is_none():
    assert read_inbound(said(ProfileName=" \n")).profile_name is None


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"MessageSid": "XX1"}, "bad_parameters"),
        ({"MessageStatus": "sent"}, "bad_parameters"),
        ({"From": "messenger:123"}, "bad_address"),
        ({"From": None}, "bad_address"),
        ({"From": "whatsapp:+0001"}, "bad_address"),
    ],
)
def test_what_is_no_message_of_a_person_is_refused(params, reason):
    with pytest.raises(Refused) as told:
        read_inbound(said(**params))

    assert told.value.reason == reason


def verdict(choice=None, *, opted_out=False, **params):
    return judge(read_inbound(said(**params)), choice, opted_out=opted_out)


def test_a_text_is_asked_to_the_agent():
    assert verdict().state is InboundState.NEW


@pytest.mark.parametrize("body", ["🙂", "?", "x" * 4096])
def test_an_emoji_alone_is_a_text(body):
    assert verdict(Body=body).state is InboundState.NEW


@pytest.mark.parametrize("body", ["", "  \n", "\u00a0"])
def test_a_blank_text_is_kept_and_asked_to_nobody(body):
    decided = verdict(Body=body)

    assert (decided.state, decided.reason) == (InboundState.ANSWERED, "blank")
    assert decided.notice is None


def test_a_picture_gets_its_sentence():
    decided = verdict(**MEDIA, MediaContentType0="image/png")

    assert (decided.state, decided.reason) == (InboundState.ANSWERED, "media")
    assert decided.notice is Notice.MEDIA


def test_a_caption_is_asked_and_the_picture_gets_its_sentence():
    decided = verdict(**{**MEDIA, "Body": "¿es este?"}, MediaContentType0="image/png")

    assert decided.state is InboundState.NEW
    assert decided.notice is Notice.MEDIA


def test_a_location_is_text_that_the_agent_can_read():
    assert verdict(Body="", Latitude="1", Longitude="2").state is InboundState.NEW


def test_baja_is_confirmed_and_not_asked():
    decided = verdict(OptChoice.STOP)

    assert decided.kind is Kind.OPT_OUT
    assert decided.state is InboundState.ANSWERED
    assert decided.notice is Notice.OPT_OUT
    assert decided.opted_out is True


def test_a_second_baja_is_met_with_silence():
    assert verdict(OptChoice.STOP, opted_out=True).notice is None


def test_alta_brings_back_and_is_confirmed():
    decided = verdict(OptChoice.START, opted_out=True)

    assert decided.kind is Kind.OPT_IN
    assert decided.notice is Notice.OPT_IN
    assert decided.opted_out is False


def test_alta_from_someone_who_never_left_is_a_message_like_any_other():
    decided = verdict(OptChoice.START)

    assert decided.kind is Kind.MESSAGE
    assert decided.state is InboundState.NEW
    assert decided.opted_out is None


@pytest.mark.parametrize("params", [{}, {**MEDIA, "MediaContentType0": "image/png"}])
def test_whoever_left_is_heard_and_met_with_silence(params):
    decided = verdict(opted_out=True, **params)

    assert (decided.state, decided.reason) == (InboundState.ANSWERED, "opted_out")
    assert decided.notice is None
