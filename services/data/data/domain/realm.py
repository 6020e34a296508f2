"""What an app's environment is called on its shard: every name derives from the app and the environment."""

import re
from dataclasses import dataclass
from enum import StrEnum

from common.contracts.deployments import Environment

GATES = "overskill_gate"
"""The schema of the gates."""

PLATFORM = "overskill_auth"
"""The schema of what a shard keeps for all realms: sessions, one-time tokens, what was migrated."""

EXTENSIONS = "extensions"

_REF = re.compile(r"app_[a-z][a-z0-9]{11}(?:_preview|_staging)?")


class Role(StrEnum):
    """As whom a statement runs. The owner's gate is for the platform's own work on behalf of the app."""

    ANON = "anon"
    AUTHENTICATED = "authenticated"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Names:
    """A realm's names on its shard. All are plain lower-case identifiers, quoted all the same where used."""

    ref: str

    def __post_init__(self) -> None:
        if not is_ref(self.ref):
            raise ValueError(f"{self.ref!r} names no realm")

    @property
    def app_id(self) -> str:
        """Whose it is."""
        return self.ref.split("_")[1]

    @property
    def schema(self) -> str:
        """Of the app's own tables: what its code calls `public`."""
        return self.ref

    @property
    def auth_schema(self) -> str:
        """Of the realm's user pool: what the app's SQL calls `auth.users` is `users` in it."""
        return f"{self.ref}_auth"

    def role(self, role: Role) -> str:
        return f"{self.ref}_{role}"

    def gate(self, role: Role) -> str:
        """The quoted, qualified function that answers one query as the role."""
        return f'{GATES}."{self.role(role)}"'

    @property
    def run_gate(self) -> str:
        """The quoted, qualified function that runs one statement without a result as the owner."""
        return f'{GATES}."{self.run_name}"'

    @property
    def run_name(self) -> str:
        """The same function's name."""
        return f"{self.ref}_run"


def site_url(template: str, app_id: str, environment: str) -> str:
    """Where the app is live: `template` holds `{script}`, for the Worker's name that the deployer chooses."""
    script = app_id if environment == Environment.PRODUCTION else f"{app_id}-{environment}"
    return template.format(script=script).rstrip("/")


def is_ref(text: str) -> bool:
    return _REF.fullmatch(text) is not None


def ref_of(app_id: str, environment: Environment) -> str:
    """The name of an app's realm; raises ValueError when the id is no app's."""
    suffix = "" if environment is Environment.PRODUCTION else f"_{environment}"
    return Names(f"app_{app_id}{suffix}").ref
