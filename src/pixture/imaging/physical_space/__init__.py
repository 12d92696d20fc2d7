"""Where pixels lie, and how large they are."""
