"""Every message between services, one file per subject family."""

from common.contracts.base import AppId, Contract, Digest, EntityId
from common.contracts.builds import (
    Artifact,
    BuildFinished,
    BuildLogLine,
    BuildMode,
    BuildRequested,
    BuildStarted,
    BuildStatus,
    Diagnostic,
    ErrorCategory,
)
from common.contracts.deployments import (
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeployRequested,
    Environment,
)
from common.contracts.runs import LiveEvent, RunFinished, RunRequested

__all__ = [
    "AppId",
    "Artifact",
    "BuildFinished",
    "BuildLogLine",
    "BuildMode",
    "BuildRequested",
    "BuildStarted",
    "BuildStatus",
    "Contract",
    "DeployRequested",
    "DeploymentFinished",
    "DeploymentProblem",
    "DeploymentProgressed",
    "DeploymentState",
    "Diagnostic",
    "Digest",
    "EntityId",
    "Environment",
    "ErrorCategory",
    "LiveEvent",
    "RunFinished",
    "RunRequested",
]
