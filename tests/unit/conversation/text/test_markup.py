import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.text import markup
from conversation.text.markup import to_whatsapp


def words(text):
    return set(re.findall(r"[^\W_]+", text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "Hola, ¿cómo está? 😀",
        "Son 3*4*5 = 60 y 2 * 3 * 4",
        "2**3**4",
        "Use snake_case_names y otra_cosa_",
        "https://hilo.test/_a_/__b__/*c*?d=~~e~~&f=*g*",
        "Hotel 5* y 4*",
        "un * solo y un _ solo",
        "1. uno\n2. dos\n4. cuatro",
        "1) uno\n2) dos",
        "3. tres\n2. dos\n1. uno",
        "2024. Fue un buen año",
        "1.",
        "#",
        "#1 en ventas",
        "- uno\n- dos\n    - tres",
        "> citado\n> y más",
        "    con sangría\n\n\n  y dos renglones",
        "Precio:\n\t$45.000",
        "Título\n===",
        "[1]: https://hilo.test",
        "<b>no es HTML</b> <!-- ni esto -->",
        "`código` y ```más```",
        "```\nbloque  *x*\n```",
        "https://hilo.test/a b://",
        "a\r\nb",
        "¯\\(ツ)/¯",
    ],
)
def test_a_text_without_markdown_comes_back_as_it_was(text):
    assert to_whatsapp(text) == text


@given(st.text(st.sampled_from("ab 1.)-+=!*_~`#>|[]<&\\\n\t\r\x00:/("), max_size=30))
def test_what_is_not_parsed_would_have_come_back_as_it_was_too(text):
    quickly = to_whatsapp(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_MARKED", re.compile(""))  # everything is parsed
        assert to_whatsapp(text) == quickly


@pytest.mark.parametrize(
    "text", ["*negrita*", "Su saldo es *$45.000* _hoy_ ~ayer~", "- *uno*\n- dos"]
)
def test_a_text_written_for_whatsapp_keeps_its_bold(text):
    assert to_whatsapp(text) == text


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("**fuerte** y *suave*", "*fuerte* y _suave_"),
        ("# Título\n\n*suave*", "*Título*\n\n_suave_"),
        ("[a](https://b.test) *suave*", "a (https://b.test) _suave_"),
        ("|A|\n|-|\n|*suave*|", "*A*\n_suave_"),
    ],
)
def test_a_text_that_uses_markdown_elsewhere_means_italic_by_one_asterisk(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("**b**", "*b*"),
        ("__b__", "*b*"),
        ("**b** _i_", "*b* _i_"),
        ("~~s~~", "~s~"),
        ("***x***", "_*x*_"),
        ("**a __b__ c**", "*a b c*"),
        ("**uno\ndos**", "*uno*\n*dos*"),
        ("un**5**kg **ya**", "un**5**kg *ya*"),
        ("5**kg** **ya**", "5**kg** *ya*"),
        ("**", "**"),
        (r"\*no\* **sí**", "*no* *sí*"),
    ],
)
def test_emphasis_is_written_with_whatsapps_marks(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("# Uno", "*Uno*"),
        ("### Uno ###\ntexto", "*Uno*\ntexto"),
        ("## **Uno** _dos_", "*Uno _dos_*"),
        ("texto\n\n# Uno\n\ntexto", "texto\n\n*Uno*\n\ntexto"),
        ("uno\n\n---\n\ndos", "uno\n\n———\n\ndos"),
        ("uno\n---\ndos", "uno\n———\ndos"),
        ("> **uno**\n>\n> dos\n\ntres", "> *uno*\n> dos\n\ntres"),
        ("uno  \ndos\\\ntres **x**", "uno\ndos\ntres *x*"),
        ("Sí &amp; no **x**", "Sí & no *x*"),
        ("<b>a</b> **x**", "<b>a</b> *x*"),
    ],
)
def test_blocks_keep_their_place_and_their_line_breaks(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("* uno\n* dos", "- uno\n- dos"),
        ("+ uno\n+ dos", "- uno\n- dos"),
        ("Tengo:\n* uno\n\n* dos\n\nfin", "Tengo:\n- uno\n\n- dos\n\nfin"),
        ("* uno\n  * dos\n    * tres\n* cuatro", "- uno\n  - dos\n    - tres\n- cuatro"),
        ("1. **uno**\n2. dos\n   - tres", "1. *uno*\n2. dos\n   - tres"),
        ("1. uno\n1. dos\n1. tres", "1. uno\n2. dos\n3. tres"),
        ("3) **uno**\n5) dos", "3) *uno*\n5) dos"),
        ("* uno\n\n  más\n* \n* dos", "- uno\n\n  más\n-\n- dos"),
    ],
)
def test_lists_keep_their_depth_and_their_numbers(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("[Pague aquí](https://b.test/x_y_z)", "Pague aquí (https://b.test/x_y_z)"),
        ("[https://b.test](https://b.test)", "https://b.test"),
        ("[b.test](https://www.b.test/)", "https://www.b.test/"),
        ("[](https://b.test)", "https://b.test"),
        ("<https://b.test>", "https://b.test"),
        ("[yo@b.test](mailto:yo@b.test)", "yo@b.test"),
        ("[Llame](tel:+573138539155)", "Llame (+573138539155)"),
        ("[texto]()", "texto"),
        ('[uno](https://b.test "dos tres")', "uno – dos tres (https://b.test)"),  # noqa: RUF001 - our dash
        ("[año](https://b.test/año)", "año (https://b.test/año)"),
        ("**[uno](https://b.test)**", "*uno (https://b.test)*"),
        ("[**uno**](https://b.test)", "*uno* (https://b.test)"),
        ("![foto](https://b.test/f.png)", "foto (https://b.test/f.png)"),
        ("![](https://b.test/f.png)", "https://b.test/f.png"),
        ("**https://b.test/a_b**, ya", "*https://b.test/a_b*, ya"),
        ("https://b.test/*a*/__b__ **ya**", "https://b.test/*a*/__b__ *ya*"),
        ("[uno https://c.test/ dos](https://b.test)", "uno https://c.test/ dos (https://b.test)"),
        (":// **ya**", ":// *ya*"),
        ("en<https://b.test>hoy", "en https://b.test hoy"),
        (r"[uno \(dos\)](https://b.test)", r"uno \(dos\) (https://b.test)"),
    ],
)
def test_links_show_their_target(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


@pytest.mark.parametrize(
    ("markdown", "whatsapp"),
    [
        ("`x*y*` **z**", "`x*y*` *z*"),
        ("``a`b``", "```a`b```"),
        ("```python\nx = 1\n```", "```\nx = 1\n```"),
        ("~~~\nx\n~~~", "```\nx\n```"),
        ("```una frase entera\nx\n```\n**y**", "```\nuna frase entera\nx\n```\n*y*"),
        ("```Gracias", "```\nGracias\n```"),
    ],
)
def test_code_stays_code_without_the_language(markdown, whatsapp):
    assert to_whatsapp(markdown) == whatsapp


def test_a_table_of_few_columns_becomes_a_line_a_row():
    table = "| Plan | Precio |\n|---|--:|\n| Básico | **$20** |\n| Pro | |\n| | |"

    assert to_whatsapp(f"Mire:\n\n{table}\n\nListo") == (
        "Mire:\n\n*Plan · Precio*\nBásico · *$20*\nPro · –\n\nListo"  # noqa: RUF001 - our dash
    )


def test_a_table_of_many_columns_becomes_a_card_a_row():
    table = (
        "| Plan | Precio | Datos | |\n|-|-|-|-|\n| Básico | $20 | 5 GB | hoy |\n| Pro | $40 | | |"
    )

    assert to_whatsapp(table) == (
        "Plan: Básico\nPrecio: $20\nDatos: 5 GB\nhoy\n\nPlan: Pro\nPrecio: $40"
    )


def test_a_table_without_rows_shows_its_header():
    assert to_whatsapp("|A|B|C|D|\n|-|-|-|-|") == "*A · B · C · D*"


@pytest.mark.parametrize("columns", [1, 4])
def test_a_row_with_more_cells_than_the_header_loses_none(columns):
    header = "|" + "x|" * columns + "\n|" + "-|" * columns
    row = "|uno|dos|tres|cuatro|cinco|"

    assert to_whatsapp(f"{header}\n{row}").endswith("uno|dos|tres|cuatro|cinco")


MARKS = ["*", "**", "_", "__", "~~", "`", "# ", "- ", "1. ", "> ", "|", "|-|-|\n", "[", "](", ")"]
PLAIN = ["hola", "x", " ", "    ", "\n", "\n\n", "![", "https://b.test/_a_", "\\", "<b>", "7", "é"]
MARKDOWN = st.lists(st.sampled_from([*MARKS, *PLAIN]), max_size=40).map("".join)


@given(st.text() | MARKDOWN)
def test_no_text_breaks_it(text):
    converted = to_whatsapp(text)

    assert bool(converted.strip()) == bool(text.strip())


@given(MARKDOWN.filter(lambda text: "~~~" not in text and "```" not in text))
def test_no_word_is_lost_but_the_language_of_a_fence(text):
    assert words(text) <= words(to_whatsapp(text))


@pytest.mark.parametrize("opening", ["> ", "- ", "1. "])
def test_a_text_nested_deeper_than_anybody_writes_comes_back_as_it_was(opening):
    text = opening * 300 + "fondo **negro**"

    assert to_whatsapp(text) == text


def test_brackets_nested_deeper_than_the_parser_goes_come_back_as_they_were(monkeypatch):
    def too_deep(_self, _text):
        raise RecursionError

    monkeypatch.setattr("conversation.text.markup._Parser.parse", too_deep)

    assert to_whatsapp("**x**") == "**x**"


@pytest.mark.parametrize(
    "hostile", ["*a ", "[", "![", "`", "_", "a|", "> ", "~~a", "**a*_ ", "* x\n"]
)
def test_5_kb_of_anything_takes_less_than_seconds(hostile):
    text = (hostile * 5_000)[:5_000] + "x"

    began = time.process_time()
    converted = to_whatsapp(text)

    assert time.process_time() - began < 3
    assert "x" in converted


def test_an_agent_stuck_in_blank_lines_takes_nobodys_time():
    text = "a" + "\n" * 20_000 + "b"

    began = time.process_time()
    converted = to_whatsapp(text)

    assert time.process_time() - began < 3
    assert converted == text


def test_a_text_longer_than_anybody_writes_comes_back_as_it_was():
    text = "**a** " * 4_000

    assert to_whatsapp(text) == text
