"""How estimators start: scikit-learn's ways, with its own random numbers."""
