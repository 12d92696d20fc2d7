"""The model and its moments: a Gaussian mixture, a weighted sample, what each says of the other."""
