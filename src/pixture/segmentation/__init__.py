"""Where pixels and statistics meet: an image and choices in, a segmentation out."""
