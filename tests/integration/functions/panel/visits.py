"""Somebody at the panel, as API Gateway calls it, and what the panel's tests share."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

from conversation.contacts import contact_id_of
from functions.panel.roles import Role
from functions.panel.sessions import ticket
from tests.integration.functions.conftest import PEPPER

NUMBER = "+573138539155"
LINK_KEY = "the key of links in tests"
OWNER = contact_id_of(NUMBER, PEPPER)
PAGES = ("/panel", "/panel/day", "/panel/conversations", "/panel/sockets", "/panel/notices",
         "/panel/dead-letters", "/panel/health")  # fmt: skip

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

ACTIONS = ("close", "close_socket", "roll_over", "opt_out", "ask_again", "reveal")


class Browser:
    """Somebody at the panel, with the cookies that were given."""

    def __init__(self, handler):
        self._handler = handler
        self.cookies = {}

    def get(self, path, **headers):
        return self._ask("GET", path, headers, None)

    def post(self, path, form, **headers):
        return self._ask("POST", path, headers, urlencode(form))

    def post_bytes(self, path, body, **headers):
        return self._ask("POST", path, headers, base64.b64encode(body).decode(), encoded=True)

    def enter(self, role=Role.ADMIN, who="ana@example.com"):
        link = ticket(LINK_KEY, who, role, datetime.now(UTC))
        self.get(f"/panel/enter?ticket={link}")
        return self

    def csrf(self):
        return re.search(r'name="csrf" value="([^"]+)"', self.get("/panel")["body"])[1]

    def act(self, action, contact_id=OWNER):
        return self.post(f"/panel/people/{contact_id}/{action}", {"csrf": self.csrf()})

    def _ask(self, method, path, headers, body, *, encoded=False):
        path, _, query = path.partition("?")
        http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4"}
        event = {
            "version": "2.0", "routeKey": "ANY /panel", "rawPath": path, "rawQueryString": query,
            "headers": {"host": "hilo.example.com"}
            | {name.replace("_", "-"): value for name, value in headers.items()},
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {"http": http, "stage": "$default", "requestId": "r"},
            "isBase64Encoded": encoded,
        }  # fmt: skip
        if body is not None:
            event["body"] = body
        answer = self._handler(event, None)
        for cookie in answer.get("cookies", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer


def audited(tables):
    month = datetime.now(UTC).strftime("%Y-%m")
    return [(item.who, item.action, item.outcome) for item in tables.audit.query(month)]
