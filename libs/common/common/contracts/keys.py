"""Object keys of what services hand to one another; contents are addressed by their sha256."""


def source_key(digest: str) -> str:
    """An app's source as a tar, from the orchestrator for the builder."""
    return f"sources/{digest}.tar"


def artifact_key(digest: str) -> str:
    """A build's output as a tar, from the builder for the deployer."""
    return f"artifacts/{digest}.tar"


def asset_key(digest: str) -> str:
    """A file that a deployed app serves from the assets bucket; apps with the same file share it."""
    return f"a/{digest}"
