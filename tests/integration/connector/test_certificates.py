"""Our far ends' certificates suit a client as strict as that of Python 3.13, on any Python."""

import ssl

import pytest

from tests.bench.holder import certificate as bench
from tests.integration.connector.far_end import make_certificate


@pytest.fixture
def chain_of_the_bench(tmp_path):
    ca, chain = bench.make(tmp_path, ["127.0.0.1"])
    return str(ca), (str(chain),)


@pytest.fixture
def self_signed(tmp_path):
    made = make_certificate(tmp_path)
    return made.cafile, (made.cafile, made.keyfile)


def strict_client(cafile):
    context = ssl.create_default_context(cafile=cafile)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def shake_hands(client, server):
    """Between the two in memory, as far as it goes without an error."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(back, there, server_hostname="127.0.0.1")
    far = server.wrap_bio(there, back, server_side=True)
    for end in (near, far, near, far):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return near


@pytest.mark.parametrize("made", ["chain_of_the_bench", "self_signed"])
def test_a_strict_client_trusts_it(made, request):
    cafile, files = request.getfixturevalue(made)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*files)

    near = shake_hands(strict_client(cafile), server)

    assert near.getpeercert()["notAfter"]
