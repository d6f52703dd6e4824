"""The shapes of what proves the record, for the description of the interface."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Shape

HASH = "A hash (SHA-256) in base64."


class SignedCheckpoint(Shape):
    """A checkpoint: the size of the log that it covers, the roots that were signed, and the note itself."""

    size: int
    root: str = Field(description=HASH)
    heads: str | None = Field(description=f"The root of the map of all heads. {HASH}")
    made_at: str
    cosigned_by: list[str] = Field(description="The public keys of the witnesses that cosigned it.")
    note: str = Field(description="The signed note, with cosignatures (C2SP tlog-checkpoint).")


class Checkpoints(Shape):
    """A page of checkpoints."""

    checkpoints: list[SignedCheckpoint]
    next: str | None


class LeafOfLog(Shape):
    """An entry as it is hashed; its RFC 8785 form is the leaf of the tree."""

    position: int
    stream: str
    stream_version: int
    topic: str
    content: dict[str, Any] | str
    event_id: str
    metadata: dict[str, Any] | str | None
    recorded_at: str
    previous: str | None = Field(
        description=f"The hash of the entry before it in its stream. {HASH}"
    )


class Leaves(Shape):
    """A page of entries."""

    entries: list[LeafOfLog]
    next: str | None


class Inclusion(Shape):
    """That an entry is in the tree of a size, in the words of RFC 9162, 4.11."""

    log_id: str = Field(description="The name in which the log is signed.")
    position: int
    leaf_index: int = Field(description="The position, counted from 0.")
    leaf_hash: str = Field(description=HASH)
    tree_size: int
    root_hash: str = Field(description=HASH)
    inclusion_path: list[str] = Field(description="Hashes in base64, from the leaf up.")
    checkpoint: str | None = Field(
        description="Where the checkpoint of this size is; null without one."
    )


class Consistency(Shape):
    """That the tree of one size begins that of another, in the words of RFC 9162, 4.12."""

    log_id: str = Field(description="The name in which the log is signed.")
    tree_size_1: int
    root_hash_1: str = Field(description=HASH)
    tree_size_2: int
    root_hash_2: str = Field(description=HASH)
    consistency_path: list[str] = Field(description="Hashes in base64.")
    checkpoint: str | None = Field(
        description="Where the checkpoint of the second size is; null without one."
    )


class LogKey(Shape):
    """A public key that the log names as its own, and where it said last whether it is in use."""

    key: str = Field(description="`name+id+base64`, as signed notes write it.")
    in_use: bool
    position: int
    recorded_at: str


class LogKeys(Shape):
    """The keys that the log names."""

    keys: list[LogKey]
    next: None


class HeadOfKey(Shape):
    """What is filed under a key, and the proof of it in the map of all heads."""

    path: list[str]
    other: list[str] | None = None
    count: int | None = None
    root: str | None = None
    consistency: list[str] | None = None
    next: list[str] | None = None
    extracts: list[str] | None = Field(
        default=None,
        description="Under `register/ended` the code of each party that ended at any time; "
        "under `register/existence` a line for each entry: position, days, code.",
    )


class Continuation(Shape):
    """That the checkpoint continues one that was seen before."""

    from_: int = Field(alias="from")
    path: list[str]


class ProvedAnswer(Shape):
    """An answer with everything that shows it to somebody who has only the public key of the log."""

    format: Literal["timeline-proof/1"]
    answer: Answer
    checkpoint: str = Field(description="The signed note that vouches for the rest.")
    entries: list[LeafOfLog] = Field(description="All entries on which the answer rests.")
    inclusions: dict[str, list[str]]
    heads: dict[str, HeadOfKey]
    consistency: Continuation | None = None
    rules: str = Field(description="The digest of the code that derived the answer.")
