"""The verifier as it is called: a file to check, whom to trust, a sentence, and an exit status."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from infrastructure.verifier.evidence import FAULTS, Refuted, Trust, Verdict, check
from infrastructure.verifier.notes import key_from, note_from

Read = TypeVar("Read")

SHOWN, REFUTED, MISUSED = 0, 1, 2
LARGEST_DOCUMENT = 256 * 1024 * 1024


def main(arguments: Sequence[str], rules: str) -> int:
    """Check as the arguments say, by the rules that this verifier holds; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        text = _text(options.answer)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{options.answer} cannot be read: {error}\n")
        return MISUSED
    status, told = _checked(text, _trust(options), rules)
    sys.stdout.write((json.dumps(told, indent=2) if options.json else str(told["sentence"])) + "\n")
    return status


def _checked(text: str, trust: Trust, rules: str) -> tuple[int, dict[str, object]]:
    """The exit status, and what was found."""
    document: object = None
    try:
        document = json.loads(text)
        return SHOWN, _told(check(document, trust))
    except Refuted as refuted:
        return REFUTED, _refutation(refuted, document, rules)
    except (ValueError, RecursionError) as error:
        return REFUTED, _refutation(Refuted("unreadable", f"it is no JSON: {error}"), None, rules)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify.py",
        description="Checks an answer that carries its proof: signature, completeness, and the law.",
        epilog="Exit status: 0 it is right, 1 it is not (the sentence names the fault), 2 wrong usage. Faults: "
        + "; ".join(f"{name}: {meaning}" for name, meaning in FAULTS.items()),
    )
    parser.add_argument(
        "answer", help="the file with the answer and its proof, or - for standard input"
    )
    parser.add_argument(
        "--key",
        action="append",
        required=True,
        type=_argument(key_from),
        help="a public key of the log, name+id+base64; may be given again",
    )
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        type=_argument(key_from),
        help="a public key of a witness that you trust; may be given again",
    )
    parser.add_argument(
        "--quorum",
        type=int,
        help="how many of the witnesses must have seen the checkpoint; all of them unless given",
    )
    parser.add_argument(
        "--cosigned-since",
        type=_argument(_second),
        help="an instant, 2026-11-22T12:00:00Z; older cosignatures do not count",
    )
    parser.add_argument(
        "--seen",
        type=_argument(lambda path: note_from(Path(path).read_text(encoding="utf-8"))),
        help="a file with a checkpoint of this log that you have seen before",
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser


def _argument(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """The reader with its refusals as those of a command line."""

    def given(text: str) -> Read:
        try:
            return read(text)
        except (OSError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return given


def _second(text: str) -> int:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant has a zone, like 2026-11-22T12:00:00Z")
    return int(instant.timestamp())


def _text(path: str) -> str:
    if path == "-":
        return sys.stdin.read(LARGEST_DOCUMENT)
    with Path(path).open(encoding="utf-8") as file:
        return file.read(LARGEST_DOCUMENT)


def _trust(options: argparse.Namespace) -> Trust:
    return Trust(
        keys=options.key,
        witnesses=options.witness,
        quorum=len(options.witness) if options.quorum is None else options.quorum,
        seen=options.seen,
        cosigned_since=options.cosigned_since,
    )


def _refutation(refuted: Refuted, document: object, rules: str) -> dict[str, object]:
    sentence = f"NOT PROVED ({refuted.fault}): {FAULTS[refuted.fault]}: {refuted}."
    theirs = document.get("rules") if isinstance(document, dict) else rules
    if refuted.fault == "another_answer" and theirs != rules:
        sentence += " The answer was derived by other rules than this verifier has: take the one of its time."
    return {"proved": False, "fault": refuted.fault, "sentence": sentence}


def _told(verdict: Verdict) -> dict[str, object]:
    return {
        "proved": True,
        "sentence": verdict.sentence(),
        "answer": verdict.answer,
        "origin": verdict.checkpoint.origin,
        "size": verdict.checkpoint.size,
        "witnesses": list(verdict.witnesses),
        "rules": verdict.rules,
    }
