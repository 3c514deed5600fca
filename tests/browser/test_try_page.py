"""The page, driven in a real browser against the whole local stack."""

import random
import re
from itertools import count
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect  # noqa: E402 - only where it is installed

from tests.browser.chromium import NARROW, WIDE  # noqa: E402 - as above

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
NUMBERS = (f"+1202555{n:04}" for n in count(100))

TURN = ["message_stored", "doorbell_taken", "turn_asked", "answer_stored", "reply_sent"]
"""What happens inside for one message, in this order (others may stand between)."""


@pytest.fixture(scope="module")
def fact():
    return f"{random.SystemRandom().randrange(10**6, 10**7)}"


def in_order(wanted, events):
    """Whether all of ``wanted`` are in ``events``, in this order."""
    left = iter(events)
    return all(any(event == one for event in left) for one in wanted)


@pytest.mark.parametrize(
    ("language", "question", "opener", "title"),
    [
        ("es", "¿Qué me dijo de mi pedido?", "Gracias por atender la llamada", "Ana escribió"),
        (
            "en",
            "What did you tell me about my order?",
            "Thank you for taking the call",
            "Ana wrote",
        ),
    ],
)
def test_a_call_is_followed_by_a_chat_that_remembers_it(
    running, visit, fact, language, question, opener, title
):
    here = visit()
    here.open(running.urls["page"], language)
    here.fill_first_person("Ana", next(NUMBERS), ("pedido", fact))

    here.call()
    answer = here.ask(question)

    assert opener in here.page.locator(".bubble.theirs").first.inner_text()
    assert fact in answer
    assert fact in here.page.locator(".person .summary").inner_text()
    mine = here.page.locator(".bubble.mine").last
    expect(mine).to_have_attribute("data-ticks", re.compile("two|blue"))
    newest = here.page.locator(".story").first
    expect(newest.locator("[data-signal=delivery_updated]").last).to_be_visible()
    expect(newest.locator("summary strong")).to_have_text(title)
    assert in_order(TURN, here.events())
    assert here.page.locator("html").get_attribute("lang") == language
    assert here.complaints == []


def test_no_text_of_a_person_reaches_what_is_shown_of_the_inside(running, visit):
    """Law 6: it is drawn from the logs, and there is no text in them."""
    here = visit()
    here.open(running.urls["page"], "es")
    number = next(NUMBERS)
    here.fill_first_person("Ana", number, ("clave", "secreta"))

    here.call()
    here.ask("frambuesa")

    inside = here.page.locator("#stories").inner_text()
    assert "frambuesa" not in inside
    assert number.removeprefix("+") not in inside


def test_a_phone_is_wide_enough(running, visit):
    here = visit(NARROW, has_touch=True)
    here.open(running.urls["page"], "es")
    here.fill_first_person(
        "Ana", next(NUMBERS), ("entrega", "el jueves por la tarde, en la puerta")
    )

    here.call()
    here.ask("Hola 👋\n¿cuándo llega? https://example.com/" + "a" * 120)

    assert here.page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert here.complaints == []


def test_a_phone_is_wide_enough_for_who_hides_the_number(running, visit):
    here = visit(NARROW, has_touch=True)
    person = f"CO.{'A' * 128}"

    url = f"{running.urls['twilio']}/_sim/people/{person}/say"
    said = {"body": "hola", "wait": True}
    httpx.post(url, json=said, trust_env=False, timeout=30).raise_for_status()
    here.open(running.urls["page"], "es")
    expect(here.page.locator(".story summary strong", has_text=person)).to_be_visible()

    assert here.page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_enter_sends_and_shift_with_enter_begins_a_line(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    here.fill_first_person("Ana", next(NUMBERS), ("pedido", "1"))
    text = here.page.locator("#text")

    text.press_sequentially("una")
    text.press("Shift+Enter")
    text.press_sequentially("dos *tres*")
    text.press("Enter")

    sent = here.page.locator(".bubble.mine .text")
    expect(sent).to_contain_text("una\ndos tres", use_inner_text=True)
    expect(sent.locator("strong")).to_have_text("tres")
    expect(text).to_have_value("")


def test_a_picture_a_place_and_an_opt_out_are_one_touch_away(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    here.fill_first_person("Ana", next(NUMBERS), ("pedido", "1"))
    tries = here.page.locator("#tries button")

    tries.nth(1).click()
    expect(here.page.locator(".bubble.mine img")).to_be_visible()
    expect(here.page.locator(".bubble.theirs")).to_contain_text(["solo puedo leer texto"])
    tries.nth(2).click()
    expect(here.page.locator(".bubble.mine .location")).to_contain_text("Zócalo")
    tries.nth(3).click()

    expect(here.page.locator(".bubble.theirs").last).to_contain_text("no le enviaremos más")
    expect(
        here.page.locator(".story").first.locator("[data-signal=person_opted_out]")
    ).to_be_visible()
    assert here.complaints == []


def test_a_webhook_that_comes_twice_is_shown_and_answered_once(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    here.fill_first_person("Ana", next(NUMBERS), ("pedido", "1"))
    here.page.locator("#faults summary").click()
    twice = here.page.locator("[data-fault=webhook_twice]")

    twice.check()
    expect(here.page.locator("#faults-count")).to_have_text("1 encendido")
    here.ask("hola")
    repeated = here.page.locator(".story").first.locator("[data-signal=message_repeated]")
    expect(repeated).to_be_visible()
    twice.uncheck()
    expect(here.page.locator("#faults-count")).to_be_hidden()

    assert here.page.locator(".bubble.theirs").count() == 1


def test_the_language_is_remembered_and_can_be_changed(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")

    here.page.get_by_role("button", name="English").click()
    expect(here.page.locator("h2").first).to_have_text("The campaign")
    here.page.goto(running.urls["page"])

    expect(here.page.locator("h2").first).to_have_text("The campaign")
    assert here.page.locator("[data-lang=en]").get_attribute("aria-pressed") == "true"


def test_a_wrong_number_is_explained_and_nobody_is_called(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    here.fill_first_person("Ana", "12", ("pedido", "1"))

    here.page.locator("#start").click()

    expect(here.page.get_by_role("alert").first).to_contain_text("Revise el número")
    expect(here.page.locator("#start")).to_be_enabled()


def test_the_policy_lets_no_foreign_script_run(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")

    done = here.page.evaluate(
        """() => {
          const script = document.createElement("script");
          try { script.text = "window.ran = true"; } catch (error) { return error.name; }
          document.body.append(script);
          return window.ran ?? "refused";
        }"""
    )

    assert done in {"TypeError", "refused"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "phone"])
def test_every_text_has_contrast_enough(running, visit, scheme, viewport):
    here = visit(viewport, color_scheme=scheme, reduced_motion="reduce")
    here.open(running.urls["page"], "es")
    here.fill_first_person("Ana", next(NUMBERS), ("pedido", "1"))
    here.page.locator("#faults summary").click()
    expect(here.page.locator("#switches li")).to_have_count(4)
    here.ask("hola")
    expect(here.page.locator(".part.lit")).to_have_count(0)

    assert here.page.evaluate(CONTRAST) == []


def test_everything_can_be_reached_with_the_keyboard(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    wanted = {"start", "add-person", "agent", "text", "chat", "emoji-open"}
    reached = set()

    for _ in range(60):
        here.page.keyboard.press("Tab")
        reached.add(here.page.evaluate("document.activeElement.id"))

    assert wanted <= reached


def test_with_real_providers_the_page_says_what_to_do_instead(real_page, visit):
    here = visit()
    here.page.goto(real_page)

    expect(here.page.locator("#sender")).to_have_text("+15005550006")
    expect(here.page.locator("#phone-real")).to_contain_text("Escriba desde su propio WhatsApp")
    expect(here.page.locator("#campaign-real")).to_contain_text("make flow")
    expect(here.page.locator("#start")).to_be_hidden()
    expect(here.page.locator("#text")).to_be_hidden()
    expect(here.page.locator("#diagram li")).to_have_count(10)
    assert here.complaints == []


def test_a_text_without_contrast_would_be_found(visit):
    here = visit()
    here.page.set_content("<p>clear</p><p style='color: #999'>faint</p>")

    assert here.page.evaluate(CONTRAST) == ["2.85 faint"]


def test_an_emoji_can_be_chosen_and_escape_closes_the_choice(running, visit):
    here = visit()
    here.open(running.urls["page"], "es")
    opener, choice = here.page.locator("#emoji-open"), here.page.locator("#emojis")

    opener.click()
    choice.get_by_text("👋").or_(choice.get_by_text("👍")).first.click()
    expect(here.page.locator("#text")).to_have_value("👍")
    opener.click()
    here.page.keyboard.press("Escape")

    expect(choice).to_be_hidden()
    expect(opener).to_be_focused()
