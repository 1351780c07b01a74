"""AUC and K-S of many rows, against scikit-learn."""
