"""The page to try Hilo in: the campaign, the person's phone, and what happens inside.

Served by the local stack only, on loopback, and never deployed.
"""
