"""Codes of the Berka transactions: Czech in one extract, English in the other, one word here."""

from __future__ import annotations

TYPES = {
    "PRIJEM": "in",
    "credit": "in",
    "VYDAJ": "out",
    "withdrawal": "out",
    "VYBER": "out",  # cash; the operation says so again
    "withdrawal in cash": "out",
}

OPERATIONS = {
    "VKLAD": "cash_in",
    "credit in cash": "cash_in",
    "VYBER": "cash_out",
    "withdrawal in cash": "cash_out",
    "VYBER KARTOU": "card_withdrawal",
    "credit card withdrawal": "card_withdrawal",
    "PREVOD Z UCTU": "transfer_in",
    "collection from another bank": "transfer_in",
    "PREVOD NA UCET": "transfer_out",
    "remittance to another bank": "transfer_out",
}

PURPOSES = {
    "UROK": "interest",
    "interest credited": "interest",
    "SLUZBY": "statement_fee",
    "payment for statement": "statement_fee",
    "SANKC. UROK": "sanction_interest",  # for a balance below zero
    "sanction interest if negative balance": "sanction_interest",
    "SIPO": "household",
    "household": "household",
    "POJISTNE": "insurance",
    "insurrance payment": "insurance",  # spelt so in the data
    "DUCHOD": "pension",
    "UVER": "loan_payment",
}
"""The English extract has no pensions and, ending before the loan, no loan payments."""
