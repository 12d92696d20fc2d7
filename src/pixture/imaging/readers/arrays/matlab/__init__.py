"""MATLAB's files: version 5, whose elements are walked here, and 7.3, which is HDF5."""
