"""What the use cases work with: built once, in the lifespan."""

from dataclasses import dataclass

from templates.clients.store import ReleaseStore
from templates.settings import Settings
from templates.usecases.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What lives as long as the process."""

    settings: Settings
    store: ReleaseStore
    catalogue: Catalogue
