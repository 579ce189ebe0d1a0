"""Whole numbers in English words."""

import re

SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def number_word(text: str) -> str | None:
    """`seven` for `7`, up to one hundred; None for anything else."""
    if not re.fullmatch(r"0|[1-9][0-9]?|100", text):
        return None
    number = int(text)
    if number == 100:
        return "one hundred"
    if number < len(SMALL):
        return SMALL[number]
    ten, one = TENS[number // 10 - 2], number % 10
    return f"{ten}-{SMALL[one]}" if one else ten
