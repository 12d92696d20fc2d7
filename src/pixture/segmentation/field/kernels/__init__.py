"""Compiled passes of the spatial prior."""
