"""What a reader says of a file that breaks its format's rules."""

from __future__ import annotations


class DamagedError(Exception):
    """What is wrong with a file, in words; `read` makes a sentence of it and names the file."""
