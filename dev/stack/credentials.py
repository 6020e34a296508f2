"""The secrets of one stack, made once and kept in its state, readable by its owner only."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
    "data_jwt_keys": lambda: f"1:{_signing_key()}",
}


def _signing_key() -> str:
    """A private key of P-256 as the data service takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(der).decode()


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
