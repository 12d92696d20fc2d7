"""What an image is segmented by instead of its own channels: colours in other spaces, texture, position."""
