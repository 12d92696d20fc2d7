"""Between the state that EM works on and the attributes that scikit-learn's users know."""
