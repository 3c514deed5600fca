"""A stand-in for ElevenLabs Agents: its REST calls, its calls by phone and its WebSocket.

It is built from the provider's published material alone and imports nothing of Hilo, so that it
cannot share Hilo's mistakes. It never leaves 127.0.0.1 and it never calls anyone.
"""
