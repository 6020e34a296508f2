"""The upload form of a script, written by hand so that its bytes are known before they are sent."""

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from deployer.domain.script import Module


def script_form(metadata: Mapping[str, Any], modules: Iterable[Module]) -> tuple[bytes, str]:
    """The body and its Content-Type. The boundary is random, so no module can contain it."""
    boundary = f"overskill-{secrets.token_hex(16)}"
    parts = [
        _part(
            boundary,
            'name="metadata"; filename="metadata.json"',
            "application/json",
            json.dumps(metadata).encode(),
        )
    ]
    parts += [
        _part(boundary, f'name="{module.name}"; filename="{module.name}"', module.content_type, module.data)
        for module in modules
    ]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, disposition: str, content_type: str, data: bytes) -> bytes:
    lines = (
        f"--{boundary}",
        f"Content-Disposition: form-data; {disposition}",
        f"Content-Type: {content_type}",
    )
    return "\r\n".join((*lines, "", "")).encode() + data + b"\r\n"
