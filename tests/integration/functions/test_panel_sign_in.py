"""Signing in at an OpenID issuer on the loopback: the code flow with PKCE, whole and broken."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from conversation.errors import MisconfiguredError, Refused, Transient
from conversation.variables import PanelSettings
from functions.panel.roles import Role
from functions.panel.signing_in import Issuer

KEY = RSAKey.generate_key(2048, parameters={"kid": "k1"})
CODE = "the-code"


class FakeIssuer:
    """Hands out one code, and one token for the verifier that belongs to it."""

    def __init__(self):
        self.claims = {"email": "ana@example.com", "cognito:groups": ["operator"]}
        self.key = KEY
        self.challenge = ""
        self.nonce = ""
        self.url = ""

    def document(self):
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def token(self, form):
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if form.get("code") != CODE or challenge != self.challenge:
            return 400, {"error": "invalid_grant"}
        claims = {"iss": self.url, "aud": "the-client", "sub": "1", "nonce": self.nonce}
        claims |= {"exp": int(time.time()) + 300} | self.claims
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": signed}

    def visited(self, address, **changed):
        """The person signs in there, and is sent back with this query."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()} | changed
        self.challenge, self.nonce = asked["code_challenge"], asked["nonce"]
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == "https://hilo.test/panel/signed-in"
        return urlencode({"code": CODE, "state": asked["state"]})


@contextmanager
def serving(fake):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            keys = {"keys": [KEY.as_dict(private=False)]}
            self._say(200, keys if self.path == "/keys" else fake.document())

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say(*fake.token(dict(parse_qsl(body))))

        def _say(self, status, document):
            said = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fake():
    made = FakeIssuer()
    with serving(made) as url:
        made.url = url
        yield made


@pytest.fixture
def issuer(fake, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return an_issuer(fake.url)


def an_issuer(url):
    settings = PanelSettings(url, "the-client", None, "cognito:groups", 10, None)
    secrets = iter(f"{n}" * 48 for n in range(9))
    return Issuer(settings, base_url="https://hilo.test", new_secret=lambda: next(secrets))


def test_who_signs_in_comes_back_with_a_role(issuer, fake):
    where, flow = issuer.leave()

    assert issuer.arrive(fake.visited(where), flow) == ("ana@example.com", Role.OPERATOR)


def test_a_code_without_its_verifier_is_worth_nothing(issuer, fake):
    where, flow = issuer.leave()
    query = fake.visited(where)

    with pytest.raises(Refused, match="did not let you in"):
        issuer.arrive(query, flow | {"verifier": "z" * 48})


def test_what_another_sign_in_began_is_refused(issuer, fake):
    where, flow = issuer.leave()

    with pytest.raises(Refused):
        issuer.arrive(fake.visited(where, state="another"), flow)


@pytest.mark.parametrize(
    "wrong",
    [{"aud": "another-client"}, {"iss": "https://evil.test"}, {"nonce": "old"}, {"exp": 1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_token_that_is_not_for_us_and_now_is_refused(issuer, fake, wrong):
    fake.claims |= wrong
    where, flow = issuer.leave()

    with pytest.raises(Refused, match="not valid"):
        issuer.arrive(fake.visited(where), flow)


def test_a_token_signed_by_another_is_refused(issuer, fake):
    fake.key = RSAKey.generate_key(2048, parameters={"kid": "k1"})
    where, flow = issuer.leave()

    with pytest.raises(Refused, match="not valid"):
        issuer.arrive(fake.visited(where), flow)


def test_who_is_in_no_group_of_ours_stays_outside(issuer, fake):
    fake.claims["cognito:groups"] = ["sales"]
    where, flow = issuer.leave()

    with pytest.raises(Refused, match="none of the groups") as refused:
        issuer.arrive(fake.visited(where), flow)
    assert refused.value.reason == "not_allowed"


def test_an_issuer_that_gives_no_answer_can_be_tried_again(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(Transient):
        an_issuer("http://127.0.0.1:9").leave()


def test_without_an_issuer_the_settings_are_named():
    with pytest.raises(MisconfiguredError, match="PANEL_ISSUER"):
        an_issuer(None).leave()
