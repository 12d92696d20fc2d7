"""What stands behind the page: an image, what is chosen, what was found; it knows neither server nor notebook."""
