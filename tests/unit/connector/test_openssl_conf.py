"""What a TLS client offers under the OpenSSL settings of the connector's image."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONF = ROOT / "connector/openssl.cnf"
GROUPS, KEY_SHARES = 10, 51
X25519, P_256, P_384 = 0x001D, 0x0017, 0x0018
HELLO = """
import ssl
into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = ssl.create_default_context().wrap_bio(into, out, server_hostname="api.elevenlabs.io")
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    print(tls.context.minimum_version.name, out.read().hex())
"""


def cut(data, length_bytes):
    """What a length of so many bytes announces, and what is behind it."""
    end = length_bytes + int.from_bytes(data[:length_bytes])
    return data[length_bytes:end], data[end:]


def extensions(hello):
    """The extensions of a ClientHello in its TLS record (RFC 8446, 4.1.2)."""
    rest = hello[5 + 4 + 2 + 32 :]  # heads of record and message, version, random
    for length_bytes in (1, 2, 1):  # session id, cipher suites, compression
        _, rest = cut(rest, length_bytes)
    rest, found = cut(rest, 2)[0], {}
    while rest:
        kind = int.from_bytes(rest[:2])
        found[kind], rest = cut(rest[2:], 2)
    return found


def numbers(data):
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


@pytest.fixture(scope="module")
def offered():
    """The least version, and the extensions of the first message."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-c", HELLO],
        env={"OPENSSL_CONF": str(CONF)}, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    version, hello = done.stdout.split()
    return version, extensions(bytes.fromhex(hello))


def test_classical_groups_are_offered_and_no_others(offered):
    groups, _ = cut(offered[1][GROUPS], 2)

    assert numbers(groups) == [X25519, P_256, P_384]


def test_one_key_is_made_and_it_is_a_small_one(offered):
    shares, _ = cut(offered[1][KEY_SHARES], 2)
    key, others = cut(shares[2:], 2)

    assert (numbers(shares[:2]), len(key), others) == ([X25519], 32, b"")


def test_the_least_version_is_still_1_2(offered):
    assert offered[0] == "TLSv1_2"


def test_the_image_names_the_file():
    lines = (ROOT / "connector/Dockerfile").read_text()
    workdir = re.findall(r"^WORKDIR (\S+)$", lines, re.MULTILINE)[-1]

    assert f"\nENV OPENSSL_CONF={workdir}/{CONF.relative_to(ROOT)}\n" in lines
