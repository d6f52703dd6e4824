"""Whatever is asked, in whatever order: no fault of ours, and no answer that the description does not declare."""

from pathlib import Path

from tests.api.fuzzing import fuzz

IN_BRIEF = ("--max-examples", "1", "--no-shrink", "--seed", "1")


def test_every_operation_holds_what_its_description_says(
    tmp_path: Path, catalogue_template: Path
) -> None:
    (tmp_path / "timeline.db").write_bytes(catalogue_template.read_bytes())

    done = fuzz(tmp_path, IN_BRIEF)

    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-6_000:]
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in said
