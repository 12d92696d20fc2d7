"""What is marked by hand, and the segmentation that follows it."""
