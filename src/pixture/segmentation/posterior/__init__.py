"""What is known of each pixel's label."""
