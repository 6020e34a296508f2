"""The secrets of one stack, made once and kept in its state, readable by its owner only."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

MAKERS: dict[str, Callable[[], str]] = {
    "postgres": lambda: secrets.token_hex(16),
    "orchestrator_database": lambda: secrets.token_hex(16),
    "builder_database": lambda: secrets.token_hex(16),
    "deployer_database": lambda: secrets.token_hex(16),
    "data_database": lambda: secrets.token_hex(16),
    "apps_database": lambda: secrets.token_hex(16),
    "nats": lambda: secrets.token_hex(16),
    "builder_token": lambda: secrets.token_hex(20),
    "deployer_token": lambda: secrets.token_hex(20),
    "data_token": lambda: secrets.token_hex(20),
    "templates_token": lambda: secrets.token_hex(20),
    "api_key": lambda: f"osk_{secrets.token_hex(20)}",
    "cloudflare_account_id": lambda: secrets.token_hex(16),
    "cloudflare_api_token": lambda: secrets.token_hex(20),
    "s3_access_key_id": lambda: secrets.token_hex(16),
    "s3_secret_access_key": lambda: secrets.token_hex(32),
    "data_secrets_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "deployer_secrets_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}


def load_credentials(path: Path) -> dict[str, str]:
    """Those in the file, with what is missing made and written back whole."""
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    credentials = {**{name: make() for name, make in MAKERS.items() if name not in known}, **known}
    if credentials != known:
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(credentials, file, indent=1)
        draft.rename(path)
    return credentials
