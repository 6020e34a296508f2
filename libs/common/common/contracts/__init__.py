"""What crosses services, each thing once: messages, states, object keys, archives, rules of source trees."""

from common.contracts.artifacts import ArtifactFile, ArtifactManifest
from common.contracts.base import AppId, Contract, Digest, EntityId
from common.contracts.builds import (
    UNFINISHED_BUILD,
    Artifact,
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildStarted,
    BuildState,
    Diagnostic,
    ErrorCategory,
)
from common.contracts.deployments import (
    ONCE_LIVE,
    UNFINISHED_DEPLOYMENT,
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeployRequested,
    Environment,
)
from common.contracts.objects import (
    ARTIFACTS,
    SOURCES,
    BrokenArchive,
    app_prefixes,
    artifact_key,
    asset_key,
    pack_files,
    source_key,
    unpack_files,
)
from common.contracts.runs import LiveEvent, RunFinished, RunRequested, RunState
from common.contracts.templates import TemplateRef

__all__ = [
    "ARTIFACTS",
    "SOURCES",
    "AppId",
    "Artifact",
    "ArtifactFile",
    "ArtifactManifest",
    "BrokenArchive",
    "BuildFinished",
    "BuildMode",
    "BuildRequested",
    "BuildStarted",
    "BuildState",
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
    "ONCE_LIVE",
    "RunFinished",
    "RunRequested",
    "RunState",
    "TemplateRef",
    "UNFINISHED_BUILD",
    "UNFINISHED_DEPLOYMENT",
    "app_prefixes",
    "pack_files",
    "artifact_key",
    "asset_key",
    "source_key",
    "unpack_files",
]
