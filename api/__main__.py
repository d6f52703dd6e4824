"""`python -m api` is the command `timeline`."""

from api.cli import main

main()
