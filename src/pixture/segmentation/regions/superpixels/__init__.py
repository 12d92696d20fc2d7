"""Superpixels: how they are found, which of them touch, what they hold."""
