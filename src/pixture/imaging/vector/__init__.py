"""Outlines of what is labelled, as polygons in the files of geographic information systems."""
