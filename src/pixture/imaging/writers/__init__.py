"""Putting results on disk: whole or not at all."""
