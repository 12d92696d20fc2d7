"""Damaged and hostile files, made from small good ones, and what pixture makes of them.

`python -m tests.fuzzing --minutes 10` looks for what should not be; `--cost FOLDER` says what files cost.
"""
