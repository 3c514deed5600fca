"""The main test: a call, its WhatsApp, an answer, a closed socket, and an answer that still knows.

``steps`` says what is done and what must follow; ``ports`` what it needs; the other modules carry
it out against simulators or against the real providers. ``wiring`` puts them together.
"""
