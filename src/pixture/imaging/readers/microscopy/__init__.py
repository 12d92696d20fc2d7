"""Files of microscopes: a file a maker, and what they share."""
