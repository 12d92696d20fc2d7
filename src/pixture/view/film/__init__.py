"""What an animation shows, and how it is played and written."""
