"""What both sides of Hilo speak: people, messages, turns and doorbells.

Everything directly in this package is pure: no clock, no chance, no network, nothing read from
the environment (but in ``settings``). Whatever touches the outside is in ``adapters``.
"""
