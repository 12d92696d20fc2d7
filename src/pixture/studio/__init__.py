"""The studio: a page on which images are segmented, guided and measured, in a browser or a notebook."""
