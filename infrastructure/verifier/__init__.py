"""What checks an answer without us: the standard library, `domain`, and nothing else; it is bundled into one file."""
