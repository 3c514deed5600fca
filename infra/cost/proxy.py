"""A way to the local AWS on which every call is counted, in the units that AWS bills."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from infra.cost.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Json = dict[str, Any]

TARGET: Final = "X-Amz-Target"
READS: Final = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
TIMEOUT_S: Final = 60
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


class CountingProxy:
    """Passes everything on to ``url`` while inside. ``usage`` is what was used so far."""

    def __init__(self, url: str) -> None:
        self._counter: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(urlsplit(url).netloc, self._count))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def usage(self) -> Usage:
        """So far."""
        with self._lock:
            return Usage(dict(self._counter))

    def _count(self, target: str, asked: Json, answer: Json) -> None:
        with self._lock:
            for name, amount in units(target, asked, answer).items():
                self._counter[name] += amount  # type: ignore[assignment]  # a Counter holds floats


def units(target: str, asked: Json, answer: Json) -> dict[str, float]:
    """What one call is billed as, by the names of ``prices.json``."""
    service, _, operation = target.partition(".")
    if service.startswith("DynamoDB"):
        kind = "dynamodb_read" if operation in READS else "dynamodb_write"
        return {kind: _capacity(answer)}
    if service == "AmazonSQS":
        fifo = str(asked.get("QueueUrl", "")).endswith(".fifo")
        return {"sqs_fifo" if fifo else "sqs_standard": 1.0}
    return {}


def asking_for_capacity(target: str, asked: Json) -> Json:
    """The same call, which DynamoDB answers with what it took."""
    if not target.startswith("DynamoDB") or operation_is_control(target):
        return asked
    return {**asked, "ReturnConsumedCapacity": "TOTAL"}


def operation_is_control(target: str) -> bool:
    """Whether it is about tables, not items."""
    return "Table" in target or "TimeToLive" in target or "Tag" in target


def _capacity(answer: Json) -> float:
    consumed = answer.get("ConsumedCapacity") or []
    each = consumed if isinstance(consumed, list) else [consumed]
    return float(sum(one.get("CapacityUnits", 0.0) for one in each))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(netloc: str, count: Callable[[str, Json, Json], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One client's connection, and one of ours to the far end."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self._far = http.client.HTTPConnection(netloc, timeout=TIMEOUT_S)

        def finish(self) -> None:
            self._far.close()
            super().finish()

        def do_POST(self) -> None:
            """One call of AWS."""
            target = self.headers.get(TARGET, "")
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = _json(raw)
            body = json.dumps(asking_for_capacity(target, asked)).encode() if asked else raw
            answer, text = self._passed_on(body)
            count(target, asked, _json(text))
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _passed_on(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            self._far.request("POST", self.path, body=body, headers=headers)
            answer = self._far.getresponse()
            return answer, answer.read()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    return Handler


def _json(raw: bytes) -> Json:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
