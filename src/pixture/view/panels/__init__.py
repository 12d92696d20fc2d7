"""Parts of figures: what plots and animations draw with."""
