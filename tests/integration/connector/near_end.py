"""The near end: our transport with a listener that remembers, driven until something is so."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.dialer import Dialer
from connector.limits import Limits
from connector.loop import Loop
from connector.resolver import Resolver
from connector.trust import Trust


@dataclass
class Remembering:
    """A listener that writes down what it is told, and may answer."""

    on_opened: object = None
    on_text: object = None
    opened_times: int = 0
    texts: list = field(default_factory=list)
    ends: list = field(default_factory=list)
    connection: object = None

    def opened(self):
        self.opened_times += 1
        if self.on_opened is not None:
            self.on_opened(self.connection)

    def text(self, text):
        self.texts.append(text)
        if self.on_text is not None:
            self.on_text(self.connection, text)

    def closed(self, closed):
        self.ends.append(closed)


class NearEnd:
    """One process's transport, in a test."""

    def __init__(self, cafile=None):
        self.failures = []
        self.loop = Loop(on_error=self.failures.append)
        self.trust = Trust(cafile=cafile)
        self.resolver = Resolver(self.loop)
        self.listeners = []

    def dial(self, url, headers=None, *, on_opened=None, on_text=None, resolver=None, **limits):
        listener = Remembering(on_opened, on_text)
        dialer = Dialer(
            self.loop,
            trust=self.trust,
            resolver=resolver or self.resolver,
            limits=Limits(**limits),
        )
        listener.connection = dialer.dial(url, headers, listener=listener)
        self.listeners.append(listener)
        return listener

    def until(self, condition, *, within_s=5.0):
        """Run the loop until ``condition`` holds."""
        late = self.loop.call_later(within_s, lambda: None)
        while not condition():
            assert late.pending, "it did not happen in time"
            self.loop.turn()
        late.cancel()

    def until_open(self, listener):
        self.until(lambda: listener.opened_times or listener.ends)
        assert listener.ends == []

    def until_closed(self, listener):
        """Run until the end, and a little longer: there must be one end only."""
        self.until(lambda: listener.ends)
        self.linger(0.02)
        assert len(listener.ends) == 1
        return listener.ends[0]

    def linger(self, seconds):
        late = self.loop.call_later(seconds, lambda: None)
        while late.pending:
            self.loop.turn()

    def drop_all(self):
        """Abort every connection, so that the far end's scripts come to their end."""
        for listener in self.listeners:
            listener.connection.abort()
        self.until(lambda: all(listener.ends for listener in self.listeners))

    def close(self):
        """Drop everything and check that nothing is left."""
        self.drop_all()
        watched = len(self.loop._selector.get_map())
        self.loop.close()
        assert watched == 1, "a socket is still registered"
        assert all(len(listener.ends) == 1 for listener in self.listeners)
