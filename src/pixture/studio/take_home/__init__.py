"""What is taken home: files, as the command writes them."""
