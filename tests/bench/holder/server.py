"""The load server: an agent on ten thousand TLS WebSockets, in one epoll loop.

``python -m tests.bench.holder.server CHAIN ADDRESS…`` listens on a free port of each address,
prints one line of JSON with the URLs, and then obeys one command of JSON a line:
``report`` (what happened since the last report), ``drop`` (resets sockets), ``quit``.
Its CPU is read from outside, by its process id.
"""

from __future__ import annotations

import json
import os
import random
import select
import socket
import ssl
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.bench.holder import frames

PING_EVERY_S = 20.0
_TICK_S = 0.1
_SLOTS = round(PING_EVERY_S / _TICK_S)
_READ_BYTES = 16 * 1024
_BACKLOG = 2048
_ACCEPTS_A_TURN = 64
_RESET = struct.pack("ii", 1, 0)
_LATE_S = 2.0


class Member:
    """One socket."""

    __slots__ = ("buffer", "client", "pinged_at", "slot", "sock", "step", "turns")

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self.sock = sock
        self.buffer = b""
        self.step = Server.shake_hands
        self.client = ""
        self.slot = -1
        self.turns = 0
        self.pinged_at = 0.0


@dataclass(slots=True)
class Report:
    """What happened since the last report."""

    handshakes: int = 0
    resumed: int = 0
    messages: int = 0
    pings: int = 0
    pongs: int = 0
    late_pongs: int = 0
    slowest_pong_s: float = 0.0
    longest_pass_s: float = 0.0
    lost: int = 0
    failed: int = 0
    reasons: list[str] = field(default_factory=list)


class Server:
    """See the module."""

    def __init__(self, chain: str, addresses: list[str]) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(chain)
        self.epoll = select.epoll()
        self.members: dict[int, Member] = {}
        self.listeners = {sock.fileno(): sock for sock in map(self._listen, addresses)}
        self.wheel: list[set[Member]] = [set() for _ in range(_SLOTS)]
        self.report = Report()
        self.count = 0
        self.running = True
        self.commands = b""

    @property
    def urls(self) -> list[str]:
        return ["wss://{}:{}".format(*sock.getsockname()) for sock in self.listeners.values()]

    def run(self) -> None:
        """Serve until told to quit, or until nobody is left who could tell."""
        os.set_blocking(0, False)
        self.epoll.register(0, select.EPOLLIN)
        tick, due = 0, time.monotonic()
        while self.running:
            ready = self.epoll.poll(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            for fd, _ in ready:
                self._on_ready(fd)
            while began >= due:
                self._ping(self.wheel[tick % _SLOTS])
                tick, due = tick + 1, due + _TICK_S
            took = time.monotonic() - began
            self.report.longest_pass_s = max(self.report.longest_pass_s, took)

    def _listen(self, address: str) -> socket.socket:
        sock = socket.create_server((address, 0), backlog=_BACKLOG)
        sock.settimeout(0)
        self.epoll.register(sock.fileno(), select.EPOLLIN)
        return sock

    def _on_ready(self, fd: int) -> None:
        member = self.members.get(fd)
        if member is not None:
            self._serve(member)
        elif fd in self.listeners:
            self._accept(self.listeners[fd])
        elif fd == 0:
            self._obey()

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                sock, _ = listener.accept()
            except BlockingIOError:
                return
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            self.members[tls.fileno()] = Member(tls)
            self.epoll.register(tls.fileno(), select.EPOLLIN)

    def _serve(self, member: Member) -> None:
        try:
            member.step(self, member)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except (OSError, ValueError, KeyError) as error:
            self._lose(member, error)

    def _lose(self, member: Member, error: Exception) -> None:
        if member.step is Server.talk:
            self.report.lost += 1
        else:
            self.report.failed += 1
        if len(self.report.reasons) < 5:
            self.report.reasons.append(type(error).__name__)
        self._forget(member)

    def _forget(self, member: Member) -> None:
        fd = member.sock.fileno()
        del self.members[fd]
        if member.slot >= 0:
            self.wheel[member.slot].discard(member)
        self.epoll.unregister(fd)
        member.sock.close()

    # -- the steps of a member -------------------------------------------------------------------

    def shake_hands(self, member: Member) -> None:
        member.sock.do_handshake()
        self.report.handshakes += 1
        self.report.resumed += bool(member.sock.session_reused)
        member.step = Server.upgrade
        self.upgrade(member)

    def upgrade(self, member: Member) -> None:
        self._fill(member)
        head, end, rest = member.buffer.partition(b"\r\n\r\n")
        if end:
            member.buffer = rest
            member.client = head.partition(b"client=")[2].partition(b" ")[0].decode()
            member.sock.send(frames.accept(head))
            member.step = Server.talk
            member.slot = random.randrange(_SLOTS)
            self.wheel[member.slot].add(member)

    def talk(self, member: Member) -> None:
        while True:
            self._fill(member)
            while taken := frames.take(member.buffer):
                opcode, payload, member.buffer = taken
                if opcode == frames.TEXT:
                    self._hear(member, json.loads(payload))
                elif opcode == frames.CLOSE:
                    raise ConnectionAbortedError

    @staticmethod
    def _fill(member: Member) -> None:
        data = member.sock.recv(_READ_BYTES)
        if not data:
            raise ConnectionResetError
        member.buffer += data

    def _hear(self, member: Member, said: dict[str, Any]) -> None:
        match said["type"]:
            case "pong":
                self._ponged(member)
            case "user_message":
                self._answer(member, said["text"])
            case "conversation_initiation_client_data":
                self.count += 1
                known = {"conversation_id": f"conv_{self.count:010}"}
                member.sock.send(
                    frames.text(
                        "conversation_initiation_metadata",
                        conversation_initiation_metadata_event=known,
                    )
                )

    def _ponged(self, member: Member) -> None:
        took = time.monotonic() - member.pinged_at
        self.report.pongs += 1
        self.report.late_pongs += took > _LATE_S
        self.report.slowest_pong_s = max(self.report.slowest_pong_s, took)

    def _answer(self, member: Member, text: str) -> None:
        self.report.messages += 1
        member.turns += 1
        said = {"agent_response": f"oído: {text}", "event_id": member.turns}
        over = {"event_id": member.turns}
        member.sock.send(frames.text("agent_response", agent_response_event=said))
        member.sock.send(frames.text("agent_response_complete", agent_response_complete_event=over))

    def _ping(self, members: set[Member]) -> None:
        self.count += 1
        ping = frames.text("ping", ping_event={"event_id": self.count, "ping_ms": 40})
        for member in list(members):
            member.pinged_at = time.monotonic()
            try:
                member.sock.send(ping)
            except OSError as error:
                self._lose(member, error)
            else:
                self.report.pings += 1

    # -- commands --------------------------------------------------------------------------------

    def _obey(self) -> None:
        data = os.read(0, 4096)
        self.running = bool(data)
        *lines, self.commands = (self.commands + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            answer = getattr(self, f"do_{command.pop('do')}")(**command)
            say(**answer)

    def do_report(self) -> dict[str, Any]:
        report, self.report = self.report, Report()
        talking = sum(map(len, self.wheel))
        return {"open": talking, **{name: getattr(report, name) for name in Report.__slots__}}

    def do_drop(self, client: str, count: int | None = None) -> dict[str, Any]:
        """Reset so many sockets of a client, without a close frame: the other side sees RST."""
        members = [m for slot in self.wheel for m in slot if m.client == client]
        chosen = members if count is None else random.sample(members, min(count, len(members)))
        for member in chosen:
            member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._forget(member)
        return {"dropped": len(chosen)}

    def do_quit(self) -> dict[str, Any]:
        self.running = False
        return {"quit": True}


def say(**known: Any) -> None:
    """One line to whoever started us."""
    sys.stdout.write(json.dumps(known) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    server = Server(sys.argv[1], sys.argv[2:])
    say(urls=server.urls)
    server.run()
