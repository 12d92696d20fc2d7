"""Compiling kernels, and keeping what is compiled on disk."""
