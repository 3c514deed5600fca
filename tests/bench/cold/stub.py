"""An AWS that takes every transaction and every doorbell, at once."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Stub:
    """Listens on loopback for as long as its ``with`` lasts."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.calls))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(calls: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: nothing waits for a delayed acknowledgement

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            target = self.headers["X-Amz-Target"]
            calls.append(target)
            body = json.dumps(_answer(target, request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """What is measured is not to be written to the screen meanwhile."""

    return Handler


def _answer(target: str, request: dict[str, Any]) -> dict[str, Any]:
    if not target.startswith("AmazonSQS."):
        return {}
    digest = hashlib.md5(request["MessageBody"].encode()).hexdigest()  # noqa: S324 - SQS's protocol
    return {"MessageId": "1", "MD5OfMessageBody": digest}
