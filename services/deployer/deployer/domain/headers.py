"""The headers by which browsers guard an app and its users; every answer of its Worker has them."""

import re

BROWSER_FEATURES = "camera=(self), geolocation=(self), hid=(), microphone=(self), midi=(), serial=(), usb=()"
"""What an app may ask its users for itself; what it embeds from elsewhere may ask for none of it."""

_DIRECTIVE = re.compile(r"[a-z-]+(?: +[!-+\--:<-~]+)*")
_QUOTED = {"'self'", "'none'"}
_SOURCE = re.compile(
    r"https?:|(?:https?://)?(?:\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*)(?::(?:\d{1,5}|\*))?", re.ASCII
)
_ALLOWED = r"""(?:\*|self|src|"https?://[!#-~]+")"""
_FEATURE = re.compile(rf"^[a-z][a-z-]*=(?:\*|self|\((?:{_ALLOWED}(?: +{_ALLOWED})*)?\))")


def check_content_security_policy(value: str) -> str:
    """Raises ValueError for what is no list of directives, or says who may frame the app."""
    for directive in filter(None, (part.strip(" ") for part in value.split(";"))):
        if not _DIRECTIVE.fullmatch(directive):
            raise ValueError(f"{directive!r} is no directive of a content security policy")
        if directive.split(" ")[0] == "frame-ancestors":
            raise ValueError("FRAME_ANCESTORS says who may frame the apps")
    return value


def check_frame_ancestors(value: str) -> str:
    """Raises ValueError for what is no list of sources."""
    sources = value.split(" ") if value else []
    for source in sources:
        if source in {"self", "none"}:
            raise ValueError(f"{source} must have its quotation marks: '{source}'")
        if source not in _QUOTED and not _SOURCE.fullmatch(source):
            raise ValueError(f"{source!r} is no origin; give 'self' and origins with one space between")
    if "'none'" in sources and len(sources) > 1:
        raise ValueError("'none' stands alone")
    return value


def check_permissions_policy(value: str) -> str:
    """Raises ValueError for what is no list of browser features with those who may use them."""
    for item in re.split(r" *, *", value) if value else []:
        if not _FEATURE.fullmatch(item):
            raise ValueError(f"{item!r} is no feature with its allowlist, such as camera=(self)")
    return value


def with_connection(policy: str, origin: str) -> str:
    """The content security policy, which also lets the app call this origin; no policy keeps it from that."""
    directives = [part.strip(" ") for part in policy.split(";") if part.strip(" ")]
    named = {directive.split(" ")[0]: directive for directive in directives}
    if "connect-src" not in named and "default-src" not in named:
        return policy
    sources = named.get("connect-src", named.get("default-src", "")).split(" ")[1:]
    others = [directive for directive in directives if directive.split(" ")[0] != "connect-src"]
    allowed = [source for source in sources if source != "'none'"]
    return "; ".join([*others, " ".join(["connect-src", *allowed, origin])])


def app_headers(
    *,
    content_security_policy: str,
    frame_ancestors: str,
    permissions_policy: str,
    referrer_policy: str,
    strict_transport_security: str,
) -> dict[str, str]:
    """The headers by name, without those whose value is empty.

    The Worker sends strict-transport-security only where it can be kept.
    """
    ancestors = f"frame-ancestors {frame_ancestors}" if frame_ancestors else ""
    policy = "; ".join(filter(None, (content_security_policy.strip("; "), ancestors)))
    headers = {
        "content-security-policy": policy,
        "permissions-policy": permissions_policy,
        "referrer-policy": referrer_policy,
        "strict-transport-security": strict_transport_security,
    }
    return {name: value for name, value in headers.items() if value}
