"""The safety net: what was stored and never finished, and what Twilio has and we have not."""
