"""From a published run to the menu problem.

columns ──cells──▶ customers by segment and grade ──table──▶ sums at every entry
        ──rules, constraints──▶ problem: what is allowed, what must hold; ``groups`` beside it
"""
