"""Where objects lie. In the platform's bucket every app has prefixes of its own: apps share nothing there."""

from common.contracts.base import AppId, Digest

SOURCES = "sources/"
ARTIFACTS = "artifacts/"


def app_prefixes(app_id: AppId) -> tuple[str, ...]:
    """What the keys of all that an app has in the platform's bucket begin with."""
    return f"{SOURCES}{app_id}/", f"{ARTIFACTS}{app_id}/"


def source_key(app_id: AppId, digest: Digest) -> str:
    """A source is a tar of the app's files, named by its sha256."""
    return f"{SOURCES}{app_id}/{digest}.tar"


def artifact_key(app_id: AppId, digest: Digest) -> str:
    """An artifact is a tar of the built files, named by its sha256."""
    return f"{ARTIFACTS}{app_id}/{digest}.tar"


def asset_key(digest: str) -> str:
    """A file that a deployed app serves from the assets bucket; apps with the same file share it."""
    return f"a/{digest}"
