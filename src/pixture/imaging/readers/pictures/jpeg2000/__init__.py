"""JPEG 2000: `reader` decodes, `codestream` says what the pixels are."""
