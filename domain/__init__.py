"""The law: acts, clauses, counting and status, with nothing but the standard library."""
