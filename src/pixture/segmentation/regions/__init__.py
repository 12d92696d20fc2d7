"""Regions: boundaries from the posteriors of mixtures, and the tree of merges that they give."""
