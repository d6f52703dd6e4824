"""The command line: `timeline`, one file for each part of its work."""

import sys


def main() -> None:
    """Run the command that was asked for; an interruption ends it quietly."""
    from api.cli.commands import application

    try:
        application()
    except KeyboardInterrupt:
        sys.exit(130)
