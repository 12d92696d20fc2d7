"""Files: which a run reads, which it may write, and writing them whole or not at all."""
