"""Entity tags: what a client has already is not sent again."""

from fastapi import Request, Response

from common.conditions import EntityTags

_IMMUTABLE = "private, max-age=31536000, immutable"
_REVALIDATE = "private, no-cache"


def cached(
    request: Request, *, body: bytes, media_type: str, tag: str, immutable: bool, **headers: str
) -> Response:
    """The body with its entity tag, or 304 when the request names that tag in If-None-Match."""
    quoted = f'"{tag}"'
    fields = {"etag": quoted, "cache-control": _IMMUTABLE if immutable else _REVALIDATE}
    seen = EntityTags.parse(request.headers.getlist("if-none-match"))
    if seen is not None and seen.match_weakly(tag):
        return Response(status_code=304, headers=fields)
    fields |= {"x-content-type-options": "nosniff", **headers}
    return Response(body, media_type=media_type, headers=fields)
