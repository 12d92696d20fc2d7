"""What a person marks in an image, and the segmentation that follows it."""
