"""`python -m infra.local.twilio`: the stand-in as a process of its own."""

import argparse
import asyncio
import json
import re
from contextlib import closing
from pathlib import Path

from infra.local.twilio import addresses
from infra.local.twilio.config import ACCOUNT, Config
from infra.local.twilio.control import read_template
from infra.local.twilio.refusals import RefusalError
from infra.local.twilio.server import serve
from infra.local.twilio.store import Store

API_KEY = re.compile(r"(SK[0-9a-fA-F]{32}):(.+)")


def main(arguments: list[str] | None = None) -> None:
    """Serves until it is told to stop; wrong options end it with status 2 at once."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        config = _config(options)
        _keep_templates(options)
    except (ValueError, OSError, RefusalError) as error:
        parser.error(str(error))
    try:
        asyncio.run(serve(config, port=options.port, state_dir=options.state_dir))
    except OSError as error:
        parser.error(f"--port {options.port}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local.twilio", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--api-key", action="append", default=[], metavar="SK…:SECRET")
    parser.add_argument("--sender", required=True, metavar="whatsapp:+E164")
    parser.add_argument("--messaging-service", action="append", default=[], metavar="MG…")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--fallback-url", default="")
    parser.add_argument("--public-base-url", default="")
    parser.add_argument("--state-dir", type=Path)
    parser.add_argument("--templates", type=Path, help="JSON list of templates")
    parser.add_argument("--sandbox", action="store_true", help="only who has joined is reached")
    parser.add_argument("--keywords", action="store_true", help="STOP and START are honoured")
    parser.add_argument("--pace", type=float, default=1.0, help="0 delivers without delay")
    return parser


def _config(options: argparse.Namespace) -> Config:
    if not ACCOUNT.fullmatch(options.account_sid):
        raise ValueError("--account-sid: AC and 32 hexadecimal digits")
    sender = addresses.bare(options.sender)
    if not addresses.E164.fullmatch(sender):
        raise ValueError("--sender: whatsapp:+E164")
    plain = Config(account_sid="", auth_token="", sender="")
    return Config(
        account_sid=options.account_sid,
        auth_token=options.auth_token,
        sender=f"{addresses.CHANNEL}{sender}",
        webhook_url=options.webhook_url,
        fallback_url=options.fallback_url,
        public_base_url=options.public_base_url,
        api_keys=dict(map(_api_key, options.api_key)),
        messaging_services=tuple(options.messaging_service),
        sandbox=options.sandbox,
        keywords=options.keywords,
        sent_after_s=plain.sent_after_s * options.pace,
        delivered_after_s=plain.delivered_after_s * options.pace,
        read_after_s=plain.read_after_s * options.pace,
    )


def _api_key(text: str) -> tuple[str, str]:
    match = API_KEY.fullmatch(text)
    if match is None:
        raise ValueError("--api-key: SK and 32 hexadecimal digits, a colon, the secret")
    return match[1], match[2]


def _keep_templates(options: argparse.Namespace) -> None:
    if options.templates is None:
        return
    if options.state_dir is None:
        raise ValueError("--templates needs --state-dir")
    listed = json.loads(options.templates.read_text(encoding="utf-8"))
    read = [read_template(document) for document in listed]
    with closing(Store(options.state_dir)) as store:
        for template in read:
            store.keep_template(template)


if __name__ == "__main__":
    main()
