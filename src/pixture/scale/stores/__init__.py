"""What is kept on the disk of each piece, while an image is gone through."""
