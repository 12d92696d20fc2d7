"""The spatial prior: neighbouring pixels tend to have the same label."""
