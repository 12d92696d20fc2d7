"""Images of a batch that are larger than the memory they may take."""
