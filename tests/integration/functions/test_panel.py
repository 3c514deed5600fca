"""The panel as API Gateway calls it, over moto's tables and queues: pages, rights, forms."""

from __future__ import annotations

import base64
import html
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import jsonschema
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from ulid import ULID

from conversation.adapters.tables.examined import ExaminedTable
from conversation.contacts import contact_id_of
from conversation.doorbells import shard_of
from conversation.errors import Defect
from conversation.findings import Examined, Finding, Verdict
from conversation.messages import InboundState
from conversation.names import folded, initial
from functions.panel.roles import Role
from functions.panel.rooms import DESCRIPTION
from functions.panel.sessions import ticket
from functions.panel.texts import LANGUAGES
from tests.integration.functions.conftest import PEPPER
from tests.integration.functions.described import ANSWERS, described
from tests.webhooks import BASE_URL

NUMBER = "+573138539155"
LINK_KEY = "the key of links in tests"
OWNER = contact_id_of(NUMBER, PEPPER)
PAGES = ("/panel", "/panel/day", "/panel/conversations", "/panel/sockets", "/panel/notices",
         "/panel/health")  # fmt: skip

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mi xlink:href='data:x,<script>alert(1)</script>'>",
    "'\"><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "` onerror=`alert(1)",
    "{{7*7}}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "${alert(1)}",
    "<%= 7*7 %>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<link rel=stylesheet href=//evil.test/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.test'>",
    "<base href=//evil.test/>",
    "<form action=//evil.test><button>x</button></form>",
    "<div hx-get='/panel/health' hx-trigger='load'>x</div>",
    "<div data-live='//evil.test' class='live'>x</div>",
    "<template><script>alert(1)</script></template>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>\u0000",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]


@pytest.fixture
def panel(aws, tables, monkeypatch):
    from functions.panel.handler import handler
    from functions.panel.wiring import application

    settings = {
        "INBOX_QUEUE_URLS": ",".join(aws.inbox),
        "HILO_PEPPER": PEPPER,
        "PUBLIC_BASE_URL": BASE_URL,
        "PANEL_LINK_KEY": LINK_KEY,
        "DEAD_LETTER_QUEUE_URLS": ",".join(aws.dead_letters),
        "ELEVENLABS_API_KEY": "sk_test",
        "ELEVENLABS_API_URL": "http://127.0.0.1:1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)
    application.cache_clear()
    yield Browser(handler)
    application.cache_clear()


class Browser:
    """Somebody at the panel, with the cookies that were given."""

    def __init__(self, handler):
        self._handler = handler
        self.cookies = {}

    def get(self, path, **headers):
        return self._ask("GET", path, headers, None)

    def post(self, path, form, **headers):
        return self._ask("POST", path, headers, urlencode(form))

    def enter(self, role=Role.ADMIN, who="ana@example.com"):
        link = ticket(LINK_KEY, who, role, datetime.now(UTC))
        self.get(f"/panel/enter?ticket={link}")
        return self

    def csrf(self):
        return re.search(r'name="csrf" value="([^"]+)"', self.get("/panel")["body"])[1]

    def act(self, action, contact_id=OWNER):
        return self.post(f"/panel/people/{contact_id}/{action}", {"csrf": self.csrf()})

    def _ask(self, method, path, headers, body):
        path, _, query = path.partition("?")
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4"}
        event = {
            "version": "2.0", "routeKey": "ANY /panel", "rawPath": path, "rawQueryString": query,
            "headers": {"host": "hilo.example.com"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {"http": http, "stage": "$default", "requestId": "r"},
            "isBase64Encoded": False,
        }  # fmt: skip
        if body is not None:
            event["body"] = body
        answer = self._handler(event, None)
        for cookie in answer.get("cookies", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer


@pytest.fixture
def a_conversation(tables):
    """Somebody with one failed question, and an answer before it."""

    def make(number=NUMBER, name="Ana Ríos", text="¿Sigue ahí?", **fields):
        now = datetime.now(UTC)
        contact_id = contact_id_of(number, PEPPER)
        known = {"status": "needs_attention", "reason": "gave_up", "last_message_at": now}
        known |= {"last_inbound_at": now, "message_count": 2, "agent_id": "agent_1"} | fields
        item = tables.state(contact_id=contact_id, phone_number=number, client_name=name, **known)
        item.save()
        for seconds, direction, kind, state, said in (
            (60, "outbound", "reply", "READ", "Hola, su pedido sale mañana."),
            (30, "inbound", "message", "FAILED", text),
        ):
            at = now - timedelta(seconds=seconds)
            tables.messages(
                contact_id=contact_id, message_key=str(ULID.from_datetime(at)),
                conversation_id=contact_id, direction=direction, kind=kind, state=state,
                content=said, sent_at=at, latency_ms=1200 if kind == "reply" else None,
            ).save()  # fmt: skip
        return contact_id

    return make


def audited(tables):
    month = datetime.now(UTC).strftime("%Y-%m")
    return [(item.who, item.action, item.outcome) for item in tables.audit.query(month)]


# --- who may come in


@pytest.mark.parametrize("path", [*PAGES, f"/panel/people/{OWNER}", "/panel/api/home"])
def test_without_a_session_nothing_is_shown(panel, a_conversation, path):
    a_conversation()

    answer = panel.get(path)

    assert answer["statusCode"] == 401
    assert "Ana" not in answer["body"]


def test_a_link_works_once(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC))

    first, second = (panel.get(f"/panel/enter?ticket={link}") for _ in range(2))

    assert first["statusCode"] == 303
    assert second["statusCode"] == 401


def test_a_link_is_too_old_after_ten_minutes(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC) - timedelta(minutes=11))

    assert panel.get(f"/panel/enter?ticket={link}")["statusCode"] == 401


def test_a_link_signed_with_another_key_is_none(panel):
    link = ticket("another key of links", "ana", Role.ADMIN, datetime.now(UTC))

    assert panel.get(f"/panel/enter?ticket={link}")["statusCode"] == 401


def test_a_session_cannot_be_used_as_a_link_nor_a_link_as_a_session(panel):
    panel.enter()
    session = panel.cookies["hilo_session"]

    assert panel.get(f"/panel/enter?ticket={session}")["statusCode"] == 401
    panel.cookies["hilo_session"] = ticket(LINK_KEY, "ana", Role.ADMIN, datetime.now(UTC))
    assert panel.get("/panel")["statusCode"] == 401


def test_the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites(panel):
    link = ticket(LINK_KEY, "ana", Role.VIEWER, datetime.now(UTC))

    (cookie,) = panel.get(f"/panel/enter?ticket={link}")["cookies"]

    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/panel"} <= set(cookie.split("; "))


def test_cookies_may_also_come_in_their_header(panel):
    panel.enter()
    kept, panel.cookies = panel.cookies, {}

    answer = panel.get("/panel", cookie="; ".join(f"{name}={kept[name]}" for name in kept))

    assert answer["statusCode"] == 200


def test_coming_in_is_recorded(panel, tables):
    panel.enter(Role.OPERATOR, "ana@example.com")

    assert audited(tables) == [("ana@example.com", "sign_in", "operator")]


# --- pages


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path", [*PAGES, f"/panel/people/{OWNER}", f"/panel/people/{OWNER}?view=timeline"]
)
def test_every_page_is_drawn_in_both_languages(panel, a_conversation, path, language):
    a_conversation()

    answer = panel.enter().get(path, accept_language=language)

    assert answer["statusCode"] == 200
    assert f'<html lang="{language}">' in answer["body"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_may_run_and_load_only_what_is_ours(panel, path):
    answer = panel.enter().get(path)

    policy = answer["headers"]["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|https?://", answer["body"])


def test_every_file_of_a_page_is_served_for_ever_under_a_name_of_its_content(panel):
    page = panel.enter().get("/panel")["body"]

    for name in set(re.findall(r"/panel/static/[\w.-]+", page)):
        answer = panel.get(name)
        assert answer["statusCode"] == 200, name
        assert "immutable" in answer["headers"]["Cache-Control"]


def test_what_has_not_changed_is_not_sent_again(panel, a_conversation):
    a_conversation()
    page = panel.enter().get("/panel/conversations?tab=needs_attention")["body"]
    mark = re.search(r'data-version="(\w+)"', page)[1]

    same = panel.get(
        "/panel/conversations?tab=needs_attention", x_hilo_part="1", x_hilo_version=mark
    )
    a_conversation("+573138539156", "Luis", last_message_at=datetime.now(UTC))
    other = panel.get(
        "/panel/conversations?tab=needs_attention", x_hilo_part="1", x_hilo_version=mark
    )

    assert same["statusCode"] == 204
    assert other["statusCode"] == 200
    assert "Luis" in other["body"]


@pytest.mark.parametrize(
    "written",
    ["+573138539155", "573138539155", "+57 313 853-9155", "(+57) 313.853.9155", "00573138539155"],
)
def test_a_number_is_found_however_it_is_written(panel, a_conversation, written):
    a_conversation(status="closed")

    answer = panel.enter().get(f"/panel/api/conversations?{urlencode({'q': written})}")

    (row,) = json.loads(answer["body"])["list"]["rows"]
    assert row["contact_id"] == OWNER


def names_found(panel, q, tab="needs_attention", **more):
    query = urlencode({"q": q, "tab": tab} | more)
    found = json.loads(panel.enter().get(f"/panel/api/conversations?{query}")["body"])["list"]
    return [row["name"] for row in found["rows"]], found["cursor"]


def found_by(name):
    return {"name_initial": initial(name), "name_folded": folded(name)}


@pytest.mark.parametrize("prefix", ["ana", "ANA", "aná  ri", "  an"])
@pytest.mark.parametrize("tab", ["needs_attention", "active"])
def test_a_name_is_found_by_how_it_begins_in_whatever_list_it_is(
    panel, a_conversation, prefix, tab
):
    a_conversation(**found_by("Ana Ríos"))
    a_conversation("+573138539156", "Mariana", **found_by("Mariana"))

    assert names_found(panel, prefix, tab) == (["Ana Ríos"], None)


def test_names_are_found_a_page_at_a_time_in_their_order(panel, a_conversation):
    for n in range(30):
        name = f"Ana {n:02}"
        a_conversation(f"+5731385391{n:02}", name, **found_by(name))

    first, cursor = names_found(panel, "ana")
    rest, end = names_found(panel, "ana", cursor=cursor)

    assert [*first, *rest] == [f"Ana {n:02}" for n in range(30)]
    assert (len(first), end) == (25, None)


@pytest.mark.parametrize("prefix", ["rios", "Ríos"])
def test_a_second_name_is_found_among_the_latest_of_the_list(panel, a_conversation, prefix):
    a_conversation(**found_by("Ana Ríos"))

    assert names_found(panel, prefix) == (["Ana Ríos"], None)
    assert names_found(panel, prefix, "active") == ([], None)


def test_a_list_goes_on_where_it_ended(panel, a_conversation):
    for n in range(27):
        a_conversation(f"+5731385391{n:02}", f"P{n}")
    panel.enter()

    first = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])["list"]
    query = urlencode({"tab": "needs_attention", "cursor": first["cursor"]})
    second = json.loads(panel.get(f"/panel/api/conversations?{query}")["body"])["list"]

    names = [row["name"] for row in first["rows"] + second["rows"]]
    assert len(first["rows"]) == 25
    assert sorted(names) == sorted(f"P{n}" for n in range(27))
    assert second["cursor"] is None


def test_a_list_shows_what_was_said_last_of_all_at_once(panel, tables, a_conversation):
    owners = [a_conversation(number=f"+57313853{n:04d}", text=f"texto {n}") for n in range(3)]
    for owner in owners[:2]:  # of the third a release before stored no key
        *_, last = tables.messages.query(owner)
        key = tables.state.last_message_key
        tables.state(contact_id=owner).update([key.set(last.message_key)])
    panel.enter()

    found = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])

    said = {row["contact_id"]: row["last"]["text"] for row in found["list"]["rows"]}
    assert said == {owner: f"texto {n}" for n, owner in enumerate(owners)}


def test_who_has_waited_too_long_has_a_list(panel, tables, a_conversation):
    owner = a_conversation(text="¿Hay alguien?")
    (message,) = [m for m in tables.messages.query(owner) if m.direction == "inbound"]
    pending = f"in#{shard_of(owner, 4)}"
    message.update(
        [
            tables.messages.state.set("NEW"),
            tables.messages.pending.set(pending),
            tables.messages.pending_since.set(message.sent_at),
        ]
    )
    panel.enter()

    page = panel.get("/panel/conversations?tab=late")

    assert "¿Hay alguien?" in page["body"]


def test_a_place_in_another_list_is_refused(panel, a_conversation):
    for n in range(27):
        a_conversation(f"+5731385391{n:02}")
    panel.enter()
    cursor = json.loads(panel.get("/panel/api/conversations?tab=needs_attention")["body"])["list"][
        "cursor"
    ]

    for wrong in (cursor, "nonsense", "e30="):
        query = urlencode({"tab": "closed", "cursor": wrong})
        assert panel.get(f"/panel/conversations?{query}")["statusCode"] == 400


def cursor_of(**key):
    plain = {
        name: value if isinstance(value, dict) else {"S": value} for name, value in key.items()
    }
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"contact_id": None},
        {"last_message_at": None},
        {"contact_id": {"N": "1"}},
        {"contact_id": {"S": "A", "N": "1"}},
        {"contact_id": ""},
        {"contact_id": "A" * 3000},
        {"else": "x"},
        {"status": "closed"},
    ],
)
def test_a_place_that_somebody_made_up_is_refused(panel, changes):
    key = {"status": "active", "contact_id": OWNER, "last_message_at": "2026-11-27T12:00:00+0000"}
    made_up = {name: value for name, value in (key | changes).items() if value is not None}
    panel.enter()

    good, bad = (
        panel.get(
            f"/panel/conversations?{urlencode({'tab': 'active', 'cursor': cursor_of(**each)})}"
        )
        for each in (key, made_up)
    )

    assert (good["statusCode"], bad["statusCode"]) == (200, 400)


@pytest.mark.parametrize(
    "path",
    [f"/panel/people/{'A' * 3000}", f"/panel/people/{'A' * 65}/transcript"],
)
def test_an_id_that_is_too_long_for_one_is_nobodys(panel, path):
    assert panel.enter().get(path)["statusCode"] == 404


@pytest.mark.parametrize("path", ["/panel/people/{}?before={}", "/panel/notices?cursor={1}"])
def test_a_place_that_is_too_long_for_one_is_only_a_place(panel, a_conversation, path):
    owner = a_conversation()

    assert panel.enter().get(path.format(owner, "x" * 3000))["statusCode"] == 200


@pytest.mark.parametrize("digits", ["12345678", "+999999999999999", "9" * 300])
@pytest.mark.parametrize("page", ["conversations", "sockets"])
def test_digits_that_are_nobodys_number_find_nobody(panel, a_conversation, page, digits):
    a_conversation(open_on="0", session_opened_at=datetime.now(UTC), epoch=3)

    answer = panel.enter().get(f"/panel/{page}?{urlencode({'q': digits, 'lang': 'en'})}")

    assert answer["statusCode"] == 200
    assert "data-row" not in answer["body"]


def test_a_link_puts_no_words_of_its_own_on_a_persons_page(panel, a_conversation):
    owner = a_conversation()
    panel.enter()

    ours = panel.get(f"/panel/people/{owner}?did=close&outcome=done&lang=en")["body"]
    forged = panel.get(f"/panel/people/{owner}?did=Call_us&outcome=at_once&lang=en")["body"]

    assert "data-told" in ours
    assert "data-told" not in forged
    assert "Call us" not in forged


def test_the_language_is_switched_without_losing_what_the_list_shows(panel, a_conversation):
    a_conversation()
    page = panel.enter().get("/panel/conversations?tab=closed&q=ana%20r%C3%ADos&lang=es")["body"]
    link = html.unescape(re.search(r'href="(/panel/language\?lang=en[^"]*)"', page)[1])

    where = panel.get(link)["headers"]["Location"]

    assert where == "/panel/conversations?tab=closed&q=ana+r%C3%ADos"


@pytest.mark.parametrize(
    "path",
    ["/panel/nowhere", "/panel/people/NOBODY", "/panel/static/x.js", "/panel/conversations?tab=x"],
)
def test_what_does_not_exist_is_said_to_be_missing(panel, path):
    assert panel.enter().get(path)["statusCode"] == 404


def test_the_numbers_of_the_day_are_counted(panel, a_conversation):
    a_conversation()

    page = panel.enter().get("/panel/day")["body"]

    tiles = dict(re.findall(r'data-tile="(\w+)".*?<strong>(.*?)</strong>', page))
    assert tiles == {"sent": "1", "failed": "1", "median": "1,2 s", "p95": "1,2 s"}


# --- what people write stays text


def test_what_people_write_never_becomes_markup(panel, tables, a_conversation):
    panel.enter()

    for n, payload in enumerate(PAYLOADS):
        call = {"call_id": "c", "call_ended_at": datetime.now(UTC), "call_summary": payload}
        call |= {"status": "active", "dynamic_variables": {payload: payload}}
        contact_id = a_conversation(f"+5731385390{n:02}", payload, payload, **call)
        pages = [f"/panel/people/{contact_id}?view={view}" for view in ("chat", "timeline", "json")]
        for path in ("/panel/conversations?tab=active", *pages):
            page = panel.get(path)["body"]
            assert is_text(payload, page), (payload, path)
            assert path.endswith("json") or payload in html.unescape(page), (payload, path)
        tables.state(contact_id).delete()


def is_text(payload, page):
    """Whether ``payload`` stands in the page as text alone: none of it is part of a tag."""
    harmless = not set(payload) & set("<>\"'&")
    tags = "".join(re.findall(r"<[^>]*>", page))
    return (harmless or payload not in page) and "alert(1)" not in tags and "evil.test" not in tags


def test_what_is_searched_for_never_becomes_markup(panel):
    panel.enter()
    for payload in PAYLOADS:
        page = panel.get(f"/panel/conversations?{urlencode({'q': payload, 'batch': payload})}")[
            "body"
        ]
        assert payload not in page or not set(payload) & set("<>\"'&"), payload


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/panel\\@evil.test",
        "/panel.evil.test",
        "/panel/\r\nSet-Cookie: a=b",
        "/panel/ñ",
        "/panel/<b>",
    ],
)
def test_the_language_switch_leads_nowhere_else(panel, back):
    answer = panel.get(f"/panel/language?{urlencode({'lang': 'en', 'back': back})}")

    assert answer["headers"]["Location"] == "/panel"


# --- numbers


@pytest.mark.parametrize("role", Role)
def test_no_page_shows_a_whole_number(panel, a_conversation, role):
    a_conversation()
    panel.enter(role)

    for path in (
        *PAGES,
        "/panel/conversations?tab=needs_attention",
        f"/panel/people/{OWNER}",
        f"/panel/people/{OWNER}?view=json",
        f"/panel/api/people/{OWNER}",
    ):
        assert "3138539155" not in panel.get(path)["body"], path


def test_revealing_a_number_is_recorded(panel, tables, a_conversation):
    a_conversation()

    answer = panel.enter(Role.OPERATOR).act("reveal")

    assert NUMBER in answer["body"]
    assert audited(tables)[-1] == ("ana@example.com", "reveal", "done")


# --- forms and rights


ACTIONS = ("close", "close_socket", "roll_over", "opt_out", "ask_again", "reveal")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("csrf", ["", "x" * 32])
def test_a_form_of_another_site_does_nothing(panel, tables, a_conversation, action, csrf):
    a_conversation()
    panel.enter()
    before = audited(tables)

    answer = panel.post(f"/panel/people/{OWNER}/{action}", {"csrf": csrf})

    assert answer["statusCode"] == 403
    assert audited(tables) == before
    assert tables.state.get(OWNER).status == "needs_attention"


def test_a_form_that_the_browser_says_is_of_another_site_does_nothing(panel, a_conversation):
    a_conversation()
    form = {"csrf": panel.enter().csrf()}

    answer = panel.post(f"/panel/people/{OWNER}/close", form, sec_fetch_site="cross-site")

    assert answer["statusCode"] == 403


def test_the_token_of_another_session_is_worth_nothing(panel, a_conversation):
    a_conversation()
    form = {"csrf": panel.enter().csrf()}
    panel.enter()

    assert panel.post(f"/panel/people/{OWNER}/close", form)["statusCode"] == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_may_do_nothing(panel, tables, a_conversation, action):
    a_conversation()

    answer = panel.enter(Role.VIEWER).act(action)

    assert answer["statusCode"] == 403
    assert tables.state.get(OWNER).status == "needs_attention"
    assert f'data-act="{action}"' not in panel.get(f"/panel/people/{OWNER}")["body"]


@pytest.mark.parametrize(
    ("role", "sees"), [(Role.VIEWER, False), (Role.OPERATOR, False), (Role.ADMIN, True)]
)
def test_only_an_administrator_sees_who_did_what(panel, role, sees):
    page = panel.enter(role, "someone@example.com").get("/panel/api/health")["body"]

    assert (json.loads(page)["audited"] is not None) is sees


# --- actions


def test_closing_a_conversation_also_closes_its_socket(panel, tables, a_conversation, rung):
    a_conversation()

    answer = panel.enter().act("close")

    assert answer["headers"]["Location"].endswith("?did=close&outcome=done")
    assert tables.state.get(OWNER).status == "closed"
    ((contact_id, key),) = rung("inbox")
    assert tables.commands.get(contact_id, key).command == "close"


@pytest.mark.parametrize(
    ("action", "command"), [("close_socket", "close"), ("roll_over", "roll_over")]
)
def test_what_is_for_the_connector_travels_as_a_command(
    panel, tables, a_conversation, rung, action, command
):
    a_conversation()

    panel.enter().act(action)

    ((contact_id, key),) = rung("inbox")
    stored = tables.commands.get(contact_id, key)
    assert (stored.command, stored.asked_by) == (command, "ana@example.com")
    assert tables.state.get(OWNER).status == "needs_attention"


def test_who_is_opted_out_is_left_in_peace(panel, tables, a_conversation):
    a_conversation()

    panel.enter().act("opt_out")

    state = tables.state.get(OWNER)
    assert (state.opted_out, state.status) == (True, "opted_out")


def test_asking_again_asks_exactly_what_failed(panel, tables, a_conversation, rung):
    a_conversation()

    panel.enter().act("ask_again")

    failed = list(tables.messages.query(OWNER))[-1]
    assert failed.state == InboundState.NEW
    assert failed.pending.startswith("in#")
    assert (OWNER, failed.message_key) in rung("inbox")
    assert tables.state.get(OWNER).status == "active"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"last_inbound_at": datetime(2026, 1, 1, tzinfo=UTC)}, "window_closed"),
        ({"opted_out": True}, "window_closed"),
    ],
)
def test_nobody_is_asked_again_who_may_not_be_answered(panel, a_conversation, fields, outcome):
    a_conversation(**fields)

    assert panel.enter().act("ask_again")["headers"]["Location"].endswith(outcome)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_recorded_with_who_and_what_became_of_it(
    panel, tables, a_conversation, action
):
    a_conversation()

    panel.enter().act(action)

    who, what, outcome = audited(tables)[-1]
    assert (who, what) == ("ana@example.com", action)
    assert outcome in {"done", "asked"}


def test_the_timeline_tells_what_operators_did(panel, a_conversation):
    a_conversation()
    panel.enter().act("close")

    told = json.loads(panel.get(f"/panel/api/people/{OWNER}")["body"])["person"]["timeline"]

    assert {(h["about"], h["what"]) for h in told} >= {
        ("audit", "close"),
        ("command", "close"),
        ("message", "inbound.message"),
    }


# --- the JSON beneath


def test_every_route_of_the_api_is_described(panel):
    from functions.panel.wiring import application

    described = json.loads(panel.enter().get("/panel/api/openapi.json")["body"])["paths"]

    there = {
        (method.lower(), path.replace("<", "{").replace(">", "}"))
        for method, path in application().routes()
        if path.startswith("/panel/api")
    }
    assert {(method, path) for path, methods in described.items() for method in methods} == there


def test_the_schemas_are_those_of_the_records():
    """``python -m tests.integration.functions.described`` writes them anew."""
    assert json.loads(DESCRIPTION.read_text(encoding="utf-8")) == described()


def test_what_is_described_is_a_valid_document():
    validate(described())


@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_every_answer_is_as_it_is_described(panel, tables, a_conversation, path):
    now = datetime.now(UTC)
    a_conversation(
        call_id="conv_1", call_ended_at=now, call_duration_secs=9, open_on="0",
        session_opened_at=now, epoch=1, dynamic_variables={"debt": 12},
    )  # fmt: skip
    tables.alerts(
        part="told", name=str(ULID()), subject="drops#", events=7, first_at=now, last_at=now,
        claimed_at=now, sent_to={"sns"},
    ).save()  # fmt: skip
    visitor = panel.enter()
    where = path.replace("{contact_id}", OWNER).replace("{action}", "reveal")

    if path.endswith("{action}"):
        answer = visitor.post(where, {"csrf": visitor.csrf()})
    else:
        answer = visitor.get(where)

    document = described()
    schema = {"$defs": document["components"]["schemas"], **ANSWERS[path]}
    plain = json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/"))
    assert answer["statusCode"] == 200
    jsonschema.validate(json.loads(answer["body"]), plain, Draft202012Validator)


def test_while_settings_are_missing_the_panel_says_which(aws, monkeypatch):
    from functions.panel.handler import handler
    from functions.panel.wiring import application

    monkeypatch.delenv("HILO_SECRET_ARN", raising=False)
    monkeypatch.delenv("HILO_PEPPER", raising=False)
    application.cache_clear()

    answer = handler({"version": "2.0"}, None)

    assert answer["statusCode"] == 503
    assert "HILO_PEPPER is missing" in json.loads(answer["body"])["message"]


# --- notices, transcripts, reports


def test_operators_read_what_they_were_told(panel, tables):
    now = datetime.now(UTC)
    for n, subject in enumerate(("drops#", "configuration#auth")):
        tables.alerts(
            part="told", name=str(ULID.from_datetime(now + timedelta(seconds=n))), subject=subject,
            events=7, first_at=now, last_at=now, claimed_at=now, reason="auth", sent_to={"sns"},
        ).save()  # fmt: skip

    page = panel.enter().get("/panel/notices?lang=en")["body"]
    home = panel.get("/panel?lang=es")["body"]

    assert page.index("Something is set up wrongly (7 times)") < page.index("7 connections dropped")
    assert "ELEVENLABS_API_KEY" in page
    assert "Se cayeron 7 conexiones" in home


def test_a_notice_of_last_week_is_not_on_the_first_page(panel, tables):
    then = datetime.now(UTC) - timedelta(days=7)
    tables.alerts(
        part="told", name=str(ULID.from_datetime(then)), subject="drops#", events=7,
        first_at=then, last_at=then, claimed_at=then,
    ).save()  # fmt: skip

    assert "connections dropped" not in panel.enter().get("/panel?lang=en")["body"]
    assert "connections dropped" in panel.get("/panel/notices?lang=en")["body"]


def test_a_transcript_that_cannot_be_had_says_why(panel, a_conversation):
    a_conversation(call_id="conv_1")

    part = panel.enter().get(f"/panel/people/{OWNER}/transcript", hx_request="true")["body"]
    told = json.loads(panel.get(f"/panel/api/people/{OWNER}/transcript")["body"])

    assert "<html" not in part
    assert (told["turns"], bool(told["problem"])) == ([], True)


def test_a_transcript_is_shown_as_text(panel, a_conversation, monkeypatch):
    from conversation.adapters.elevenlabs.client import ElevenLabs

    said = [("agent", "Hola"), ("user", PAYLOADS[0])]
    monkeypatch.setattr(ElevenLabs, "transcript", lambda _self, _call_id: said)
    a_conversation(call_id="conv_1")

    page = panel.enter().get(f"/panel/people/{OWNER}/transcript")["body"]

    assert html.escape(PAYLOADS[0]) in page
    assert PAYLOADS[0] not in page


def test_looking_at_sockets_asks_their_owner_how_they_are(panel, tables, a_conversation, rung):
    from conversation.adapters.tables.commands import CommandTable
    from conversation.doorbells import shard_of
    from conversation.overview import Reported

    now, shard = datetime.now(UTC), shard_of(OWNER, 4)
    tables.leases(fleet="connectors", name=f"shard#{shard}", owner="c-1", epoch=3).save()
    a_conversation(open_on=str(shard), session_opened_at=now, epoch=3)

    panel.enter().get("/panel/api/sockets")
    ((target, key),) = rung("inbox")
    told = Reported(contact_id=OWNER, state="ready", age_s=1.0, ping_s=2.0, turns=5, sessions=2)
    CommandTable(tables).done(target, key, "done", now, [told])
    panel.get("/panel/api/sockets")
    shards = json.loads(panel.get("/panel/api/sockets")["body"])["shards"]

    assert target == f"shard#{shard}"
    assert rung("inbox") == [], "it is not asked again at once"
    (socket,) = (item for each in shards for item in each["page"]["items"])
    assert (socket["turns"], socket["reconnects"], socket["live"]) == (5, 1, True)


def test_the_health_page_shows_what_the_doctor_found_last(panel, tables):
    runs, now = ExaminedTable(tables), datetime.now(UTC)
    sick = Finding("pepper", Verdict.FAILED, "it has 3 characters", PAYLOADS[0])
    runs.keep(Examined(now - timedelta(days=9), (sick,)))
    before = panel.enter().get("/panel/health?lang=es")["body"]
    runs.keep(Examined(now, (Finding("clock", Verdict.OK, "right to the second"), sick)))

    page = panel.get("/panel/health?lang=es")["body"]
    told = json.loads(panel.get("/panel/api/health")["body"])["doctor"]

    assert "más de una semana" in before
    assert "más de una semana" not in page
    assert "La pimienta" in page
    assert html.escape(PAYLOADS[0]) in page
    assert page.index("it has 3 characters") < page.index("right to the second")
    assert [each["name"] for each in told["findings"]] == ["pepper", "clock"]
    assert (told["failed"], told["well"]) == (1, 1)


def test_where_the_doctor_was_never_asked_the_health_page_says_how(panel):
    page = panel.enter().get("/panel/health?lang=en")["body"]

    assert "hilo doctor --stack NAME" in page


def test_a_defect_of_the_panel_is_told_to_operators(panel, tables, monkeypatch):
    from conversation.adapters.tables.alerts import AlertTable

    def broken(*_, **__):
        raise Defect("what its code rules out", reason="impossible")

    monkeypatch.setattr(AlertTable, "told", broken)

    answer = panel.enter().get("/panel/notices")

    assert answer["statusCode"] == 500
    (group,) = tables.alerts.query("groups")
    assert (group.name, int(group.events), group.reason) == ("defects#", 1, "impossible")


def test_a_socket_is_found_by_its_number_however_many_are_open(panel, tables, a_conversation):
    now, shard = datetime.now(UTC), shard_of(OWNER, 4)
    tables.leases(fleet="connectors", name=f"shard#{shard}", owner="c-1", epoch=3).save()
    for n in range(27):  # open for longer, and so before it in the shard's list
        at = now - timedelta(minutes=30 - n)
        tables.state(
            contact_id=f"{n:026}", open_on=str(shard), session_opened_at=at, epoch=3,
        ).save()  # fmt: skip
    a_conversation(open_on=str(shard), session_opened_at=now, epoch=3)
    panel.enter()

    told = json.loads(panel.get(f"/panel/api/sockets?{urlencode({'q': NUMBER})}")["body"])

    (found,) = (item for each in told["shards"] for item in each["page"]["items"])
    assert (found["contact_id"], found["live"]) == (OWNER, True)
    assert [each["count"] for each in told["shards"]] == [28]
