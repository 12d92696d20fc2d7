"""The components of the mixture: where they lie, and what is done to them by hand."""
