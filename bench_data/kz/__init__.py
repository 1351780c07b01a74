"""The Karlan-Zinman experiment: loan offers whose rate was drawn at random.

    data ──▶ effects          the published marginal effect, take-up by rate and class
         ──▶ trial, profit    who was offered what at random; profit per letter
             ──▶ policy ──▶ value ──▶ study    learned on some branches, valued on the others
    tables prints it all

Source: D. Karlan, J. Zinman, Credit Elasticities in Less-Developed Economies, 2008.
"""
