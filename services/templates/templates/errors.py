"""The service's errors; those of malformed content are in domain/release.py."""

from common.errors import AppError, Conflict, InvalidInput, NotFound, Unavailable


class TemplateNotFound(NotFound):
    code = "template_not_found"


class TemplateVersionNotFound(NotFound):
    code = "template_version_not_found"


class TemplateFileNotFound(NotFound):
    code = "template_file_not_found"


class CursorInvalid(InvalidInput):
    """Answered as if the parameter's form had been refused."""

    code = "invalid_request"


class ReleaseChanged(Conflict):
    """The content differs from what was released under the same version."""

    code = "template_release_changed"


class VersionTooLow(Conflict):
    """The content differs more from the release before than its version's number says."""

    code = "template_version_too_low"


class ReleaseInvalid(AppError):
    """The store holds a tag that is no well-formed release."""

    code = "template_release_invalid"


class StoreUnavailable(Unavailable):
    code = "template_store_unavailable"
