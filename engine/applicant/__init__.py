"""One customer at a time, with the batch's own stages: an applicant who is typed in, or one of the
book. The numbers equal the batch's to the bit.

| room         | what happens there                                                      |
|--------------|-------------------------------------------------------------------------|
| `attributes` | names and texts to a row of features; what was not given                |
| `fees`       | what is known of fee income before a fee is charged                     |
| `answers`    | a row of features to what each model says of it, share by share         |
| `scoring`    | `nightbook score-one`: attributes, answers, the offer                   |
| `explaining` | `nightbook explain`: a customer's rows, answers, what the run published |
"""

from engine.applicant.explaining import Explanation, explain
from engine.applicant.scoring import Applicant, score_one

__all__ = ["Applicant", "Explanation", "explain", "score_one"]
