"""A process like a Lambda's: it imports the handler and takes one event."""

import json
import sys

from functions.twilio_webhook.handler import handler

response = handler(json.load(sys.stdin), None)
sys.stdout.write(f"{response['statusCode']}\n")
sys.stdout.flush()
