"""Expectation-Maximization: where it starts, its iterations, and how they are made fewer."""
