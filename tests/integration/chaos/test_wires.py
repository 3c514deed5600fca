import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from infra.local.processes import ROOT

PUT = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}


@contextmanager
def an_aws():
    """Takes everything, and remembers it."""
    took = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            took.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", took
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def wires_to(aws, **faults):
    """A client, the gateway's door to AWS, and the switch."""
    command = [sys.executable, "-m", "tests.chaos.proxy", "--doors=gateway", "--seed=1"]
    process = subprocess.Popen(  # noqa: S603 - our own module
        [*command, f"--aws={aws}", f"--agent={aws}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    switch = json.loads(process.stdout.readline())["listening"]
    with httpx.Client(trust_env=False) as client:
        doors = client.post(f"{switch}/faults", json={"aws": faults}).json()["doors"]
        yield client, doors["gateway"], switch
    process.terminate()
    process.wait(10)
    process.stdout.close()


def test_a_call_goes_through_and_is_counted():
    with an_aws() as (url, took), wires_to(url) as (client, door, switch):
        answer = client.post(door, json={"TableName": "t"}, headers=PUT)
        counts = client.get(switch).json()["counts"]

    assert (answer.status_code, took) == (200, [{"TableName": "t"}])
    assert counts == [["gateway", "PutItem", "t", 1]]


def test_a_lost_acknowledgement_is_lost_after_the_call_took_effect():
    with (
        an_aws() as (url, took),
        wires_to(url, lost_ack=1.0) as (client, door, _),
        pytest.raises(httpx.TransportError),
    ):
        client.post(door, json={"TableName": "t"}, headers=PUT)

    assert took == [{"TableName": "t"}]


def test_what_is_throttled_never_took_effect():
    with an_aws() as (url, took), wires_to(url, throttle=1.0) as (client, door, _):
        answer = client.post(door, json={"TableName": "t"}, headers=PUT)

    assert answer.status_code == 400
    assert answer.json()["__type"].endswith("ThrottlingException")
    assert took == []


def test_a_trace_holds_the_calls_of_one_contact_alone():
    with an_aws() as (url, _), wires_to(url) as (client, door, switch):
        client.post(f"{switch}/trace", json={"contact": "ANA"})
        for contact in ("ANA", "LUIS"):
            client.post(door, json={"TableName": "t", "Who": contact}, headers=PUT)
        trace = client.get(f"{switch}/traced").json()["trace"]

    assert [row[2:] for row in trace] == [["gateway", "PutItem", "t"]]
