"""Windows of files, a small file a family: `file_source` is what they share."""
