import pytest

from infra.local.twilio import addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),
        ("+5491112345678", "+541112345678"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_the_two_spellings_of_a_phone_are_one(one, other):
    assert addresses.canonical(one) == addresses.canonical(other)


@pytest.mark.parametrize("number", ["+14155238886", "+34600123456", "+525512345679", "US.1"])
def test_other_numbers_stay_as_they_are(number):
    assert addresses.canonical(number) == number


@pytest.mark.parametrize(
    ("address", "name"),
    [("whatsapp:+1415", "+1415"), ("1415", "+1415"), ("whatsapp:US.12", "US.12"), ("", "")],
)
def test_an_address_is_bared_to_its_name(address, name):
    assert addresses.bare(address) == name


@pytest.mark.parametrize("name", ["+14155238886", "US.13491208655302741918", "MX.ENT.a1"])
def test_numbers_and_user_ids_are_valid(name):
    assert addresses.is_valid(name)


@pytest.mark.parametrize("name", ["", "+", "+0123456789", "+1", "ana", "US.", "us.1", "+1415x"])
def test_everything_else_is_not(name):
    assert not addresses.is_valid(name)


def test_a_user_id_is_stable_over_spellings_and_differs_between_accounts():
    one = addresses.made_up_bsuid("AC1", "+5215512345678")

    assert one == addresses.made_up_bsuid("AC1", "+525512345678")
    assert one != addresses.made_up_bsuid("AC2", "+525512345678")
    assert one.startswith("MX.")
    assert addresses.is_valid(one)


@pytest.mark.parametrize(("number", "country"), [("+14155238886", "US"), ("+50255551234", "GT")])
def test_a_user_id_carries_the_country_of_the_number(number, country):
    assert addresses.made_up_bsuid("AC1", number).startswith(f"{country}.")


def test_the_last_four_are_masked():
    assert addresses.masked("+918489511234") == "+91848951XXXX"
