"""What each command of `pixture` does: take its options, call, print."""
