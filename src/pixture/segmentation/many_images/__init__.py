"""One mixture for many images: fitted to some, saved, and applied to others."""
