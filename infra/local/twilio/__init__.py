"""A stand-in for Twilio's WhatsApp channel: its REST API, its webhooks, and the people behind it.

It plays the provider, so it knows nothing of the product: neither its code nor its tables.
"""
