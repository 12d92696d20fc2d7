"""What stands behind the page: an image, what is chosen, what was found. It knows no server, no notebook."""
