"""The pixels of a TIFF's page as they are stored: decoded, and held against what the page says."""
