"""Labels, and what else has a value a pixel, in the formats that images come in."""
