"""`websockets.sync`: two threads a socket. The way of ElevenLabs' own SDK."""

import websockets
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.bench.holder.threads import Threads


def texts(ws):
    try:
        yield from ws
    except ConnectionClosed:
        return


if __name__ == "__main__":
    Threads(
        lambda url, context: connect(
            url, ssl=context, compression=None, ping_interval=None, open_timeout=30, proxy=None
        ),
        texts,
    ).run(f"websockets {websockets.__version__}, sync")
