"""The tree of merges: made, given its heights, cut, and kept in a file."""
