import pytest

from conversation.text.graphemes import breaks_at, last_break, reach, units


@pytest.mark.parametrize(("text", "length"), [("", 0), ("año", 3), ("😀", 2), ("👋🏽!", 5)])
def test_length_is_counted_in_utf_16_units(text, length):
    assert units(text) == length


def test_reach_stops_before_a_sign_of_two_units_that_would_not_fit():
    assert reach("a😀😀", 0, 4) == 2
    assert reach("a😀😀", 1, 4) == 3


@pytest.mark.parametrize(
    "sign",
    [
        "e\u0301",
        "👋🏽",
        "👩\u200d🚀",
        "🇨🇴",
        "\r\n",
        "\ud83d\ude00",
        "\u1100\u1161",
        "क्ष",
        "1\ufe0f\u20e3",
    ],
)
def test_a_sign_has_no_break_inside(sign):
    assert not any(breaks_at(sign, index, 0) for index in range(1, len(sign)))


def test_flags_break_between_but_not_inside_pairs():
    flags = "🇨🇴🇪🇸"

    assert [breaks_at(flags, index, 0) for index in (1, 2, 3)] == [False, True, False]


def test_a_flag_after_a_letter_is_one_sign():
    assert [breaks_at("a🇨🇴", index, 0) for index in (1, 2)] == [True, False]


def test_the_last_break_lies_before_a_sign_that_goes_on():
    assert last_break("ab\u0301\u0301c", 0, 3) == 1


def test_without_any_break_the_end_is_taken():
    assert last_break("\u0301" * 5, 0, 3) == 3
