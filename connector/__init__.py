"""The connector: the one long-lived process, which holds the text sessions with the agents.

Its core decides and does no I/O (protocol, session); its shell acts. The transport half of the
shell, from the bottom up: ``loop`` (readiness, timers, wake-up), ``channel`` (one WebSocket in that
loop), ``resolver`` and ``trust`` (names and TLS), ``reach`` (TCP and TLS) and ``dialer`` (the
upgrade). ``closed`` has the words for every way in which a connection ends.

One thread owns every socket: there are no locks here.
"""
