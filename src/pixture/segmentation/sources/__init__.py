"""What a person gives, as images, masks and samples."""
