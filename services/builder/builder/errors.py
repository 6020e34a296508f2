"""What can go wrong in the builder, with stable codes."""

from typing import ClassVar

from common.errors import AppError, Conflict, InvalidInput, NotFound, Unavailable


class IsolationUnavailable(Unavailable):
    """Generated code cannot be contained on this machine, so nothing is built."""

    code: ClassVar[str] = "isolation_unavailable"


class NodeUnavailable(Unavailable):
    code: ClassVar[str] = "node_unavailable"


class BrowserUnavailable(Unavailable):
    """There is no browser here, or none that can be contained: apps are built without being looked at."""

    code: ClassVar[str] = "browser_unavailable"


class DependencyInstallFailed(AppError):
    """npm refused the template's lockfile: the same again would fail the same way."""

    code: ClassVar[str] = "dependency_install_failed"


class DependencyInstallUnavailable(Unavailable):
    """npm could not reach its registry or took too long."""

    code: ClassVar[str] = "dependency_install_unavailable"


class SandboxFailed(AppError):
    """The sandbox itself did not start or work: the app is not to blame, and nothing else is away."""

    code: ClassVar[str] = "sandbox_failed"
    status = 503
    retryable = True


class SourceInvalid(InvalidInput):
    """What is stored as an app's source is none: nothing that its author wrote could have made it so."""

    code: ClassVar[str] = "source_invalid"


class BuildNotFound(NotFound):
    code: ClassVar[str] = "build_not_found"


class BuildConflict(Conflict):
    """The build's id was used before for another source."""

    code: ClassVar[str] = "build_conflict"


class PackageRefused(InvalidInput):
    """An app may not have the package: of whose name, licence, age, content or holes the message tells."""

    code: ClassVar[str] = "package_refused"


class PackageNotFound(NotFound):
    """The registry has no such package, or no such version of it."""

    code: ClassVar[str] = "package_not_found"


class PackagesUnknown(NotFound):
    """No packages were resolved under the key."""

    code: ClassVar[str] = "packages_unknown"


class RegistryUnavailable(Unavailable):
    """The npm registry could not be asked, or not in time."""

    code: ClassVar[str] = "registry_unavailable"
