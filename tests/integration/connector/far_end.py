"""The far end of a connection, for the transport's tests: scripts over real loopback sockets.

A script is a function that gets one accepted socket (TLS is done already) and does to it what the
story needs. Every socket has a time-out, so that no test can hang.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
import socket
import ssl
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 5.0
TEXT, BINARY, CONT, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


@dataclass
class FarEnd:
    """A listening server and what went wrong in its scripts."""

    url: str
    port: int
    failures: list = field(default_factory=list)
    resumed: list = field(default_factory=list)


@contextmanager
def far_end(script, *, context=None, receive_buffer=None, host="127.0.0.1"):
    """Accept connections, one thread for each, and play ``script`` to them."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if receive_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    listener.bind((host, 0))
    listener.listen(64)
    listener.settimeout(0.05)
    port = listener.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    far = FarEnd(f"{'wss' if context else 'ws'}://{name}:{port}/v1", port)
    stop = threading.Event()
    threads = []

    def play(sock):
        try:
            sock.settimeout(PATIENCE_S)
            if context is not None:
                sock = context.wrap_socket(sock, server_side=True)
                far.resumed.append(sock.session_reused)
            with sock:
                script(sock)
        except Exception as error:  # noqa: BLE001  # the test looks at what went wrong
            far.failures.append(error)
        finally:
            sock.close()

    def accept():
        while not stop.is_set():
            with suppress(TimeoutError):
                sock, _ = listener.accept()
                threads.append(threading.Thread(target=play, args=(sock,), daemon=True))
                threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield far
    finally:
        stop.set()
        for thread in (acceptor, *threads):
            thread.join(PATIENCE_S)
        listener.close()


def read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = sock.recv(1)
        if not piece:
            raise ConnectionError("the client hung up in its head")
        head += piece
    return head


def switching(head):
    """The right answer to an upgrade request."""
    key = next(
        line.split(b":", 1)[1].strip()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key:")
    )
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324  # RFC 6455 asks for it
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


def upgrade(sock):
    head = read_head(sock)
    sock.sendall(switching(head))
    return head


def frame(opcode, payload=b"", *, fin=1, rsv=0):
    first = fin << 7 | rsv << 4 | opcode
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 1 << 16:
        return bytes([first, 126]) + struct.pack("!H", len(payload)) + payload
    return bytes([first, 127]) + struct.pack("!Q", len(payload)) + payload


def close_frame(code, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def exactly(sock, size):
    data = bytearray()
    while len(data) < size:
        piece = sock.recv(min(65536, size - len(data)))
        if not piece:
            raise ConnectionError("the client hung up in a frame")
        data += piece
    return bytes(data)


def read_frame(sock):
    """Read one client frame: its opcode and unmasked payload."""
    first, second = exactly(sock, 2)
    assert second & 0x80, "a client masks its frames"
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", exactly(sock, 2))
    elif length == 127:
        (length,) = struct.unpack("!Q", exactly(sock, 8))
    mask = exactly(sock, 4)
    data = exactly(sock, length)
    whole = (mask * (length // 4 + 1))[:length]
    unmasked = int.from_bytes(data) ^ int.from_bytes(whole)
    return first & 0x0F, unmasked.to_bytes(length)


def until_eof(sock):
    """Wait for the client to hang up, however it does."""
    with suppress(OSError):
        while sock.recv(65536):
            pass


def reset(sock):
    """Hang up with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for the loopback, on disk."""

    cafile: str
    keyfile: str

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cafile, self.keyfile)
        return context


def make_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    cafile, keyfile = folder / "cert.pem", folder / "key.pem"
    cafile.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(str(cafile), str(keyfile))
