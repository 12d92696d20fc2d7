"""What people look at: overlays and plots. Takes results, computes none."""
