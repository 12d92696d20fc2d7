"""The compiled passes over superpixels, boundaries and trees; nothing else in this room is compiled."""
