"""`aiohttp`: a task a socket, one session for all."""

import aiohttp

from tests.bench.holder import crowd
from tests.bench.holder.member import Member

_session = []


def session() -> aiohttp.ClientSession:
    if not _session:
        _session.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    return _session[0]


async def join(all_: crowd.Crowd, member: Member, url: str) -> None:
    ws = await session().ws_connect(url, ssl=all_.context, autoping=True, heartbeat=None)
    member.say = ws.send_str
    all_.spawn(read(all_, member, ws))


async def read(all_: crowd.Crowd, member: Member, ws: aiohttp.ClientWebSocketResponse) -> None:
    try:
        async for message in ws:
            if message.type is aiohttp.WSMsgType.TEXT and (reply := member.heard(message.data)):
                await ws.send_str(reply)
    except (aiohttp.ClientError, OSError):
        pass
    all_.lost(member)


if __name__ == "__main__":
    crowd.run(join, f"aiohttp {aiohttp.__version__}")
