"""The statistics: Gaussian mixtures and EM on weighted samples. Knows no pixels, no files."""
