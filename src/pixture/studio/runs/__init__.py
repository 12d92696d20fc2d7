"""What a session runs: the image is segmented, and the page is told of every step."""
