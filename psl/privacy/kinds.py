"""What is removed from a message, and the mark that is left in its place.

Source: "The chat never asks for, and masks before anything is stored, logged or shown to a model"
(this product's rule, under 45 CFR 155.260, which binds kynect agents; PUBLIC).
"""

from __future__ import annotations

from typing import Final

SSN: Final = "ssn"
BIRTH_DATE: Final = "birth_date"
CARD: Final = "card"
BANK_ACCOUNT: Final = "bank_account"
DRIVERS_LICENCE: Final = "drivers_licence"
IMMIGRATION_NUMBER: Final = "immigration_number"
INCOME: Final = "income"
DIAGNOSIS: Final = "diagnosis"
PASSWORD: Final = "password"
ONE_TIME_CODE: Final = "one_time_code"

#: A bare 9-digit number of which nothing says what it is. Not a kind: it is only doubtful.
DOUBTFUL: Final = "doubtful"

#: Kinds and their marks. The order decides which kind names a stretch that two rules found.
MARKS: Final[dict[str, str]] = {
    SSN: "[SSN removed]",
    CARD: "[card number removed]",
    PASSWORD: "[password removed]",
    IMMIGRATION_NUMBER: "[immigration number removed]",
    DRIVERS_LICENCE: "[driver's licence removed]",
    BANK_ACCOUNT: "[bank account removed]",
    BIRTH_DATE: "[date of birth removed]",
    ONE_TIME_CODE: "[code removed]",
    INCOME: "[income removed]",
    DIAGNOSIS: "[health detail removed]",
    DOUBTFUL: "[9-digit number removed]",
}

RANK: Final[dict[str, int]] = {kind: rank for rank, kind in enumerate(MARKS)}

#: How each kind is named to the person who wrote it.
NAMES: Final[dict[str, str]] = {
    SSN: "a Social Security number",
    BIRTH_DATE: "a date of birth",
    CARD: "a card number",
    BANK_ACCOUNT: "a bank account number",
    DRIVERS_LICENCE: "a driver's licence number",
    IMMIGRATION_NUMBER: "an immigration number",
    INCOME: "an income",
    DIAGNOSIS: "a health detail",
    PASSWORD: "a password",
    ONE_TIME_CODE: "a one-time code",
}
