"""How long what is not an answer keeps: what is fixed for ever, and what is asked for anew."""

from collections.abc import Mapping
from hashlib import sha256

from fastapi import Request, Response

from api.asking import NotModified, service_of
from api.presenting import FOR_EVER, REVALIDATED, is_held, response


def kept(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    for_ever: bool = False,
    address: str | None = None,
    further: Mapping[str, str] | None = None,
) -> Response:
    """The bytes under a validator of their own; raises `NotModified` if the client has them.

    What is the same `for_ever` is never asked for again; `address` is where something that changes stays.
    """
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    who = "public" if service_of(request).settings.reads == "open" else "private"
    headers = {
        "ETag": tag,
        "Cache-Control": f"{who}, {FOR_EVER if for_ever else REVALIDATED}",
        "Vary": "Accept-Encoding",
        **(further or {}),
    }
    if address is not None:
        headers["Content-Location"] = address
    if is_held(request.headers.get("if-none-match"), tag):
        raise NotModified(headers)
    return response(body, media_type, headers)
