"""The stand-in as a real process, the product as a small web server, and the official client."""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

ROOT = Path(__file__).parents[3]
ACCOUNT = "AC" + "a" * 32
TOKEN = "12345"
KEY, SECRET = "SK" + "b" * 32, "key secret"
SERVICE = "MG" + "c" * 32
TEMPLATE = "HX" + "d" * 32
SENDER = "whatsapp:+14155238886"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


class Process:
    """One process of the stand-in."""

    def __init__(self, folder, *options):
        command = [sys.executable, "-m", "infra.local.twilio", "--port", "0"]
        command += ["--account-sid", ACCOUNT, "--auth-token", TOKEN, "--sender", SENDER]
        command += ["--api-key", f"{KEY}:{SECRET}", "--messaging-service", SERVICE]
        command += ["--state-dir", str(folder), "--pace", "0.2", *options]
        self._process = subprocess.Popen(  # noqa: S603  # our own module, our own words
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.url = json.loads(self._process.stdout.readline())["listening"]

    def stop(self, number=signal.SIGTERM):
        self._process.send_signal(number)
        status = self._process.wait(10)
        self._process.stdout.close()
        return status


class Sim:
    """The control API and the bare REST API of a stand-in."""

    def __init__(self, url):
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def close(self):
        self.http.close()

    def get(self, path):
        return self.http.get(f"/_sim{path}").raise_for_status().json()

    def post(self, path, **document):
        return self.http.post(f"/_sim{path}", json=document).raise_for_status().json()

    def say(self, number, body="hola", **words):
        return self.post(f"/people/{number}/say", body=body, **words)

    def faults(self, *faults, seed=1):
        return self.post("/faults", faults=list(faults), seed=seed)

    def chat(self, number, *, everything=False):
        return self.get(f"/people/{number}/messages?all={int(everything)}")["messages"]

    def send(self, to, body="buenas", **words):
        form = {"To": to, "From": SENDER, "Body": body, **words}
        kept = {name: value for name, value in form.items() if value is not None}
        return self.http.post(MESSAGES, data=kept, auth=(ACCOUNT, TOKEN))

    def eventually(self, look, limit_s=5.0):
        """The first true value of `look`, asked again while there is news."""
        until = time.monotonic() + limit_s
        while not (found := look()):
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.02)
        return found


@dataclass
class Hit:
    """A request that reached the product."""

    target: str
    headers: dict
    form: dict
    body: str

    @property
    def signature(self):
        return self.headers["X-Twilio-Signature"]


class Product:
    """Where webhooks arrive; answers with `statuses` in turn, then with 200."""

    def __init__(self):
        self._hits = queue.Queue()
        self.statuses = []
        self.answer = ("text/xml", "<Response/>")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def next(self, timeout=5):
        return self._hits.get(timeout=timeout)

    def take(self, count):
        return [self.next() for _ in range(count)]

    def nothing_more(self, for_s=0.3):
        try:
            return self._hits.get(timeout=for_s) is None
        except queue.Empty:
            return True

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self):
        product = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # the name http.server asks for
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                product._hits.put(Hit(self.path, dict(self.headers), form, body))
                self.send_response(product.statuses.pop(0) if product.statuses else 200)
                kind, answer = product.answer
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_args):
                pass

        return Handler


class LocalHttpClient(TwilioHttpClient):
    """The official transport, turned to another host."""

    def __init__(self, base, **words):
        super().__init__(**words)
        self.base = urlsplit(base)

    def request(self, method, url, *args, **words):
        parts = urlsplit(url)
        local = (self.base.scheme, self.base.netloc, parts.path, parts.query, parts.fragment)
        return super().request(method, urlunsplit(local), *args, **words)


@pytest.fixture(scope="session")
def process(tmp_path_factory):
    running = Process(tmp_path_factory.mktemp("twilio"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def product():
    server = Product()
    yield server
    server.close()


@pytest.fixture(scope="session")
def driver(process):
    """One for the session: making an HTTP client takes longer than a test."""
    sim = Sim(process.url)
    yield sim
    sim.close()


@pytest.fixture
def sim(driver, product):
    driver.post("/reset")
    url = f"{product.origin}/twilio/whatsapp"
    driver.post("/config", webhook_url=url, public_base_url="", fallback_url="", sandbox=False)
    driver.post("/config", keywords=False)
    driver.post(
        "/templates", sid=TEMPLATE, body="Hola {{1}}, soy de {{2}}.", variables={"1": "Ana"}
    )
    return driver


@pytest.fixture
def client_at():
    """The official client for a base URL and credentials."""
    transports = []

    def make(url, user=ACCOUNT, secret=TOKEN, timeout=5):
        transports.append(LocalHttpClient(url, timeout=timeout))
        return Client(user, secret, ACCOUNT, http_client=transports[-1])

    yield make
    for transport in transports:
        transport.session.close()


@pytest.fixture
def client(sim, client_at):
    return client_at(sim.url)


@pytest.fixture
def is_signed(product):
    """Whether a request that reached the product is signed for the URL it was sent to."""
    validator = RequestValidator(TOKEN)

    def check(hit, url=None, **changes):
        return validator.validate(
            url or product.origin + hit.target, hit.form | changes, hit.signature
        )

    return check


@pytest.fixture
def start(tmp_path):
    """Further processes, on one folder of this test."""
    running = []

    def begin(*options):
        running.append(Process(tmp_path, *options))
        return running[-1]

    yield begin
    for process in running:
        if process._process.poll() is None:
            process.stop()
