"""The studio: a page on which a mixture is fitted, watched, guided and measured, in a browser or a notebook."""
