"""Pictures as the bytes of a file."""
