"""Objects of an image that is larger than memory: found, joined over seams, split and measured in pieces."""
