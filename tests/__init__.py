"""The tests, a package so that tests.domain does not hide domain."""
