"""The scikit-learn API: estimators over the same EM."""
