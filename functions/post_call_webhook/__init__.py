"""ElevenLabs tells that a call ended: verified, and continued as the monitor would, at once."""
