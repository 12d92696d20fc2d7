"""Pixels: images, their histograms, reading and writing. Knows no EM."""
