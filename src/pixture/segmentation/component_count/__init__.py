"""How many components an image is worth."""
