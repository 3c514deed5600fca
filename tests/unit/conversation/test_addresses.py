import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.addresses import (
    LONGEST_INPUT,
    AddressKind,
    ParsedAddress,
    normalise,
    parse_address,
    parse_number,
    variants,
)
from conversation.errors import Refused

BSUID = "CO.13491208655302741918"
PARENT_BSUID = "US.ENT.11815799212886844830"


def identity(raw):
    return normalise(parse_address(raw))


@pytest.mark.parametrize(
    "number",
    [
        "+573138539155",
        "+14155238886",
        "+16135550123",
        "+34612345678",
        "+525512345678",
        "+5215512345678",
        "+5491123456789",
        "+541143211234",
        "+5511987654321",
        "+551187654321",
        "+56912345678",
        "+51912345678",
        "+447400123456",
        "+4915112345678",
        "+390612345678",
        "+50688887777",
        "+15551234567",  # in no plan, but of a country
    ],
)
def test_a_number_is_kept_as_given(number):
    for raw in (number, f"whatsapp:{number}"):
        address = parse_address(raw)

        assert address == ParsedAddress(AddressKind.PHONE, number)
        assert address.e164 == number
        assert address.whatsapp == f"whatsapp:{number}"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+57 313 853 9155", "+573138539155"),
        ("  +57 (313) 853-9155 ", "+573138539155"),
        ("(+57) 313 853 9155", "+573138539155"),
        ("+57\u00a0313\u202f853\u20119155", "+573138539155"),
        ("+1 (415) 523-8886", "+14155238886"),
        ("+1.415.523.8886", "+14155238886"),
        ("+34 612 34 56 78", "+34612345678"),
        ("+49 151/12345678", "+4915112345678"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+54 11 15 2345 6789", "+5491123456789"),
        ("+52 1 55 1234 5678", "+5215512345678"),
        ("+55 (11) 98765-4321", "+5511987654321"),
        ("whatsapp:+57 313 853 9155", "+573138539155"),
    ],
)
def test_a_number_is_read_as_people_write_it(written, number):
    assert parse_address(written).value == number


@pytest.mark.parametrize("bsuid", [BSUID, PARENT_BSUID, "CO." + "a" * 128, "CO.ENT." + "Z9" * 64])
def test_a_business_scoped_user_id_is_an_address(bsuid):
    for raw in (bsuid, f"whatsapp:{bsuid}"):
        address = parse_address(raw)

        assert address == ParsedAddress(AddressKind.BSUID, bsuid)
        assert address.e164 is None
        assert address.whatsapp == f"whatsapp:{bsuid}"
        assert normalise(address) == bsuid


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "hola",
        "+",
        "whatsapp:",
        "whatsapp:+",
        "whatsapp: 573138539155",  # a + that was decoded as a blank
        "whatsapp:573138539155",
        "whatsapp:whatsapp:+573138539155",
        "WhatsApp:+573138539155",
        "sms:+573138539155",
        "messenger:123456789012345",
        "3138539155",
        "573138539155",
        "00573138539155",
        "+0573138539155",
        "++573138539155",
        "+57313853915",  # a digit short
        "+5731385391551",  # a digit long
        "+573138539155123456",
        "+57 313 853 915",
        "+57 313 853 91",
        "+999123456789",
        "whatsapp:+999123456789",
        "whatsapp:+57313",
        "whatsapp:+573138539155123456",
        "+573138539155;ext=1",
        "+573138539155 ext 12",
        "+573138539155x12",
        "+57313853CALL",
        "+57\u0663\u0661\u0663\u0668\u0665\u0663\u0669\u0661\u0665\u0665",  # Arabic digits
        "\uff0b573138539155",
        "+" + "".join(chr(0xFF10 + int(digit)) for digit in "573138539155"),
        "+573138539155\n",
        "whatsapp:+573138539155\n",
        "+57313\x008539155",
        "+57313\t8539155",
        "\u202a+573138539155\u202c",
        "+57313\u200b8539155",
        "co.13491208655302741918",
        "COL.13491208655302741918",
        "CO.",
        "CO.ENT.",
        "CO.1349-1208",
        "CO.١٢٣",
        "CO." + "a" * 129,
        "CO.abc\n",
        "+" + "5" * LONGEST_INPUT,
        "+57" + " " * LONGEST_INPUT + "3138539155",
    ],
)
def test_what_is_no_address_is_refused_with_a_remedy_and_without_the_number(raw):
    with pytest.raises(Refused) as refused:
        parse_address(raw)

    assert refused.value.reason == "bad_address"
    assert "+ and the country code" in str(refused.value)
    assert not any(part in str(refused.value) for part in ("313", "853", "1349", "555", "hola"))


def test_a_user_id_is_no_phone_number():
    with pytest.raises(Refused):
        parse_number(BSUID)


@given(st.text(max_size=200) | st.from_regex(r"(whatsapp:)?\+?[0-9 ()-]{0,20}"))
def test_any_text_is_either_an_address_or_refused(raw):
    try:
        address = parse_address(raw)
    except Refused:
        return
    assert parse_address(address.whatsapp) == address
    assert normalise(address) in variants(address.value)
    assert address.value not in address.masked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("whatsapp:+5215512345678", "+525512345678"),
        ("whatsapp:+5218112345678", "+528112345678"),
        ("whatsapp:+5491123456789", "+541123456789"),
        ("whatsapp:+5493512345678", "+54 351 234 5678"),
        ("whatsapp:+5511987654321", "+551187654321"),
        ("whatsapp:+556292345678", "+5562992345678"),
        ("whatsapp:+573138539155", "+57 313 853 9155"),
        ("whatsapp:+14155238886", "+1 415 523 8886"),
    ],
)
def test_the_ways_of_writing_one_number_are_one_person(one, other):
    assert identity(one) == identity(other)
    assert set(variants(parse_address(one).value)) == set(variants(parse_address(other).value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511932345678", "+551132345678"),  # a new mobile and a landline of São Paulo
        ("+5511987654321", "+5521987654321"),  # two area codes
        ("+525512345678", "+525512345679"),
        ("+541123456789", "+543512345678"),
        ("+5731385391", "+573138539155"),
        ("whatsapp:+1415523888", "whatsapp:+14155238886"),
    ],
)
def test_different_numbers_are_different_people(one, other):
    assert identity(f"whatsapp:{one.removeprefix('whatsapp:')}") != identity(
        f"whatsapp:{other.removeprefix('whatsapp:')}"
    )


@pytest.mark.parametrize(
    "number",
    [
        "+551132345678",  # BR landline
        "+5511932345678",  # BR mobile that never had eight digits
        "+558001234567",  # BR toll-free
        "+528001234567",  # MX toll-free
        "+548001234567",  # AR toll-free
        "+573138539155",
        "+14155238886",
        "+34912345678",
        "+393123456789",
    ],
)
def test_a_number_of_one_form_only_is_its_own_identity(number):
    assert variants(number) == (number,)


def test_the_first_variant_is_the_identity_and_all_forms_are_listed():
    assert variants("+5215512345678") == ("+525512345678", "+5215512345678")
    assert variants("+5491123456789") == ("+541123456789", "+5491123456789")
    assert variants("+551187654321") == ("+5511987654321", "+551187654321")


@given(st.from_regex(r"\+5[245]9?1?[0-9]{10,11}", fullmatch=True))
def test_every_variant_names_the_same_person(number):
    for form in variants(number):
        assert variants(form) == variants(number)


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("+573138539155", "+57••••••9155"),
        ("whatsapp:+14155238886", "+1••••••8886"),
        ("+50688887777", "+506••••7777"),
        ("whatsapp:+2901234", "+290••••"),
        ("whatsapp:CO.13491208655302741918", "CO.••••••••••••••••1918"),
        ("CO.abc", "CO.••••"),
    ],
)
def test_a_masked_address_shows_the_country_and_four_characters(raw, masked):
    assert parse_address(raw).masked == masked


def test_a_number_outside_the_plans_is_masked_after_its_first_digit_sign():
    assert ParsedAddress(AddressKind.PHONE, "+9991234567").masked == "+••••••4567"


def test_the_country_codes_are_those_of_the_numbering_plans():
    known = set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)

    taken = {code for code in range(1, 1000) if _is_taken(code)}

    assert taken == known


def _is_taken(code):
    address = f"whatsapp:+{code}" + "0" * 8
    try:
        masked = parse_address(address).masked
    except Refused:
        return False
    return masked.startswith(f"+{code}•")


def test_twilios_own_writing_is_read_without_loading_the_numbering_plans():
    code = (
        "import sys; from conversation.addresses import normalise, parse_address\n"
        "print(normalise(parse_address('whatsapp:+5215512345678')), 'phonenumbers' in sys.modules)"
    )

    printed = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert printed.stdout == "+525512345678 False\n"
