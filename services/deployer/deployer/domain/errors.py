"""Why an artifact, a plan or a secret is refused."""

from common.errors import AppError, InvalidInput


class InvalidArtifact(AppError):
    code = "artifact_invalid"
    status = 422


class ScriptTooLarge(AppError):
    code = "script_too_large"
    status = 422


class PagesTooLarge(AppError):
    code = "pages_too_large"
    status = 422


class InvalidSecret(InvalidInput):
    code = "secret_invalid"
