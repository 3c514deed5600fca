"""Dials that do not end in a conversation, each over real loopback sockets."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time

import pytest

from connector.closed import DIAL_FAILURES, Closed, Kind, Refusal
from connector.resolver import Address, Resolver, look_up
from connector.trust import Trust
from connector.upgrade import Upgrades
from conversation.errors import Defect, Permanent, Transient
from tests.integration.connector.far_end import (
    TEXT,
    close_frame,
    far_end,
    frame,
    make_certificate,
    read_head,
    reset,
    switching,
    until_eof,
    upgrade,
)


class FixedResolver:
    """Answers what the test says, on the loop."""

    def __init__(self, loop, answer):
        self.loop = loop
        self.answer = answer

    def resolve(self, host, port, done):
        if self.answer is not None:
            self.loop.call_soon(lambda: done(self.answer))

    def avoid(self, host, port, address):
        """It answers what the test says."""


def refusing(*lines, body=b"", in_pieces=False):
    """A server that answers the upgrade with something else."""

    def story(sock):
        read_head(sock)
        head = "\r\n".join([*lines, "", ""]).encode()
        if in_pieces:
            sock.sendall(head)
            time.sleep(0.05)
            sock.sendall(body)
        else:
            sock.sendall(head + body)
        until_eof(sock)

    return story


def a_dead_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize("pieces", [1, 3, 1000], ids=["whole", "in threes", "byte by byte"])
def test_a_101_may_come_in_many_packets(near, pieces):
    def story(sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = switching(read_head(sock)) + frame(TEXT, b"hello")
        size = max(1, len(answer) // pieces)
        for start in range(0, len(answer), size):
            sock.sendall(answer[start : start + size])
            time.sleep(0.0005)
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url)
        near.until(lambda: listener.texts)
        near.drop_all()

    assert listener.opened_times == 1
    assert listener.texts == ["hello"]


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500, 503])
def test_a_refusal_gives_its_status_and_what_it_said(near, status):
    body = b'{"detail":{"status":"quota_exceeded"}}'
    story = refusing(f"HTTP/1.1 {status} No", f"Content-Length: {len(body)}", body=body)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed.kind is Kind.REFUSED
    assert closed.reason == f"http_{status}"
    assert closed.refusal == Refusal(status, None, body.decode())
    assert "quota_exceeded" not in repr(closed)


def test_a_429_says_how_long_to_wait(near):
    story = refusing("HTTP/1.1 429 Slow down", "Retry-After: 7", "Content-Length: 0")

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed.refusal == Refusal(429, 7.0, "")


def test_the_text_of_a_refusal_may_come_after_its_head(near):
    story = refusing("HTTP/1.1 401 No", "Content-Length: 6", body=b"no key", in_pieces=True)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed.refusal == Refusal(401, None, "no key")


def test_a_refusal_whose_text_never_comes_is_reported_without_it(near):
    story = refusing("HTTP/1.1 503 Busy", "Content-Length: 600", "Retry-After: 3", body=b"par")

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url, refusal_timeout_s=0.1))

    assert closed.refusal == Refusal(503, 3.0, "par")


def test_a_refusal_that_ends_with_the_connection_is_reported(near):
    def story(sock):
        read_head(sock)
        sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\nupstream")

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed.refusal == Refusal(502, None, "upstream")


def test_a_redirect_is_reported_and_not_followed(near):
    followed = []

    with far_end(followed.append) as trap:
        story = refusing("HTTP/1.1 302 Found", f"Location: {trap.url}", "Content-Length: 0")
        with far_end(story) as far:
            closed = near.until_closed(near.dial(far.url))
            near.linger(0.1)

    assert closed == Closed(Kind.REFUSED, "http_302", refusal=Refusal(302))
    assert followed == []


def test_cookies_of_one_server_go_to_nobody(near):
    heads = []

    def story(sock):
        heads.append(read_head(sock))
        answer = switching(heads[-1])
        cookie = b"Set-Cookie: session=1; Domain=127.0.0.1; Path=/\r\n\r\n"
        sock.sendall(answer[:-2] + cookie + close_frame(1000))
        until_eof(sock)

    with far_end(story) as far:
        for _ in range(2):
            assert near.until_closed(near.dial(far.url)).kind is Kind.REMOTE

    assert all(b"cookie" not in head.lower() for head in heads)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "not_a_websocket"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not_a_websocket"),
        (b"\r\n\r\n", "not_http"),
        (b"HTTP/1.1 101 Switching\r\nX: " + b"x" * 20_000, "head_too_big"),
    ],
    ids=["no accept", "ssh", "blank", "endless"],
)
def test_what_is_no_websocket_is_found_out(near, answer, reason):
    def story(sock):
        read_head(sock)
        sock.sendall(answer)
        until_eof(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url, refusal_timeout_s=0.1))

    assert closed == Closed(Kind.UPGRADE, reason)


def test_the_answer_to_another_key_is_no_answer(near):
    def story(sock):
        head = read_head(sock).replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x")
        sock.sendall(switching(head))
        until_eof(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed == Closed(Kind.UPGRADE, "not_a_websocket")


@pytest.mark.parametrize(
    ("end", "reason"), [(lambda sock: sock.close(), "eof"), (reset, "reset")], ids=["eof", "rst"]
)
def test_a_server_that_hangs_up_instead_of_answering_is_reported(near, end, reason):
    def story(sock):
        read_head(sock)
        end(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed == Closed(Kind.UPGRADE, reason)


def test_a_server_that_never_answers_the_upgrade_meets_the_deadline(near):
    with far_end(until_eof) as far:
        closed = near.until_closed(near.dial(far.url, upgrade_timeout_s=0.1))

    assert closed == Closed(Kind.TIMEOUT, "upgrade")


def test_a_server_that_is_silent_in_the_tls_handshake_meets_the_deadline(near):
    with far_end(until_eof) as far:
        url = far.url.replace("ws://", "wss://")
        closed = near.until_closed(near.dial(url, tls_timeout_s=0.1))

    assert closed == Closed(Kind.TIMEOUT, "tls")


def test_an_address_that_swallows_packets_meets_the_deadline_and_the_next_one_is_tried(near):
    # A listener whose queue is full answers no SYN.
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.settimeout(0)
            filler.connect_ex(full.getsockname())
        dead = Address(socket.AF_INET, full.getsockname())
        lonely = FixedResolver(near.loop, (dead,))
        closed = near.until_closed(
            near.dial("ws://agent.test/", resolver=lonely, connect_timeout_s=0.1)
        )

        with far_end(lambda sock: (upgrade(sock), until_eof(sock))) as far:
            alive = Address(socket.AF_INET, ("127.0.0.1", far.port))
            both = FixedResolver(near.loop, (dead, alive))
            listener = near.dial("ws://agent.test/", resolver=both, connect_timeout_s=0.1)
            near.until_open(listener)
            near.drop_all()

    assert closed == Closed(Kind.TIMEOUT, "connect")


def test_an_address_that_did_not_answer_is_tried_last_by_the_dials_that_follow(near):
    with far_end(lambda sock: (upgrade(sock), until_eof(sock))) as far:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            for port in (a_dead_port(), far.port)
        ]
        resolver = Resolver(near.loop, getaddrinfo=lambda *_args, **_how: found)
        near.until_open(near.dial("ws://agent.test/", resolver=resolver))
        given = []
        resolver.resolve("agent.test", 80, given.append)
        near.until(lambda: given)
        near.drop_all()

    ports = [address.sockaddr[1] for address in given[0]]
    assert ports == [far.port, found[0][4][1]]


def test_a_refused_connection_is_reported(near):
    closed = near.until_closed(near.dial(f"ws://127.0.0.1:{a_dead_port()}/"))

    assert closed == Closed(Kind.CONNECT, "refused")


def test_an_address_without_a_route_is_reported_at_once(near):
    nowhere = (Address(socket.AF_INET, ("255.255.255.255", 9)),)

    closed = near.until_closed(
        near.dial("ws://agent.test/", resolver=FixedResolver(near.loop, nowhere))
    )

    assert closed.kind is Kind.CONNECT


def test_all_addresses_of_both_families_are_tried_in_turn(near):
    with far_end(lambda sock: (upgrade(sock), until_eof(sock))) as far:
        answer = (
            Address(socket.AF_INET6, ("::1", a_dead_port(), 0, 0)),
            Address(socket.AF_INET, ("127.0.0.1", a_dead_port())),
            Address(socket.AF_INET, ("127.0.0.1", far.port)),
        )
        listener = near.dial("ws://agent.test/", resolver=FixedResolver(near.loop, answer))
        near.until_open(listener)
        near.drop_all()


def test_a_server_on_ipv6_is_reached(near):
    try:
        with far_end(lambda sock: (upgrade(sock), until_eof(sock)), host="::1") as far:
            listener = near.dial(far.url)
            near.until_open(listener)
            near.drop_all()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_a_certificate_of_someone_unknown_is_refused(near, tmp_path):
    stranger = make_certificate(tmp_path)

    with far_end(until_eof, context=stranger.server_context()) as far:
        closed = near.until_closed(near.dial(far.url))

    assert closed == Closed(Kind.TLS, "certificate")


def test_a_certificate_for_another_name_is_refused(near, certificate):
    with far_end(until_eof, context=certificate.server_context()) as far:
        address = (Address(socket.AF_INET, ("127.0.0.1", far.port)),)
        resolver = FixedResolver(near.loop, address)
        closed = near.until_closed(near.dial("wss://api.example.org/", resolver=resolver))

    assert closed == Closed(Kind.TLS, "certificate")


def test_a_server_that_speaks_no_tls_is_refused(near):
    def story(sock):
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        until_eof(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url.replace("ws://", "wss://")))

    assert closed == Closed(Kind.TLS, "tls")


def test_a_server_that_resets_the_tls_handshake_is_reported(near):
    def story(sock):
        sock.recv(100)
        reset(sock)

    with far_end(story) as far:
        closed = near.until_closed(near.dial(far.url.replace("ws://", "wss://")))

    assert closed == Closed(Kind.TLS, "reset")


def test_a_server_that_hangs_up_before_the_tls_handshake_leaves_no_socket(near, monkeypatch):
    def too_late(sock, host, port):
        sock.close()
        raise OSError(107, "Transport endpoint is not connected")

    monkeypatch.setattr(near.trust, "wrap", too_late)
    with far_end(until_eof) as far:
        closed = near.until_closed(near.dial(far.url.replace("ws://", "wss://")))

    assert closed == Closed(Kind.TLS, "socket_error")


def test_a_failed_handshake_forgets_the_session_that_it_tried(near, certificate):
    def story(sock):
        upgrade(sock)
        sock.sendall(close_frame(1000))

    with far_end(story, context=certificate.server_context()) as far:
        near.until_closed(near.dial(far.url))
    key = "127.0.0.1", far.port
    assert key in near.trust._kept

    def hang_up(sock):
        sock.recv(100)

    with far_end(hang_up) as plain:
        near.trust._kept["127.0.0.1", plain.port] = near.trust._kept[key]
        near.until_closed(near.dial(plain.url.replace("ws://", "wss://")))

    assert ("127.0.0.1", plain.port) not in near.trust._kept


def test_one_context_verifies_for_all_and_by_default_against_the_public_authorities():
    context = Trust()._context

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50


def test_a_name_that_nobody_has_is_reported(near):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolver = Resolver(near.loop, getaddrinfo=nobody)
    closed = near.until_closed(near.dial("ws://nobody.test/", resolver=resolver))

    assert closed == Closed(Kind.DNS, "no_such_host")


def test_a_name_server_that_fails_for_now_is_told_from_a_name_that_nobody_has():
    def stumble(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    answer = look_up("agent.test", 443, stumble)

    assert isinstance(answer, Transient)
    assert answer.reason == "lookup_failed"


def test_a_name_server_that_hangs_meets_the_deadline(near):
    resolver = FixedResolver(near.loop, None)

    closed = near.until_closed(near.dial("ws://slow.test/", resolver=resolver, dns_timeout_s=0.05))

    assert closed == Closed(Kind.TIMEOUT, "dns")


def test_a_name_is_looked_up_once_for_many_dials_and_off_the_loop(near):
    looked_up_on = []

    def count(host, port, **kwargs):
        looked_up_on.append(threading.current_thread())
        return socket.getaddrinfo("127.0.0.1", port, **kwargs)

    resolver = Resolver(near.loop, getaddrinfo=count)
    url = f"ws://agent.test:{a_dead_port()}/"
    for _ in range(3):
        listeners = [near.dial(url, resolver=resolver) for _ in range(5)]
        near.until(lambda listeners=listeners: all(one.ends for one in listeners))

    assert len(looked_up_on) == 1
    assert looked_up_on[0] is not threading.current_thread()


def test_an_old_answer_is_looked_up_again_and_used_on_when_that_fails(near):
    answers = [[(socket.AF_INET, 1, 6, "", ("127.0.0.1", 1))], OSError("resolver down")]
    asked = []

    def fail_later(*args, **kwargs):
        asked.append(1)
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    resolver = Resolver(near.loop, ttl_s=0, getaddrinfo=fail_later)
    heard = []
    for times in (1, 2):
        resolver.resolve("agent.test", 443, heard.append)
        near.until(lambda times=times: len(heard) == times)

    assert heard == [(Address(socket.AF_INET, ("127.0.0.1", 1)),)] * 2
    assert len(asked) == 2


def test_where_no_thread_can_be_started_the_next_dial_looks_up_again(near, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        closed = near.until_closed(near.dial("ws://localhost:9/v1"))
    again = near.until_closed(near.dial("ws://localhost:9/v1"))

    assert closed == Closed(Kind.DNS, "lookup_failed")
    assert again.kind is Kind.CONNECT


@pytest.mark.parametrize("stage", ["dns", "tls", "upgrade"])
def test_a_dial_can_be_given_up_at_every_stage(near, stage):
    with far_end(until_eof) as far:
        url = far.url.replace("ws://", "wss://") if stage == "tls" else far.url
        resolver = FixedResolver(near.loop, None) if stage == "dns" else None
        listener = near.dial(url, resolver=resolver)
        near.linger(0.05)
        listener.connection.close()
        closed = near.until_closed(listener)

    assert closed == Closed(Kind.LOCAL, "aborted")
    assert listener.opened_times == 0


def test_sending_before_it_is_open_is_a_defect_of_the_caller(near):
    listener = near.dial(f"ws://127.0.0.1:{a_dead_port()}/")

    with pytest.raises(Defect) as defect:
        listener.connection.send("too early")

    near.until_closed(listener)
    assert defect.value.reason == "not_open"


def test_the_end_is_never_told_inside_a_call(near):
    listener = near.dial(f"ws://127.0.0.1:{a_dead_port()}/")

    listener.connection.abort()
    told_inside = list(listener.ends)
    near.until_closed(listener)

    assert told_inside == []


def test_without_free_descriptors_a_dial_fails_and_the_loop_goes_on(near, monkeypatch):
    def none_left(*args):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("connector.reach.socket.socket", none_left)
        closed = near.until_closed(near.dial("ws://127.0.0.1:1/"))

    assert closed == Closed(Kind.CONNECT, "too_many_files")


@pytest.mark.parametrize(
    "headers", [{"xi-api-key": "s3cret\n"}, {"xi\r\napi": "s3cret"}, {"xi-api-key": "s3crét"}]
)
def test_a_header_that_http_cannot_carry_is_refused_without_being_quoted(headers):
    with pytest.raises(Permanent) as refused:
        Upgrades().new("ws://127.0.0.1/", headers)

    assert refused.value.reason == "bad_header"
    assert "s3cr" not in str(refused.value)


def test_each_dial_has_a_key_of_its_own_and_the_same_request_for_the_rest():
    upgrades = Upgrades()

    first, second = (
        upgrades.new("wss://a.test/x?agent_id=%20", {"xi-api-key": "k"}).request for _ in range(2)
    )

    keys = [
        re.search(rb"Sec-WebSocket-Key: (\S{24})\r\n", request)[1] for request in (first, second)
    ]
    assert keys[0] != keys[1]
    assert first.replace(keys[0], b"") == second.replace(keys[1], b"")
    assert first.startswith(b"GET /x?agent_id=%20 HTTP/1.1\r\n")
    assert b"\r\nxi-api-key: k\r\n" in first


def test_no_failure_of_a_dial_quotes_the_url_or_the_key(near):
    with far_end(refusing("HTTP/1.1 403 No", "Content-Length: 0")) as far:
        secret = f"{far.url}?signature=s3cret"
        closed = near.until_closed(near.dial(secret, {"xi-api-key": "s3cret"}))

    assert closed.kind in DIAL_FAILURES
    assert "s3cret" not in repr(closed)


def test_an_answer_that_is_announced_by_another_opens_all_the_same(near):
    def story(sock):
        sock.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + switching(read_head(sock)))
        sock.sendall(frame(TEXT, b"hello"))
        until_eof(sock)

    with far_end(story) as far:
        listener = near.dial(far.url)
        near.until(lambda: listener.texts)
        near.drop_all()

    assert listener.opened_times == 1
