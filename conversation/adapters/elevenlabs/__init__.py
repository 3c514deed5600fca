"""ElevenLabs' REST API: what is asked there, how its answers are read, what its refusals mean."""
