"""The wires, as a process: one door to AWS a child, one to the agent, and a switch for faults.

``python -m tests.chaos.proxy --aws URL --agent URL --doors gateway,connector-1 --seed 1`` prints
``{"listening": …}`` with the control port; ``GET /`` there tells the doors and the counts,
``POST /faults`` and ``POST /trace`` switch.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
import sys
import time
from collections import Counter
from random import Random
from urllib.parse import urlsplit

from tests.chaos.aws_faults import Answer, AwsChaos, Call

RESET = struct.pack("ii", 1, 0)
CHUNK = 65_536
DARK_S = 3_600.0


class Wires:
    """Every door of one run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.aws = AwsChaos(Random(f"aws {options.seed}"))
        self._chance = Random(f"sockets {options.seed}")
        self._sockets: dict[str, float] = {}
        self._struck: Counter = Counter()
        self._traced = b""
        self._aws_at = _place(options.aws)
        self._agent_at = _place(options.agent)
        self._names = options.doors.split(",")
        self.doors: dict[str, str] = {}

    async def open(self) -> str:
        """Open every door; returns where the switch is."""
        for name in self._names:
            self.doors[name] = await _listen(lambda r, w, n=name: self._aws_door(n, r, w))
        self.doors["agent"] = await _listen(self._agent_door)
        return await _listen(self._switch)

    async def _aws_door(
        self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        beyond: list = []
        try:
            while head := await _head(reader):
                body = await reader.readexactly(_length(head))
                if not await self._answered(name, head, body, writer, beyond):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for stream in (writer, *beyond[1:]):
                stream.close()

    async def _answered(
        self, name: str, head: bytes, body: bytes, writer: asyncio.StreamWriter, beyond: list
    ) -> bool:
        call = _call(head, body)
        began = time.time()
        self.aws.counts[name, call.action, call.table] += 1
        refusal = self.aws.before(call)
        if refusal is not None:
            writer.write(_written(refusal))
            await writer.drain()
            return True
        if not beyond:
            beyond += await asyncio.open_connection(*self._aws_at)
        status, said = b"", b""
        for document in self.aws.copies(call):
            same = document is call.document
            status, said = await _ask(beyond, head, body if same else json.dumps(document).encode())
        self.aws.noted(call)
        if self._traced and self._traced in body:
            self.aws.trace.append((began, time.time(), name, call.action, call.table))
        if self.aws.loses_answer(call):
            _reset(writer)
            return False
        told = self.aws.lagging(call, said)
        writer.write(_headed(status, len(told)) + told)
        await writer.drain()
        return True

    async def _agent_door(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await _head(reader)
            there, to_there = await asyncio.open_connection(*self._agent_at)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return
        to_there.write(head)
        fate = self._fate() if b"pgrade: websocket" in head else ""
        after = self._chance.randint(500, 8_000)
        pumps = [
            asyncio.create_task(_pump(reader, to_there)),
            asyncio.create_task(_pump(there, writer, fate=fate, after=after)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for stream in (writer, to_there):
            if fate in {"reset", "cut"}:
                _reset(stream)
            stream.close()

    def _fate(self) -> str:
        for name in ("reset", "cut", "black_hole", "delay"):
            if self._chance.random() < self._sockets.get(name, 0.0):
                self._struck[name] += 1
                return name
        return ""

    async def _switch(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await _head(reader)
        body = await reader.readexactly(_length(head)) if head else b""
        document = self._switched(head.split(b" ")[1], body) if head else {}
        writer.write(_written(Answer(200, document), b"Connection: close"))
        await writer.drain()
        writer.close()

    def _switched(self, path: bytes, body: bytes) -> dict:
        words = json.loads(body) if body else {}
        if path == b"/faults":
            self.aws.faults, self._sockets = words.get("aws", {}), words.get("sockets", {})
        if path == b"/trace":
            self._traced = str(words["contact"]).encode()
            self.aws.trace.clear()
        counts = [[*key, count] for key, count in self.aws.counts.items()]
        struck = dict(self.aws.struck + self._struck)
        trace = list(self.aws.trace) if path == b"/traced" else []
        return {"doors": self.doors, "counts": counts, "struck": struck, "trace": trace}


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, fate: str = "", after: int = 0
) -> None:
    """Carry bytes until one side ends, or what was drawn for this connection strikes."""
    carried = 0
    while chunk := await reader.read(CHUNK):
        carried += len(chunk)
        if fate == "delay":
            await asyncio.sleep(0.3)
        if fate == "black_hole" and carried > after:
            await asyncio.sleep(DARK_S)
        if fate == "cut" and carried > after:
            writer.write(chunk[: len(chunk) // 2])
            await writer.drain()
            return
        if fate == "reset" and carried > after:
            return
        writer.write(chunk)
        await writer.drain()


async def _ask(beyond: list, head: bytes, body: bytes) -> tuple[bytes, bytes]:
    reader, writer = beyond
    kept = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(_DROPPED)]
    writer.write(b"\r\n".join([*kept, b"Content-Length: %d" % len(body), b"", b""]) + body)
    await writer.drain()
    answer = await _head(reader)
    if not answer:
        raise ConnectionResetError
    return answer, await _body(reader, answer)


_DROPPED = (b"content-length:", b"expect:")


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" not in head.lower():
        return await reader.readexactly(_length(head))
    parts = []
    while size := int((await reader.readline()).strip() or b"0", 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(parts)


def _headed(head: bytes, length: int) -> bytes:
    gone = (b"content-length:", b"transfer-encoding:", b"x-amz-crc32:")
    kept = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(gone)]
    return b"\r\n".join([*kept, b"Content-Length: %d" % length, b"", b""])


def _written(answer: Answer, *more: bytes) -> bytes:
    body = json.dumps(answer.document).encode()
    kind = b"Content-Type: application/x-amz-json-1.0"
    status = b"HTTP/1.1 %d Told" % answer.status
    return b"\r\n".join([status, kind, *more, b"Content-Length: %d" % len(body), b"", b""]) + body


def _call(head: bytes, body: bytes) -> Call:
    target = ""
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"x-amz-target:"):
            target = line.partition(b":")[2].strip().decode()
    service = "dynamodb" if target.startswith("DynamoDB") else "sqs"
    document = json.loads(body) if body.startswith(b"{") else {}
    return Call(service, target.partition(".")[2], document)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 80)


async def _listen(serve) -> str:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24, backlog=1024)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.proxy")
    for name in ("aws", "agent", "doors", "seed"):
        parser.add_argument(f"--{name}", required=True)
    wires = Wires(parser.parse_args())
    where = await wires.open()
    sys.stdout.write(json.dumps({"listening": where}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
