"""The log as anybody can follow and check it: checkpoints, tiles, entries and proofs (C2SP tlog-tiles, RFC 9162)."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.asking import LAST_POSITION, Limit, may_read, only_known_parameters, service_of
from api.dependencies import Proving
from api.keeping import kept
from api.presenting import JSON, NDJSON, chosen, json_bytes, ndjson_bytes
from api.proof_schemas import (
    Checkpoints,
    Consistency,
    Inclusion,
    LeafOfLog,
    Leaves,
    LogKeys,
)
from api.schemas import REFUSALS_OF_READING, problems
from domain.bounds import written_instant
from domain.errors import NotFound
from domain.leaves import written_hash
from domain.proof import tile_place

router = APIRouter(
    prefix="/v1/log", tags=["log"], responses={**REFUSALS_OF_READING, **problems("damaged")}
)

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"


def reading(request: Request) -> Proving:
    """What proves the record, for somebody who may read it."""
    may_read(request)
    only_known_parameters(request)
    return service_of(request).proving


Responses: TypeAlias = dict[int | str, dict[str, Any]]
Reading: TypeAlias = Annotated[Proving, Depends(reading)]
Size: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_POSITION, description="The size of the log.", examples=[1452])
]
TreeSize: TypeAlias = Annotated[
    int | None,
    Query(
        ge=1,
        le=LAST_POSITION,
        description="The size of the tree; that of the latest checkpoint if it is not given.",
    ),
]
Place: TypeAlias = Annotated[
    int, Query(ge=1, le=LAST_POSITION, description="The position of the entry.", examples=[412])
]
Number: TypeAlias = Annotated[
    str,
    Path(
        description="The number of the tile, `x001/x234/067` for 1234067, "
        "and `.p/5` behind it for the first five of one that is not full.",
        examples=["000.p/5"],
    ),
]
After: TypeAlias = Annotated[
    int | None,
    Query(alias="cursor", ge=0, le=LAST_POSITION, description="Where the page before ended."),
]

OF_TEXT: Responses = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
OF_BYTES: Responses = {
    200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/checkpoint",
    summary="The latest checkpoint",
    response_class=Response,
    responses=OF_TEXT,
)
def checkpoint(request: Request, proving: Reading) -> Response:
    """The latest signed note on the log: its name, its size, its root, the root of all heads, and who cosigned it."""
    _takes(request, "text/plain")
    found = proving.checkpoint()
    address = f"{router.prefix}/checkpoints/{found.checkpoint.size}"
    return kept(request, found.signed().encode(), TEXT, address=address)


@router.get("/checkpoints", summary="All checkpoints", responses={200: {"model": Checkpoints}})
def checkpoints(
    request: Request, proving: Reading, limit: Limit = 100, cursor: After = None
) -> Response:
    """Every checkpoint that was ever signed, by size, with those who cosigned it."""
    found = proving.checkpoints(cursor or 0, limit + 1)
    page = found[:limit]
    document = {
        "checkpoints": [
            {
                "size": each.checkpoint.size,
                "root": written_hash(each.checkpoint.root),
                "heads": None
                if each.checkpoint.heads is None
                else written_hash(each.checkpoint.heads),
                "made_at": written_instant(each.made_at),
                "cosigned_by": list(each.cosigned_by),
                "note": each.signed(),
            }
            for each in page
        ],
        "next": str(page[-1].checkpoint.size) if len(found) > limit else None,
    }
    return kept(request, json_bytes(document), JSON)


@router.get(
    "/checkpoints/{size}",
    summary="One checkpoint",
    response_class=Response,
    responses=OF_TEXT,
)
def one_checkpoint(request: Request, proving: Reading, size: Size) -> Response:
    """The signed note on the log of exactly this size; cosignatures may still be added to it."""
    _takes(request, "text/plain")
    return kept(request, proving.checkpoint(size).signed().encode(), TEXT)


@router.get(
    "/tile/entries/{number:path}",
    summary="A bundle of entries",
    response_class=Response,
    responses=OF_BYTES,
)
def bundle(request: Request, proving: Reading, number: Number) -> Response:
    """Up to 256 entries as they are hashed, each after its length in two bytes (C2SP tlog-tiles)."""
    _takes(request, BYTES)
    _, place, width = _tile(f"entries/{number}")
    return kept(request, proving.bundle(place, width), BYTES, for_ever=True)


@router.get(
    "/tile/{level}/{number:path}",
    summary="A tile of the tree",
    response_class=Response,
    responses=OF_BYTES,
)
def tile(
    request: Request,
    proving: Reading,
    level: Annotated[
        str, Path(description="The level of the tile, from 0 at the leaves.", examples=["0"])
    ],
    number: Number,
) -> Response:
    """Up to 256 hashes of the tree side by side, the hashes of entries at level 0 (C2SP tlog-tiles)."""
    _takes(request, BYTES)
    of_level, place, width = _tile(f"{level}/{number}")
    return kept(request, proving.tile(int(of_level), place, width), BYTES, for_ever=True)


@router.get(
    "/entries",
    summary="The entries as they are hashed",
    responses={
        200: {
            "model": Leaves,
            "content": {NDJSON: {"schema": {"type": "string", "description": "An entry a line."}}},
        }
    },
)
def entries(
    request: Request,
    proving: Reading,
    limit: Limit = 100,
    cursor: After = None,
    first: Annotated[
        int,
        Query(
            alias="from", ge=1, le=LAST_POSITION, description="The first position.", examples=[1]
        ),
    ] = 1,
) -> Response:
    """The sealed entries in the order of the log, whole: content, metadata, and the hash of the one before."""
    form = chosen(request.headers.get("accept"), (JSON, NDJSON))
    start = first if cursor is None else cursor + 1
    found = proving.leaves(start, start + limit - 1)
    page = [each.plain() for each in found]
    more = bool(found) and bool(proving.leaves(found[-1].position + 1, found[-1].position + 1))
    following = str(found[-1].position) if more else None
    headers = {"Vary": "Accept, Accept-Encoding"}
    if form == NDJSON:
        return kept(request, ndjson_bytes(page), NDJSON, further=headers)
    document = {"entries": page, "next": following}
    return kept(request, json_bytes(document), JSON, further=headers)


@router.get(
    "/entries/{position}",
    summary="One entry, byte for byte as it is hashed",
    responses={200: {"model": LeafOfLog}},
)
def entry(
    request: Request,
    proving: Reading,
    position: Annotated[
        int, Path(ge=1, le=LAST_POSITION, description="Its position.", examples=[412])
    ],
) -> Response:
    """The canonical bytes (RFC 8785) of the entry: SHA-256 over a zero byte and these is the hash of its leaf."""
    return kept(request, proving.leaf(position).data, JSON, for_ever=True)


@router.get(
    "/inclusion",
    summary="The proof that an entry is in the log",
    responses={200: {"model": Inclusion}},
)
def inclusion(
    request: Request, proving: Reading, position: Place, tree_size: TreeSize = None
) -> Response:
    """What connects an entry with the root of the tree, in the words of RFC 9162: `leaf_index`, `inclusion_path`."""
    latest = proving.checkpoint().checkpoint
    size = tree_size or latest.size
    leaf, root, path = proving.inclusion(position, size)
    document = {
        "log_id": latest.origin,
        "position": position,
        "leaf_index": position - 1,
        "leaf_hash": written_hash(leaf),
        "tree_size": size,
        "root_hash": written_hash(root),
        "inclusion_path": [written_hash(each) for each in path],
        "checkpoint": _checkpoint_at(proving, size),
    }
    address = f"{request.url.path}?position={position}&tree_size={size}"
    return kept(
        request,
        json_bytes(document),
        JSON,
        for_ever=tree_size is not None,
        address=None if tree_size else address,
    )


@router.get(
    "/consistency",
    summary="The proof that the log only grew",
    responses={200: {"model": Consistency}},
)
def consistency(
    request: Request,
    proving: Reading,
    first: Annotated[
        int, Query(ge=0, le=LAST_POSITION, description="The size seen before.", examples=[412])
    ],
    second: Annotated[
        int | None,
        Query(
            ge=0,
            le=LAST_POSITION,
            description="The size now; that of the latest checkpoint if it is not given.",
        ),
    ] = None,
) -> Response:
    """What shows that the tree of the first size begins that of the second, in the words of RFC 9162."""
    latest = proving.checkpoint().checkpoint
    size = latest.size if second is None else second
    root_1, root_2, path = proving.consistency(first, size)
    document = {
        "log_id": latest.origin,
        "tree_size_1": first,
        "root_hash_1": written_hash(root_1),
        "tree_size_2": size,
        "root_hash_2": written_hash(root_2),
        "consistency_path": [written_hash(each) for each in path],
        "checkpoint": _checkpoint_at(proving, size),
    }
    address = f"{request.url.path}?first={first}&second={size}"
    return kept(
        request,
        json_bytes(document),
        JSON,
        for_ever=second is not None,
        address=None if second is not None else address,
    )


@router.get("/keys", summary="The keys that sign the log", responses={200: {"model": LogKeys}})
def keys(request: Request, proving: Reading) -> Response:
    """The public keys that the log names as its own; whether they are the right ones, others must tell you."""
    found = [
        {
            "key": each.key,
            "in_use": each.in_use,
            "position": each.position,
            "recorded_at": written_instant(each.recorded_at),
        }
        for each in proving.keyring.declared()
    ]
    return kept(request, json_bytes({"keys": found, "next": None}), JSON)


def _takes(request: Request, form: str) -> None:
    """That the client takes the only form that there is; raises `NotAcceptable`."""
    chosen(request.headers.get("accept"), (form,))


def _tile(path: str) -> tuple[str, int, int]:
    try:
        return tile_place(path)
    except ValueError as error:
        raise NotFound(str(error)) from error


def _checkpoint_at(proving: Proving, size: int) -> str | None:
    """The address of the checkpoint of that size, None without one."""
    try:
        return f"{router.prefix}/checkpoints/{proving.checkpoint(size).checkpoint.size}"
    except NotFound:
        return None
