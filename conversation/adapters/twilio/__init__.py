"""Twilio, as we meet it: signed requests and, for who sends, its REST API."""
