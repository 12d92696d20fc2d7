"""What a file is, told by its first bytes; and why one cannot be read."""
