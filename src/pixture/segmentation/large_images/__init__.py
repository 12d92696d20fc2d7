"""Images larger than memory: fitted and labelled piece by piece, with the labels of the whole."""
