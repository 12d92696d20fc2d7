"""The spatial prior of images larger than memory: pieces are smoothed as the whole would be."""
