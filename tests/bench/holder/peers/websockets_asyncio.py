"""`websockets`, the asyncio way: a task a socket."""

import ssl  # noqa: F401 - loaded before the empty process is measured

import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.bench.holder import crowd
from tests.bench.holder.member import Member


async def join(all_: crowd.Crowd, member: Member, url: str) -> None:
    ws = await connect(
        url, ssl=all_.context, compression=None, ping_interval=None, open_timeout=30, proxy=None
    )
    member.say = ws.send
    all_.spawn(read(all_, member, ws))


async def read(all_: crowd.Crowd, member: Member, ws: ClientConnection) -> None:
    try:
        async for text in ws:
            if reply := member.heard(text):
                await ws.send(reply)
    except ConnectionClosed:
        pass
    all_.lost(member)


if __name__ == "__main__":
    crowd.run(join, f"websockets {websockets.__version__}")
