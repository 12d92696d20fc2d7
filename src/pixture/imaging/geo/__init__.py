"""Where pixels lie on the Earth: coordinate systems, transforms, areas."""
