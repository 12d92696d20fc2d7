"""What else may be known, or wanted, of a mixture: each another E-step or M-step on the same moments."""
