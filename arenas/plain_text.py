"""Text from strangers, made safe to show."""

import unicodedata

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that a terminal may obey instead of showing: controls, formats (also those that turn the direction of
writing), surrogates, private and unassigned code points, line and paragraph separators."""


def printable(text: str) -> str:
    """The text with whatever could steer a terminal replaced by a visible mark; only line ends stay as they are."""
    plain = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(c if c == "\n" or unicodedata.category(c) not in HIDDEN else "\N{REPLACEMENT CHARACTER}" for c in plain)
