"""Names, kinds and the order of deployments."""

from enum import Enum

from common.contracts import DeploymentState, Environment


class Kind(Enum):
    """Runs make previews by themselves; what goes to staging or production, people have asked for."""

    PREVIEW = "preview"
    RELEASE = "release"

    @classmethod
    def of(cls, environment: str) -> "Kind":
        return cls.PREVIEW if environment == Environment.PREVIEW else cls.RELEASE


def script_name(app_id: str, environment: str) -> str:
    """The Worker's name, also the first label of the app's address."""
    return app_id if environment == Environment.PRODUCTION else f"{app_id}-{environment}"


def next_state(state: DeploymentState | None, *, ready: bool) -> DeploymentState:
    """The state after a request: a deployment only moves forward, whatever the order of arrival.

    `ready` says that there is something to put live: an artifact, or a deployment to roll back to.
    """
    if state is None or state is DeploymentState.BUILDING:
        return DeploymentState.PENDING if ready else DeploymentState.BUILDING
    return state


def app_url(template: str, *, script: str, subdomain: str) -> str:
    return template.format(script=script, subdomain=subdomain).rstrip("/")
