"""A socket that gives what has come so far, and keeps what is written."""

import ssl


class Tape:
    """What a `Stream` is to a reader, and a socket to a `Stream`."""

    def __init__(self, incoming=b""):
        self.incoming = incoming
        self.written = []

    def recv(self, size):
        piece, self.incoming = self.incoming[:size], self.incoming[size:]
        if not piece:
            raise ssl.SSLWantReadError
        return piece

    def send(self, data):
        self.written.append(bytes(data))
        return len(data)

    def gettimeout(self):
        return 0
