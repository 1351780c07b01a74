"""How much to believe of an answer.

    doubt ──draws──▶ models as they might be ──believing──▶ interval, regret, optimism
                                             ──margin──▶ bounds that hold as often as asked

``sample``: the customers that stand for a large book; ``realised``: chance on top of the models.
"""
