"""The operators' panel in a real browser, against the whole local stack."""

import json
import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import httpx
import pytest

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")

from playwright.sync_api import expect  # noqa: E402 - only where it is installed
from ulid import ULID  # noqa: E402 - as above

from conversation.adapters.elevenlabs.client import Callee, ElevenLabs  # noqa: E402 - as above
from conversation.contacts import contact_id_of  # noqa: E402 - as above
from conversation.settings import read  # noqa: E402 - as above
from conversation.variables import ElevenLabsSettings  # noqa: E402 - as above
from functions.panel.roles import Role  # noqa: E402 - as above
from infra.cli.show import entered, found  # noqa: E402 - as above
from infra.local.processes import ROOT  # noqa: E402 - as above
from infra.local.stack import EMULATOR_HOME  # noqa: E402 - as above
from tests.browser.chromium import NARROW, WIDE, stack  # noqa: E402 - as above
from tests.browser.conftest import IN_CI  # noqa: E402 - as above
from tests.browser.panel import link_into, pages_of, settle  # noqa: E402 - as above
from tests.browser.seeds import (  # noqa: E402 - as above
    DEAD,
    leave,
    seed,
    seed_dead_letter,
    tables_of,
)

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
LONG = "fecha_de_vencimiento_" * 8
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def heard():
    """A webhook for operators: what it was told, and its address."""
    said = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield said, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def running(browser, heard, tmp_path_factory):
    """A stack that tells of each drop at once, and finds an answer late after a second."""
    if not (EMULATOR_HOME / "bin" / "ministack").exists() and not IN_CI:
        pytest.skip("the local AWS is not installed: `make install` installs it")
    settings = {"NOTIFY_WEBHOOK_URL": heard[1], "NOTIFY_DROPS": "each", "NOTIFY_EVERY_S": "1"}
    with stack(tmp_path_factory.mktemp("panel"), ANSWER_SLOW_S="1", **settings) as started:
        yield started


@pytest.fixture(scope="module")
def people(running):
    contacts = seed(
        running.environment, 60, client_name=NASTY, dynamic_variables={LONG: "7431", "pedido": LONG}
    )
    for person, *given_up in DEAD:
        seed_dead_letter(running.environment, person, *given_up)
    return contacts


class Outside:
    """The simulators and the queues, as somebody outside of the panel reaches them."""

    def __init__(self, running):
        self._running = running

    def ask(self, who, path, body=None):
        url = f"{self._running.urls[who]}/_sim/{path}"
        if body is None:
            return httpx.get(url, trust_env=False).json()
        return httpx.post(url, json=body, trust_env=False, timeout=30).raise_for_status()

    def says(self, number, text):
        self.ask("twilio", f"people/{number}/say", {"body": text, "wait": True})

    def was_told(self, number):
        shown = self.ask("twilio", f"people/{number}/messages")["messages"]
        return [bubble["body"] for bubble in shown if not bubble["mine"]]

    def call(self, number, **variables):
        brief = {"call_seconds": 0.6, "processing_seconds": 0.2}
        self.ask("elevenlabs", "settings", brief)
        elevenlabs = ElevenLabs(read(ElevenLabsSettings, self._running.environment))
        agent_id = self._running.environment["DEFAULT_AGENT_ID"]
        elevenlabs.submit_batch("one", agent_id, [Callee(number=number, variables=variables)])

    def send_dead_letter(self):
        told = self._running.environment
        sqs = boto3.client(
            "sqs", endpoint_url=told["AWS_ENDPOINT_URL"], region_name=told["AWS_REGION"],
            aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip
        sqs.send_message(QueueUrl=told["DEAD_LETTER_QUEUE_URLS"].split(",")[0], MessageBody="{}")


def until(look, within_s=60):
    """Wait for what the stack does by itself; a page would show it at its next look."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


@pytest.fixture
def enter(running, people, browser):
    """Comes in with a role; nobody may leave with errors in the console."""
    contexts, complaints = [], []

    def begin(role=Role.ADMIN, viewport=None, **options):
        context = browser.new_context(viewport=viewport or WIDE, **{"locale": "es-CO"} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(link_into(running, role))
        return page

    yield begin
    for context in contexts:
        context.close()
    # the browser itself complains of a 401, which is what who signs out is to get
    assert [each for each in complaints if "status of 401" not in each] == []


@pytest.fixture
def go(running):
    def to(page, path):
        page.goto(running.urls["gateway"] + path)
        settle(page)

    return to


# Colours are the scheme's and words the language's: two visits see all of both.
@pytest.mark.parametrize(("locale", "scheme"), [("es-CO", "light"), ("en-US", "dark")])
def test_every_page_is_open_to_everyone(enter, go, people, locale, scheme):
    """axe-core finds nothing serious: contrast, names, roles, order."""
    page = enter(locale=locale, color_scheme=scheme)

    for name, path in pages_of(people[0]).items():
        go(page, path)
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in SERIOUS]
        assert serious == [], name


def test_every_page_fits_a_phone(enter, go, people):
    page = enter(viewport=NARROW)

    for name, path in pages_of(people[0]).items():
        go(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], name


def test_a_person_without_a_number_fits_a_phone_however_long_the_id_is(enter, go, running):
    number = f"CO.{'A' * 128}"
    page = enter(viewport=NARROW)
    contact_id = contact_id_of(f"whatsapp:{number}", running.environment["HILO_PEPPER"])
    tables_of(running.environment).state(
        contact_id=contact_id, user_id=number, address=f"whatsapp:{number}", status="closed"
    ).save()

    go(page, f"/panel/people/{contact_id}")

    expect(page.locator(".number")).to_contain_text("CO.")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_the_long_name_of_a_variable_leaves_its_value_half_of_the_room(enter, go, people):
    page = enter()

    go(page, f"/panel/people/{people[0]}")

    name = page.locator(".pairs dt", has_text=LONG).bounding_box()
    value = page.locator(".pairs dt", has_text=LONG).locator("+ dd").bounding_box()
    assert value["width"] >= name["width"]


def test_every_page_answers_its_question_without_scrolling(enter, go, people):
    page = enter()

    for name in ("home", "person", "sockets"):
        go(page, pages_of(people[0])[name])
        column = page.locator(".column, .charts, .sockets > section").first.bounding_box()
        assert column["y"] + column["height"] <= WIDE["height"], name


def test_the_keys_lead_through_a_list_into_a_conversation(enter, go):
    page = enter()
    go(page, "/panel/conversations?tab=waiting_person")
    rows = page.locator("[data-row]")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page.locator("[data-chat]")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("[data-act=close] form")).to_be_visible()


def test_more_of_a_list_comes_below_it(enter, go):
    page = enter()
    go(page, "/panel/conversations?tab=waiting_person")
    expect(page.locator("[data-row]")).to_have_count(25)

    page.locator("[data-next]").click()

    expect(page.locator("[data-row]")).to_have_count(42)


def test_what_changes_is_seen_within_three_seconds(enter, go, running, people):
    page, tables = enter(), tables_of(running.environment)
    go(page, f"/panel/people/{people[1]}")

    now = datetime.now(UTC)
    tables.messages(
        contact_id=people[1], message_key=str(ULID()), conversation_id=people[1],
        direction="inbound", kind="message", state="ANSWERED", content="acaba de llegar",
        sent_at=now,
    ).save()  # fmt: skip

    # two looks of 2.5 s may lie between on a machine that is busy with other tests
    expect(page.get_by_text("acaba de llegar")).to_be_visible(timeout=8_000)


def test_what_people_write_stays_text_in_a_browser(enter, go, people):
    page = enter()

    for path in pages_of(people[0]).values():
        go(page, path)
    go(page, f"/panel/people/{people[0]}")

    expect(page.locator("h1")).to_have_text(NASTY)
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("ask_again", "active"),
        ("close_socket", None),
        ("roll_over", None),
        ("close", "closed"),
        ("opt_out", "opted_out"),
    ],
)
def test_an_action_asks_first_and_tells_what_became_of_it(
    enter, go, running, people, action, status
):
    page, tables = enter(Role.OPERATOR), tables_of(running.environment)
    go(page, f"/panel/people/{people[19]}")

    page.locator(f"[data-act={action}] summary").click()
    page.locator(f"[data-act={action}] form button").click()

    expect(page.locator("[data-told]")).to_be_visible()
    if status == "active":  # the agent may have taken it by now
        assert tables.state.get(people[19]).status != "needs_attention"
    elif status:
        assert tables.state.get(people[19]).status == status


@pytest.mark.parametrize(
    ("deed", "locale", "told"),
    [
        ("replay", "es-CO", "Hacer otra vez: hecho otra vez"),
        ("drop", "en-US", "Drop: dropped"),
    ],
)
def test_a_dead_letter_is_replayed_or_dropped_after_a_question(
    enter, go, running, people, deed, locale, told
):
    tables = tables_of(running.environment)
    contact_id, key = seed_dead_letter(running.environment, 6 if deed == "replay" else 9)
    page = enter(Role.OPERATOR, locale=locale)
    go(page, "/panel/dead-letters")
    one = page.locator(f'[data-dead="{contact_id}:{key}"]')
    one.locator(f"[data-act={deed}] summary").click()

    # the list changes meanwhile, and nothing moves under the hand
    seed_dead_letter(running.environment, 12)
    page.wait_for_timeout(3_000)  # longer than a page takes to look again
    expect(one.locator(f"[data-act={deed}] form button")).to_be_visible()
    one.locator(f"[data-act={deed}] form button").click()

    expect(page.locator("[data-told]")).to_have_text(told)
    expect(one).to_have_count(0)
    item = tables.messages.get(contact_id, key)
    assert not (item.pending or "").startswith("dead#")
    page.locator("[data-row]").first.click()
    expect(page.locator(".timeline")).to_be_visible()


def test_all_of_one_reason_are_dropped_after_a_question(enter, go, running, people):
    for index in (13, 14, 15):
        seed_dead_letter(running.environment, index)
    page = enter(Role.OPERATOR)
    go(page, "/panel/dead-letters")
    alike = page.locator("[data-alike] [data-reason]").first
    reason = alike.get_attribute("data-reason")

    alike.locator('[data-act="drop.all"] summary').click()
    alike.locator('[data-act="drop.all"] form button').click()

    expect(page.locator("[data-told]")).to_contain_text("Descartar todos: ")
    expect(page.locator(f'[data-reason="{reason}"]')).to_have_count(0)


def test_a_number_is_shown_to_who_asks_and_may(enter, go, people):
    page = enter(Role.OPERATOR)
    go(page, f"/panel/people/{people[2]}")

    page.locator("[data-act=reveal] button").click()

    expect(page.locator("[data-revealed]")).to_have_text("+573130000002")


def test_a_viewer_sees_no_actions(enter, go, people):
    page = enter(Role.VIEWER)

    go(page, f"/panel/people/{people[2]}")

    assert page.locator("[data-act]").count() == 0


def test_one_signs_out_and_is_outside(enter, go, running):
    page = enter()

    page.locator(".me summary").click()
    with page.expect_navigation():
        page.locator(".me form button").click()

    expect(page.locator("pre")).to_have_text(re.compile("hilo panel"))


def test_a_late_answer_a_drop_and_a_dead_letter_are_told_and_shown(enter, go, running, heard):
    """The whole way: a person writes, the simulators misbehave, a webhook hears, a page shows."""
    outside, number = Outside(running), "+573009998877"
    outside.ask("elevenlabs", "faults", {"answer_delay_s": 3})
    outside.says(number, "Hola, ¿hay alguien?")
    until(lambda: len(outside.was_told(number)) >= 2)  # the waiting notice, and the answer
    outside.ask("elevenlabs", "faults", {"answer_delay_s": None})

    page = enter()
    go(page, "/panel/sockets?q=%2B57%20300%20999%208877")
    expect(page.locator("tbody tr td.num").first).to_have_text("1", timeout=15_000)  # its turns

    (socket,) = outside.ask("elevenlabs", "sockets")
    outside.ask("elevenlabs", f"sockets/{socket['conversation_id']}/drop", {})
    outside.send_dead_letter()
    told = ("Una respuesta tarda", "Se cayó una conexión", "Un aviso interno murió en la cola")
    until(lambda: all(any(head in text for text in heard[0]) for head in told))

    assert len(heard[0]) == len(told)
    late = next(text for text in heard[0] if told[0] in text)
    assert re.search(r"/panel/people/[A-Z2-7]{26}\?view=timeline$", late)
    go(page, "/panel/notices")
    expect(page.locator(".alert strong")).to_have_count(3)
    page.locator(".alert", has_text=told[0]).click()
    expect(page.locator(".timeline")).to_contain_text("¿hay alguien?")


def test_what_was_said_in_the_call_is_shown_where_it_is_asked_for(enter, go, running):
    outside, number = Outside(running), "+573138539177"
    outside.call(number, pedido="7431")
    with entered(running) as http:
        person = until(lambda: called(found(http, number)))
    page = enter()
    go(page, f"/panel/people/{person}")
    expect(page.locator(".transcript")).to_have_count(0)

    page.locator(".more-of-it summary").click()

    expect(page.locator(".transcript li", has_text="pedido: 7431")).to_be_visible()


def called(told):
    """Whom a call was continued with, once it was."""
    person = told["person"] if isinstance(told, dict) else {}
    return person["contact_id"] if person.get("call_id") else None


def test_a_transcript_that_elevenlabs_has_not_says_so(enter, go, people):
    page = enter()
    go(page, f"/panel/people/{people[3]}")

    page.locator(".more-of-it summary").click()

    # the simulator has never heard of a call that was only written into the table
    expect(page.locator(".said-there .quiet-line")).to_be_visible()


def test_what_the_doctor_finds_is_on_the_health_page_and_says_how_to_ask_again(enter, go, running):
    page = enter(locale="en-US")
    go(page, "/panel/health")
    card = page.locator("[data-doctor]")
    expect(card).to_contain_text("Not done yet")

    asked = [sys.executable, "-m", "infra.cli", "doctor", "--attach", "--json"]
    done = subprocess.run(  # noqa: S603 - our own module
        [*asked, "--data", str(running.data.root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout.splitlines()[-1])

    assert found["kept"] is True, done.stderr
    well = sum(each["ok"] is True for each in found["checks"])
    expect(card).to_contain_text(f"{well} well", timeout=5_000)
    expect(card).to_contain_text("hilo doctor --attach")
    card.get_by_text("What is well").click()
    expect(card.get_by_text("The pepper of ids")).to_be_visible()
    in_words_of_its_own = "li > span > small[lang=en], small.remedy[lang=en]"
    expect(card.locator(in_words_of_its_own)).to_have_count(0)


def test_a_letter_in_a_queue_can_be_dropped(enter, go, running):
    leave(running.environment, running.environment["OUTBOX_QUEUE_URL"], NASTY, "bad_doorbell")
    page = enter(Role.OPERATOR)
    one = page.locator("[data-letters] .dead-letter", has_text="cola de salida")
    until(lambda: go(page, "/panel/dead-letters") or one.count())  # a look may be 5 s old
    expect(one).to_contain_text("aviso interno ilegible bad_doorbell")

    one.locator("[data-act=drop] summary").click()
    one.locator("[data-act=drop] form button").click()

    expect(page.locator("[data-told]")).to_have_text("Descartar: descartado")
    expect(one).to_have_count(0)


def test_the_command_line_reads_the_same_json(running, people):
    with entered(running) as http:
        home, person = found(http, "home"), found(http, "+57 313 000 0004")

    assert home["open_sockets"] >= 1
    assert person["person"]["contact_id"] == people[4]
    assert "3130000004" not in json.dumps(person)
