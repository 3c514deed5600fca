"""Looks every minute for calls that ended, and starts a conversation for each that is one's due."""
