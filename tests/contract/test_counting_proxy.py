"""The counted way to the local AWS: everything passes unchanged, and is counted."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from infra.cost.proxy import CountingProxy


class Far(BaseHTTPRequestHandler):
    """Gives back what it was asked, as DynamoDB would: with the capacity."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # the name http.server asks for
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        answer = {"asked": json.loads(asked), "ConsumedCapacity": {"CapacityUnits": 2.5}}
        text = json.dumps(answer).encode()
        self.send_response(400 if b"bad" in asked else 200)
        self.send_header("x-amzn-requestid", "1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy():
    far = ThreadingHTTPServer(("127.0.0.1", 0), Far)
    thread = threading.Thread(target=far.serve_forever, args=(0.02,))
    thread.start()
    with CountingProxy(f"http://127.0.0.1:{far.server_port}") as made:
        yield made
    far.shutdown()
    far.server_close()
    thread.join()


def test_calls_pass_and_are_counted(proxy):
    put = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
    with httpx.Client(base_url=proxy.url, trust_env=False) as http:
        answer = http.post("/", headers=put, json={"TableName": "t"})
        refused = http.post("/", headers=put, json={"TableName": "bad"})

    assert answer.json()["asked"] == {"TableName": "t", "ReturnConsumedCapacity": "TOTAL"}
    assert answer.headers["x-amzn-requestid"] == "1"
    assert refused.status_code == 400
    assert proxy.usage().amounts == {"dynamodb_write": 5.0}
