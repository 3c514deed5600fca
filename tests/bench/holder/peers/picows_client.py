"""`picows`: Cython on asyncio, a listener a socket and no task."""

from importlib.metadata import version

import picows

from tests.bench.holder import crowd
from tests.bench.holder.member import Member


class Listener(picows.WSListener):
    def __init__(self, all_: crowd.Crowd, member: Member) -> None:
        self.all = all_
        self.member = member

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == picows.WSMsgType.TEXT and (
            reply := self.member.heard(frame.get_payload_as_utf8_text())
        ):
            transport.send(picows.WSMsgType.TEXT, reply.encode())

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.all.lost(self.member)


class Say:
    __slots__ = ("transport",)

    def __init__(self, transport: picows.WSTransport) -> None:
        self.transport = transport

    async def __call__(self, text: str) -> None:
        self.transport.send(picows.WSMsgType.TEXT, text.encode())


async def join(all_: crowd.Crowd, member: Member, url: str) -> None:
    transport, _ = await picows.ws_connect(
        lambda: Listener(all_, member),
        url,
        ssl_context=all_.context,
        websocket_handshake_timeout=30,
    )
    member.say = Say(transport)


if __name__ == "__main__":
    crowd.run(join, f"picows {version('picows')}")
