"""What Twilio tells of the messages we sent: queued, sent, delivered, read, or failed and why."""
