"""Animations of EM: what they show, and how they are played and written."""
