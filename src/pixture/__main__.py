"""`python -m pixture` is the command `pixture`."""

from pixture.cli import main

main()
