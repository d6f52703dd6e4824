"""The documents behind the sources of acts, by their digest."""

from mimetypes import MimeTypes
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.asking import may_read, must_hold, only_known_parameters, service_of
from api.keeping import kept
from api.presenting import REVALIDATED
from api.schemas import REFUSALS_OF_READING, problems

router = APIRouter(prefix="/v1/documents", tags=["documents"], responses=REFUSALS_OF_READING)


@router.get(
    "/{sha256}",
    summary="One document",
    response_class=Response,
    responses={
        200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        **problems("erased"),
    },
)
def document(
    request: Request,
    sha256: Annotated[
        str,
        Path(
            pattern="^[0-9a-fA-F]{64}$",
            description="Its SHA-256, as the sources of acts name it.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ],
) -> Response:
    """The bytes of a document to be saved, never shown: its type is what its first bytes say, and no more than that.

    Needs a key with the scope `read`, unless `TIMELINE_DOCUMENTS=open`: a document may name private persons.
    """
    only_known_parameters(request)
    may_read(request)
    if service_of(request).settings.documents == "private":
        must_hold(request, "read", "documents need a key here")
    documents = service_of(request).proving.documents
    known = documents.find(sha256)
    body = documents.content(known.sha256)
    ending = _TYPES.guess_extension(known.media_type.partition(";")[0]) or ""
    further = {
        "Content-Disposition": f'attachment; filename="{known.sha256}{ending}"',
        "Cache-Control": f"private, {REVALIDATED}",  # erased is erased, in every shared cache too
    }
    return kept(request, body, known.media_type, further=further)


_TYPES = MimeTypes()
"""The endings of file names that belong to media types."""
