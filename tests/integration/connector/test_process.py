"""``python -m connector`` as a process: what it says when it cannot start, or not yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from infra.local.ports import free_port
from infra.local.processes import AnswersAt, ChildSpec, Supervisor

ROOT = Path(__file__).parents[3]


def run(**environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "connector"], cwd=ROOT, env=kept | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_without_settings_it_names_all_of_them_and_exits_with_2():
    done = run()

    assert done.returncode == 2
    for name in ("AWS_REGION", "INBOX_QUEUE_URLS", "OUTBOX_QUEUE_URL", "ELEVENLABS_API_KEY"):
        assert f"- {name} is missing" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def secrets_manager(text):
    """An AWS that knows one secret, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            known = self.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
            body = json.dumps({"SecretString": text} if known else {}).encode()
            self.send_response(200 if known else 500)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def waiting(aws, logs):
    """A connector as its task starts it, ready as soon as ECS would call it healthy."""
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": aws}
    environment |= {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    environment |= {"HILO_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:1:secret:hilo-abcdef"}
    environment |= {"INBOX_QUEUE_URLS": f"{aws}/1/inbox-0", "OUTBOX_QUEUE_URL": f"{aws}/1/outbox"}
    environment |= {"HEALTH_PORT": str(port)}
    ready = AnswersAt(f"http://127.0.0.1:{port}", "/healthz")
    spec = ChildSpec("connector", (sys.executable, "-m", "connector"), environment, ready=ready)
    with Supervisor(logs=logs) as supervisor:
        yield supervisor, supervisor.start(spec)


def test_with_an_empty_secret_it_is_healthy_and_says_what_it_waits_for(tmp_path):
    with (
        secrets_manager('{"ELEVENLABS_API_KEY":"","DEFAULT_AGENT_ID":""}') as aws,
        waiting(aws, tmp_path) as (_, url),
        urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer,  # noqa: S310 - loopback
    ):
        said = json.load(answer)

    assert (said["ok"], said["state"]) == (True, "waiting_for_settings")
    assert [fault.split()[0] for fault in said["missing"]] == ["ELEVENLABS_API_KEY"]
    logged = (tmp_path / "connector.jsonl").read_text()
    assert '"event":"connector_waiting"' in logged
    assert "ELEVENLABS_API_KEY" in logged


def test_a_waiting_connector_ends_when_it_is_told_to(tmp_path):
    with secrets_manager("{}") as aws, waiting(aws, tmp_path) as (supervisor, _):
        (child,) = supervisor._children
        child.process.terminate()

        assert child.process.wait(5) == 0


def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path):
    with secrets_manager("{}") as aws, waiting(aws, tmp_path) as (_, first):
        taken = first.rpartition(":")[2]

        second = run(
            AWS_REGION="us-east-1", AWS_ENDPOINT_URL=aws, AWS_ACCESS_KEY_ID="k",
            AWS_SECRET_ACCESS_KEY="s", HILO_SECRET_ARN="arn:aws:secretsmanager:us-east-1:1:secret:",
            HEALTH_PORT=taken,
        )  # fmt: skip

    assert second.returncode == 2
    assert f"HEALTH_PORT is wrong: nothing can listen on 127.0.0.1:{taken}" in second.stderr
    assert "Traceback" not in second.stderr
