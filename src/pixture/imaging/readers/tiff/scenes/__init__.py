"""The images in a TIFF, and the pages that each is made of."""
