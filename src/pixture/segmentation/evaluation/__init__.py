"""How well a segmentation agrees with others: regions, boundaries, and where truth is read from."""
