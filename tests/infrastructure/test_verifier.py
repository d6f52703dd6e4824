"""One file checks an answer: with nothing but Python, with the service gone, by the same code."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.bundle import OURS, ROOT, START, bundled, rules_digest, sources
from infrastructure.signing import signer
from infrastructure.verifier.command import main
from infrastructure.verifier.notes import COSIGNATURE, ED25519, note_from
from tests.infrastructure.proved import OPEN_SKIES, Document, Proved, changed
from tests.infrastructure.records import LOG_KEY, ORIGIN

KEY = str(LOG_KEY.key)
WITNESS = signer("example.org/witness", COSIGNATURE, b"5" * 32)
OTHER = str(signer(ORIGIN, ED25519, b"9" * 32).key)


@pytest.fixture(scope="module")
def document(catalogued: Proved) -> Document:
    """An answer with its proof; of the service that gave it nothing is asked any more."""
    return catalogued.document(OPEN_SKIES)


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as it is given to a stranger."""
    path = tmp_path_factory.mktemp("stranger") / "verify.py"
    path.write_text(bundled(), encoding="utf-8")
    return path


@pytest.fixture
def answer(document: Document, tmp_path: Path) -> Path:
    """The answer in a file."""
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def run(verifier: Path, *arguments: str | Path, given: str = "") -> tuple[int, str, str]:
    """The verifier in a Python that has nothing installed and sees no checkout."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-O", verifier, *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=verifier.parent,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_stranger_checks_an_answer_with_nothing_but_python(verifier: Path, answer: Path) -> None:
    status, said, complained = run(verifier, answer, "--key", KEY)

    assert (status, complained) == (0, "")
    assert said == (
        "On 2021-06-16, Russian Federation (RUS) had the status party in open-skies: "
        "this follows from the 94 entries on file at position 1451 of example.org/log, "
        "and none is left out, as signed at 1451 entries.\n"
    )


def test_a_stranger_is_told_what_is_wrong(verifier: Path, document: Document) -> None:
    lie = changed(document, lambda each: each["answer"].update(status="former_party"))

    status, said, complained = run(verifier, "-", "--key", KEY, given=json.dumps(lie))

    assert (status, complained) == (1, "")
    assert said == (
        "NOT PROVED (another_answer): from these entries another answer follows: "
        'status is "former_party", and "party" follows.\n'
    )


def test_the_file_holds_the_code_of_the_service(verifier: Path) -> None:
    held: dict[str, Any] = {"__name__": "verify"}
    exec(compile(verifier.read_text(encoding="utf-8"), "verify.py", "exec"), held)  # noqa: S102

    for name, source in held["MODULES"].items():
        path = ROOT.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert source == path.read_text(encoding="utf-8"), name
    assert {"domain.status", "domain.answers", "infrastructure.verifier.evidence", START} <= set(
        held["MODULES"]
    )
    assert held["RULES"] == rules_digest()


def test_what_is_bundled_imports_the_standard_library_and_itself() -> None:
    for name, source in sources().items():
        for node in ast.walk(ast.parse(source)):
            imported = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in getattr(node, "names", [])]
                if isinstance(node, ast.Import)
                else []
            )
            for module in imported:
                package = module.partition(".")[0]
                assert package in sys.stdlib_module_names or module in sources(), (name, module)


def test_the_digest_of_the_rules_is_that_of_the_law_alone(document: Document) -> None:
    assert document["rules"] == rules_digest()
    assert rules_digest().startswith("sha256:")
    assert all(name.startswith(OURS) for name in sources())
    assert "infrastructure.codec" not in sources()


def test_the_file_is_the_same_each_time() -> None:
    assert bundled() == bundled()


def test_help_names_every_fault(verifier: Path) -> None:
    status, said, _ = run(verifier, "--help")

    assert status == 0
    assert "rewritten_history: the log is not a continuation" in " ".join(said.split())


# --- the command itself ---


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], answer: Path) -> Callable[..., tuple[int, str]]:
    """The command in this process: exit status, and what it said."""

    def checked(*arguments: str | Path, rules: str = rules_digest()) -> tuple[int, str]:
        status = main([str(answer), *map(str, arguments)], rules)
        return status, capsys.readouterr().out

    return checked


Check = Callable[..., tuple[int, str]]


def test_the_verdict_can_be_had_as_json(check: Check, document: Document) -> None:
    status, said = check("--key", KEY, "--json")

    told = json.loads(said)
    assert status == 0
    assert told["proved"] is True
    assert told["answer"] == document["answer"]
    assert (told["origin"], told["size"], told["witnesses"]) == (ORIGIN, 1451, [])
    assert told["rules"] == rules_digest()


def test_a_refutation_can_be_had_as_json(check: Check) -> None:
    status, said = check("--key", OTHER, "--json")

    told = json.loads(said)
    assert (status, told["proved"], told["fault"]) == (1, False, "forged_checkpoint")
    assert "has no good signature by example.org/log+" in told["sentence"]


def test_any_of_the_keys_may_have_signed(check: Check) -> None:
    assert check("--key", OTHER, "--key", KEY)[0] == 0


def test_all_witnesses_are_needed_unless_a_quorum_is_given(check: Check) -> None:
    assert check("--key", KEY, "--witness", str(WITNESS.key))[0] == 1
    assert check("--key", KEY, "--witness", str(WITNESS.key), "--quorum", "0")[0] == 0


def test_old_cosignatures_can_be_set_aside(check: Check, document: Document, answer: Path) -> None:
    line = WITNESS.signed(note_from(document["checkpoint"]).text, 1_800_000_000)
    seen = changed(document, lambda each: each.update(checkpoint=each["checkpoint"] + str(line)))
    answer.write_text(json.dumps(seen), encoding="utf-8")
    trust = ("--key", KEY, "--witness", str(WITNESS.key), "--cosigned-since")

    assert check(*trust, "2027-01-15T08:00:00Z")[0] == 0
    assert check(*trust, "2027-01-15T08:00:01Z")[0] == 1


def test_a_checkpoint_seen_before_is_read_from_its_file(
    check: Check, document: Document, tmp_path: Path
) -> None:
    seen = tmp_path / "checkpoint"
    seen.write_text(document["checkpoint"], encoding="utf-8")

    assert check("--key", KEY, "--seen", seen)[0] == 0


def test_who_holds_other_rules_is_told_so(check: Check, document: Document, answer: Path) -> None:
    lie = changed(document, lambda each: each["answer"].update(bound=False))
    answer.write_text(json.dumps(lie), encoding="utf-8")

    hint = "derived by other rules than this verifier has"
    assert hint in check("--key", KEY, rules="sha256:00")[1]
    assert hint not in check("--key", KEY)[1]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_refuted(check: Check, answer: Path, text: str) -> None:
    answer.write_text(text, encoding="utf-8")

    status, said = check("--key", KEY)

    assert status == 1
    assert said.startswith("NOT PROVED (unreadable)")


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path, capsys: Any) -> None:
    assert main([str(tmp_path / "nothing"), "--key", KEY], "") == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--key", "nonsense"],
        ["--key", KEY, "--witness", "nonsense"],
        ["--key", KEY, "--cosigned-since", "2026-11-22T12:00:00"],
        ["--key", KEY, "--cosigned-since", "yesterday"],
        ["--key", KEY, "--seen", "/nowhere/at/all"],
    ],
)
def test_wrong_usage_is_told_apart_from_a_wrong_answer(
    answer: Path, arguments: list[str], capsys: Any
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(answer), *arguments], "")

    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """The bundled modules were run from the file, and not in place of ours."""
    yield
    assert sys.modules["domain.status"].__file__ == str(ROOT / "domain" / "status.py")
