"""What is said of a fitted scorecard: ``report``, made of the parts beside it.

``challenged`` and ``pictures`` hand the same customers to the challengers and to the plots.
"""
