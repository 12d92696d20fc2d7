"""Images larger than memory: pieces are read, summarised and labelled one by one, here or elsewhere."""
