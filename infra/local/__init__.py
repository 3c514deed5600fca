"""The whole system on this machine. Never deployed."""
