"""Scorecards against scikit-learn."""
