"""What can go wrong with a deployment, beyond what the domain refuses."""

from common.errors import AppError, Conflict, InvalidInput, NotFound, Unavailable


class DeploymentNotFound(NotFound):
    code = "deployment_not_found"


class SecretNotFound(NotFound):
    code = "secret_not_found"


class SecretExists(Conflict):
    code = "secret_exists"


class RequestContradicts(InvalidInput):
    code = "deployment_contradicts"


class NoDatabase(AppError):
    """The app has migrations, and there is no data service to apply them."""

    code = "data_not_configured"
    status = 422


class MigrationsMissing(AppError):
    code = "migrations_missing"
    status = 422


class RollbackImpossible(AppError):
    code = "rollback_impossible"
    status = 422


class ArtifactMissing(AppError):
    code = "artifact_missing"
    status = 422


class VerificationFailed(AppError):
    code = "verification_failed"
    status = 502


class CloudflareRejected(AppError):
    """Cloudflare understood and refused; the same request will be refused again."""

    code = "cloudflare_rejected"
    status = 502


class CloudflareDenied(CloudflareRejected):
    code = "cloudflare_denied"


class CloudflareQuota(CloudflareRejected):
    code = "cloudflare_quota"


class CloudflareInvalidScript(CloudflareRejected):
    code = "cloudflare_invalid_script"


class CloudflareTooLarge(CloudflareRejected):
    code = "cloudflare_too_large"


class CloudflareAbsent(CloudflareRejected):
    """The script, version or bucket is not there."""

    code = "cloudflare_not_found"


class CloudflareUnavailable(Unavailable):
    """No usable answer within the time allowed, after retries."""

    code = "cloudflare_unavailable"


class CloudflareThrottled(CloudflareUnavailable):
    code = "cloudflare_throttled"


class DeployerBroken(AppError):
    """A fault of the deployer's own code."""

    code = "internal_error"


class AttemptsExhausted(AppError):
    code = "attempts_exhausted"
    status = 503
