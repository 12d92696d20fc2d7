"""The process that a command runs in: settings, streams, what it is refused, how it ends."""
