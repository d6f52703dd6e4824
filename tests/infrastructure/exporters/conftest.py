"""The records of the importers' tests: what goes out must come in again."""

from tests.infrastructure.importers.conftest import blank, catalogued_file, known

__all__ = ["blank", "catalogued_file", "known"]
