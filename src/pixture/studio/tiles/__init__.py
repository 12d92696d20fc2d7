"""What is looked at: tiles of the image and its labels, single pixels, images larger than memory."""
