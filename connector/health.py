"""How the connector is: /healthz, /connections and /metrics, on loopback.

The pages of one that serves are made on its loop, from what it knows at that moment. The threads
here only carry them.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from connector.holder import ask
from conversation.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connector.loop import Loop

PATIENCE_S: Final = 2.0
_JSON: Final = "application/json"
_PROMETHEUS: Final = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: HTTPStatus
    body: str
    kind: str = _JSON


def page_of(value: object, status: HTTPStatus = HTTPStatus.OK) -> Page:
    """The page that says ``value``."""
    return Page(status, json.dumps(value, ensure_ascii=False) + "\n")


def metrics_page(text: str) -> Page:
    """The page for Prometheus."""
    return Page(HTTPStatus.OK, text, _PROMETHEUS)


ASLEEP: Final = page_of({"ok": False, "reason": "the loop does not answer"},
                        HTTPStatus.SERVICE_UNAVAILABLE)  # fmt: skip
ABSENT: Final = page_of({"pages": ["/healthz", "/connections", "/metrics"]}, HTTPStatus.NOT_FOUND)


class Health:
    """The server. ``pages`` are made on its threads, one a request.

    Raises ``MisconfiguredError`` where nothing can listen at that address.
    """

    def __init__(self, pages: Mapping[str, Callable[[], Page]], *, host: str, port: int) -> None:
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(pages))
        except OSError as error:
            fault = f"HEALTH_PORT is wrong: nothing can listen on {host}:{port} ({error.strerror})"
            remedy = "take another port, or 0 for a free one; HEALTH_HOST is this machine's address"
            raise MisconfiguredError([f"{fault}: {remedy}"]) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is served."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def made_on(
    loop: Loop, pages: Mapping[str, Callable[[], Page]]
) -> Mapping[str, Callable[[], Page]]:
    """The same pages, made on the loop's thread: that they come at all tells that it is alive."""
    return {path: partial(_made_on, loop, make) for path, make in pages.items()}


def _made_on(loop: Loop, make: Callable[[], Page]) -> Page:
    return ask(loop, make, patience_s=PATIENCE_S) or ASLEEP


def _handler(pages: Mapping[str, Callable[[], Page]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET."""

        server_version = "hilo"
        timeout = 5

        def do_GET(self) -> None:
            make = pages.get(self.path.partition("?")[0])
            page = ABSENT if make is None else make()
            body = page.body.encode()
            self.send_response(page.status)
            self.send_header("Content-Type", f"{page.kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Health checks are no events."""

    return Handler
