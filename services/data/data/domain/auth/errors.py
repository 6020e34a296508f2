"""Why sign-in is refused: GoTrue's codes, statuses and words, by which auth-js knows them."""

from common.errors import AppError

_REFUSALS: dict[str, tuple[int, str]] = {
    "anonymous_provider_disabled": (422, "Anonymous sign-ins are disabled"),
    "bad_code_verifier": (400, "code challenge does not match previously saved code verifier"),
    "bad_json": (400, "Could not parse request body as JSON"),
    "bad_jwt": (403, "invalid JWT: unable to parse or verify signature"),
    "email_conflict_identity_not_deletable": (422, "The identity of the e-mail address cannot be removed"),
    "email_exists": (422, "A user with this email address has already been registered"),
    "email_not_confirmed": (400, "Email not confirmed"),
    "flow_state_expired": (403, "invalid flow state, flow state has expired"),
    "flow_state_not_found": (404, "invalid flow state, no valid flow state found"),
    "identity_already_exists": (422, "Identity is already linked to another user"),
    "identity_not_found": (404, "Identity doesn't exist"),
    "invalid_api_key": (401, "Invalid API key"),
    "invalid_credentials": (400, "Invalid login credentials"),
    "mfa_factor_not_found": (404, "Factor not found"),
    "mfa_phone_enroll_not_enabled": (422, "MFA enroll is disabled for Phone"),
    "mfa_recovery_codes_enroll_not_enabled": (422, "MFA enroll is disabled for recovery codes"),
    "mfa_recovery_codes_verify_not_enabled": (422, "MFA verification is disabled for recovery codes"),
    "mfa_totp_enroll_not_enabled": (422, "MFA enroll is disabled for TOTP"),
    "mfa_webauthn_enroll_not_enabled": (422, "MFA enroll is disabled for WebAuthn"),
    "no_api_key": (401, "No API key found in request"),
    "no_authorization": (401, "This endpoint requires a valid Bearer token"),
    "otp_expired": (403, "Token has expired or is invalid"),
    "over_email_send_rate_limit": (429, "Email rate limit exceeded"),
    "over_request_rate_limit": (429, "Request rate limit reached"),
    "phone_provider_disabled": (400, "Unsupported phone provider"),
    "reauthentication_needed": (400, "Password update requires reauthentication"),
    "reauthentication_not_valid": (422, "Nonce has expired or is invalid"),
    "refresh_token_already_used": (400, "Invalid Refresh Token: Already Used"),
    "refresh_token_not_found": (400, "Invalid Refresh Token: Refresh Token Not Found"),
    "same_password": (422, "New password should be different from the old password."),
    "saml_provider_disabled": (404, "SAML 2.0 is disabled"),
    "session_expired": (400, "Invalid Refresh Token: Session Expired"),
    "session_not_found": (403, "Session from session_id claim in JWT does not exist"),
    "signup_disabled": (422, "Signups not allowed for this instance"),
    "unexpected_failure": (500, "Unexpected failure, please check server logs for more information"),
    "single_identity_not_deletable": (422, "User must have at least 1 identity after unlinking"),
    "user_already_exists": (422, "User already registered"),
    "user_banned": (400, "User is banned"),
    "user_not_found": (403, "User from sub claim in JWT does not exist"),
    "validation_failed": (400, "The request is not valid"),
    "weak_password": (422, "Password is too weak"),
    "web3_provider_disabled": (422, "Web3 provider is disabled"),
}


class AuthRefused(AppError):
    """A refusal by one of GoTrue's codes; `reasons` tells in which ways a password is too weak."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        reasons: tuple[str, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        status, usual = _REFUSALS[code]
        super().__init__(message or usual)
        self.code = code  # type: ignore[misc]  # one class for all codes, which are GoTrue's and not ours
        self.status = status  # type: ignore[misc]
        self.reasons = reasons
        self.retry_after = retry_after
