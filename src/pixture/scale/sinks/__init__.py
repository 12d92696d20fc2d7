"""Where the labels of pieces are kept, and how each family of formats is made of them."""
