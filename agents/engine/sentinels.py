"""Words that no template contains, by which the parts of a rendered chat are found."""

QUESTION, ANSWER, NEXT, THOUGHTS, SYSTEM = (f"sentinel{word}" for word in ("one", "two", "three", "four", "five"))


def before(text: str, word: str) -> str:
    """What stands before the first place of a word; the whole text where it is not."""
    return text.split(word, 1)[0]


def after(text: str, word: str) -> str:
    """What stands after the first place of a word; nothing where it is not."""
    return text.partition(word)[2]


def shared(one: str, other: str) -> str:
    """The beginning that two texts share, cut before a mark such as <|end|> that is not shared whole."""
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    start = one.rfind("<", 0, length)
    if start >= 0 and not any(closed in one[start:length] for closed in (">", " ", "\n")):
        length = start
    return one[:length]
