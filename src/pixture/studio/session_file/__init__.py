"""A session as a file, that reopens as it was; sessions saved by themselves."""
