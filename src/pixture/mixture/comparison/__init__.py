"""Components beside each other, and beside the data."""
