"""websocket-client as it is usually used: a thread a socket (one shared SSLContext, though)."""

import websocket

from tests.bench.holder.threads import Threads


def texts(ws):
    try:
        while text := ws.recv():
            yield text
    except (websocket.WebSocketException, OSError):
        return


if __name__ == "__main__":
    Threads(
        lambda url, context: websocket.create_connection(url, sslopt={"context": context}), texts
    ).run(f"websocket-client {websocket.__version__}, threads")
