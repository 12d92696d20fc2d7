"""The distinct values of an image and how often each occurs, and the way back to the pixels."""
