"""The checks: `python -m tests` runs them all."""
