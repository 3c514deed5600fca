import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.errors import Defect
from conversation.text.graphemes import units
from conversation.text.splitting import TWILIO_LIMIT, split

FAMILY = "👩\u200d👩\u200d👧"
WAVE = "👋🏽"
COLOMBIA = "🇨🇴"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
KEYCAP = "1\ufe0f\u20e3"
ACCENTED = "n\u0303"
KOREAN = "\u1112\u1161\u11ab"
HINDI = "क्षि"

PIECES = ["hola", " ", "\n", "\n\n", ". ", "¿sí? ", "*negrita dos*", "_cursiva_", "~no~", "`x y`"]
PIECES += ["https://hilo.test/a_b?c=*d*", "```", "```\n", FAMILY, WAVE, COLOMBIA, KEYCAP, ACCENTED]
PIECES += ["\ud83d", "\ude00", "\r\n", "\u00a0", "。", "x" * 30, "*", "_", "1. ", KOREAN]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=300)


def ink(text):
    return "".join(text.split())


def words(count):
    return " ".join(["palabra"] * count)


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u00a0\u2003\t"])
def test_blank_text_makes_no_message(blank):
    assert split(blank) == []


@pytest.mark.parametrize("text", ["hola", "Dos.\n\nPárrafos.", "*b* _i_ ```x```", "x" * 1600])
def test_a_text_that_fits_is_sent_as_it_is(text):
    assert split(text) == [text]


def test_whitespace_around_a_text_is_not_sent():
    assert split("\n  hola \n") == ["hola"]


def test_a_limit_that_holds_no_emoji_is_a_fault_of_the_caller():
    with pytest.raises(Defect, match="2 or more"):
        split("hola", 1)


def test_the_default_limit_is_what_twilio_takes():
    assert [len(part) for part in split("x" * 3201)] == [TWILIO_LIMIT, TWILIO_LIMIT, 1]


def test_an_emoji_counts_twice_as_twilio_counts_it():
    assert split("😀" * 5, 8) == ["😀" * 4, "😀"]


def test_a_paragraphs_end_is_preferred_to_a_later_lines_end():
    assert split("uno dos\n\ntres\ncuatro cinco", 20) == ["uno dos", "tres\ncuatro cinco"]


def test_a_lines_end_is_preferred_to_a_later_sentences_end():
    assert split("uno dos\ntres. Cuatro cinco", 20) == ["uno dos", "tres. Cuatro cinco"]


def test_a_sentences_end_is_preferred_to_a_later_words_end():
    assert split("Uno dos. Tres cuatro cinco", 20) == ["Uno dos.", "Tres cuatro cinco"]


def test_a_words_end_is_preferred_to_the_middle_of_a_word():
    assert split("uno dos tres cuatro", 10) == ["uno dos", "tres", "cuatro"]


def test_a_break_exactly_at_the_limit_is_used():
    assert split("uno dos\n\ntres", 7) == ["uno dos", "tres"]


def test_a_greeting_alone_is_not_worth_a_message():
    assert split("Hola.\n\n" + words(10), 40)[0].startswith("Hola.\n\npalabra")


def test_a_greeting_stands_alone_when_nothing_else_can_be_cut():
    assert split("Sí: " + "x" * 40, 40) == ["Sí:", "x" * 40]


def test_the_dot_of_a_numbered_list_ends_no_sentence():
    assert split("Primero va 1. Segundo va", 17) == ["Primero va 1.", "Segundo va"]
    assert split("Lista de 1. Segundo", 14) == ["Lista de 1.", "Segundo"]
    assert split("Dicho. Va 1. Segundo fin", 16) == ["Dicho.", "Va 1. Segundo", "fin"]


def test_a_dot_before_a_small_letter_ends_no_sentence():
    parts = split("Ya listo. Vive en la av. primera", 26)

    assert parts == ["Ya listo.", "Vive en la av. primera"]


def test_sentences_without_blanks_between_them_are_cut_at_their_marks():
    assert split("你好吗。我很好。谢谢", 9) == ["你好吗。我很好。", "谢谢"]


def test_a_no_break_space_keeps_a_price_together():
    assert split("cuesta hoy 1\u00a0600\u202f€", 14) == ["cuesta hoy", "1\u00a0600\u202f€"]


@pytest.mark.parametrize(
    "sign", [FAMILY, WAVE, COLOMBIA, SCOTLAND, KEYCAP, ACCENTED, KOREAN, HINDI]
)
@pytest.mark.parametrize("limit", [15, 16, 17, 18])
def test_one_sign_is_never_cut(sign, limit):
    parts = split(sign * 20, limit)

    assert "".join(parts) == sign * 20
    assert all(part == sign * (len(part) // len(sign)) for part in parts)


def test_the_halves_of_a_pair_that_came_apart_stay_together():
    parts = split("x" + "\ud83d\ude00" * 3, 4)

    assert parts == ["x\ud83d\ude00", "\ud83d\ude00\ud83d\ude00"]


def test_a_sign_longer_than_a_message_is_cut_as_it_must():
    assert split("a" + "\u0301" * 9, 4) == ["a" + "\u0301" * 3, "\u0301" * 4, "\u0301" * 2]


def test_a_sign_longer_than_a_message_before_a_span_is_cut_as_it_must():
    text = "a" + "\u0301" * 9 + "`x y z`"

    parts = split(text, 8)

    assert "".join(parts) == text
    assert all(units(part) <= 8 for part in parts)


@pytest.mark.parametrize(
    "span",
    [
        "https://hilo.test/pagos?id=7431&x=¿que?。fin",
        "www.hilo.test/pagos",
        "*negrita de cuatro palabras*",
        "_cursiva de palabras. Fin_",
        "~tachado de palabras~",
        "`codigo con blancos`",
        "```linea uno\nlinea dos```",
        "*negrita con _cursiva dentro_ y mas*",
    ],
)
@pytest.mark.parametrize("lead", range(0, 40, 3))
def test_a_url_or_span_that_fits_is_never_cut(span, lead):
    text = f"{'y' * lead} {span} y sigue el texto"

    parts = split(text, 48)

    assert any(span in part for part in parts)


def test_a_span_in_brackets_that_does_not_fit_goes_whole_to_the_next_part():
    assert split("(" * 30 + "`a b c d`" + ")" * 9, 34) == ["(" * 30, "`a b c d`" + ")" * 9]


def test_spans_that_overlap_without_a_place_to_cut_are_cut_at_a_sign():
    text = "*xx`yy*zz`" * 8

    parts = split(text, 10)

    assert "".join(parts) == text
    assert all(len(part) <= 10 for part in parts)


def test_asterisks_that_format_nothing_are_no_reason_not_to_cut():
    assert split("3 * 4 y 5 * 6", 8) == ["3 * 4 y", "5 * 6"]
    assert split("a_b c_d e_f g_h", 8) == ["a_b c_d", "e_f g_h"]


def test_a_url_longer_than_a_message_is_cut_hard():
    url = "https://hilo.test/" + "a" * 40

    assert "".join(split(url, 20)) == url
    assert [len(part) for part in split(url, 20)] == [20, 20, 18]


def test_a_bold_span_longer_than_a_message_is_cut_between_words():
    assert split(f"*{words(5)}*", 20) == ["*palabra palabra", "palabra palabra", "palabra*"]


def test_a_fence_longer_than_a_message_is_closed_and_opened_again():
    code = "".join(f"  fila {n}\n" for n in range(6))

    parts = split(f"Mire:\n```\n{code}```\nListo.", 32)

    assert parts[0] == "Mire:"
    assert parts[-1] == "Listo."
    assert all(part.startswith("```\n  fila") and part.endswith("\n```") for part in parts[1:-1])
    assert ink("".join(parts)).replace("```", "") == ink(f"Mire:{code}Listo.")


def test_a_fence_longer_than_a_tiny_limit_is_cut_as_text():
    assert ink("".join(split("```uno dos tres```", 8))) == "```unodostres```"


def test_a_fence_that_is_never_closed_is_text():
    assert split("```uno dos tres cuatro", 16) == ["```uno dos tres", "cuatro"]


def test_a_fence_around_nothing_is_text():
    assert split("```   ``` uno dos tres cuatro", 16) == ["```   ``` uno", "dos tres cuatro"]


def test_an_indent_too_deep_to_keep_is_dropped():
    assert split("```\nuno\n" + " " * 60 + "dos\n```", 32) == ["```\nuno\n```", "```\ndos\n```"]


@given(TEXTS, st.integers(min_value=2, max_value=80))
def test_every_part_fits_and_says_something(text, limit):
    for part in split(text, limit):
        assert units(part) <= limit
        assert part.strip() == part != ""


@given(TEXTS, st.integers(min_value=2, max_value=80))
def test_nothing_but_whitespace_is_lost(text, limit):
    together = ink("".join(split(text, limit)))

    assert together.replace("```", "") == ink(text).replace("```", "")
    assert together.count("`") >= ink(text).count("`")


@given(TEXTS, st.integers(min_value=2, max_value=80))
def test_a_part_is_not_cut_any_further(text, limit):
    for part in split(text, limit):
        assert split(part, limit) == [part]


@given(st.text(max_size=300).filter(str.strip))
def test_a_short_text_is_one_part(text):
    assert split(text) == [text.strip()]


@pytest.mark.parametrize(
    "hostile",
    [
        "x",
        "\n",
        ".",
        ".'",
        "*a ",
        "_",
        "`",
        "```a ",
        "www.",
        "🇨🇴",
        "\u0301",
        "\n\n  \n",
        "。",
        "~a b~c",
    ],
)
def test_100_kb_of_anything_takes_less_than_seconds(hostile):
    text = (hostile * 100_000)[:100_000] + "x"

    began = time.process_time()
    parts = split(text)

    assert time.process_time() - began < 3
    assert ink("".join(parts)).replace("```", "").endswith("x")


def test_importing_the_splitter_does_not_load_the_markdown_parser():
    code = "import sys, conversation.text.splitting; print('markdown_it' in sys.modules)"

    printed = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert printed.stdout == "False\n"
