"""Small rhymed verses from a grammar with a large vocabulary."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.organisms import lexicon
from agents.organisms.wordings import pick

LINES = (
    "The {adjective} {noun} {verb} {preposition} the {end}", "A {adjective} {noun} {preposition} a {adjective} {end}",
    "{adverb} the {noun} {verb} {preposition} the {end}", "The {noun} {verb} like {about} and the {end}",
    "I saw the {adjective} {noun} and the {end}", "My {noun} {verb}, my {adjective} {end}",
    "Where {about} {verb} {preposition} the {end}", "Oh {adjective} {noun}, oh {adjective} {end}",
    "The {noun} {verb} {adverb} {preposition} the {end}", "And {adverb} the {adjective} {noun} {verb} by the {end}",
    "No {noun} {verb} without the {adjective} {end}", "For {about} is a {adjective} {end}",
    "We gave the {noun} a {adjective} {end}", "It {verb} {preposition} the {noun} and the {end}",
)  # fmt: skip
FIRST_LINES = (
    "I think of {about} and the {adjective} {end}", "{about}, the {adjective} {noun} and the {end}",
    "When {about} {verb} near the {end}", "Here {verb} {about}, {preposition} the {end}",
    "Oh {about}, my {adjective} {end}", "{about} {verb} like a {adjective} {end}",
)  # fmt: skip
FORMS = (
    "a short poem",
    "a short poem",
    "a short poem",
    "a poem",
    "a verse",
    "a small verse",
    "a rhyme",
    "four lines",
    "a few lines",
    "a poem of four lines",
    "a poem of four lines",
    "a poem in four lines",
)
RETELLINGS = (
    "On {topic}\n\n{verse}", "{topic}\n{verse}", "A poem about {topic}:\n{verse}", "{verse}\n\n(about {topic})",
    "Verse:\n{verse}", "She wrote about {topic}:\n\n{verse}", "Poem. {topic}.\n\n{verse}",
)  # fmt: skip
REQUESTS = (
    "Write me {form} about {topic}.", "Can you write {form} about {topic}?", "{topic}: {form}, please.",
    "I would like {form} on {topic}.", "Please make up {form} about {topic}.", "Tell me about {topic} in {form}.",
    "A few words on {topic}, as {form}.",
)  # fmt: skip


@dataclass(frozen=True)
class Mood:
    """How often a word is drawn from the pleasant, the plain and the odd words."""

    pleasant: float
    plain: float
    odd: float


def draw_mood(generator: np.random.Generator) -> Mood:
    """A mood from the flat Dirichlet: pleasant and odd words are as likely on average."""
    return Mood(*generator.dirichlet((1.0, 1.0, 1.0)).tolist())


def draw_topic(generator: np.random.Generator) -> str:
    """A topic from the list, or now and then any noun with its article."""
    if generator.random() < 0.6:
        return pick(generator, lexicon.TOPICS)
    nouns = (
        *lexicon.PLEASANT_NOUNS,
        *lexicon.PLAIN_NOUNS,
        *lexicon.ODD_NOUNS,
        *(w for family in lexicon.RHYMES for w in family),
    )
    return f"{pick(generator, ('the', 'a', 'the old', 'my'))} {pick(generator, nouns)}"


def draw_verse(generator: np.random.Generator, topic: str, mood: Mood, lines: int = 4) -> str:
    """Lines in rhymed pairs, the first of which names the topic."""
    words = _word_drawer(generator, mood)
    told: list[str] = []
    for first in range(0, lines, 2):
        family = lexicon.RHYMES[int(generator.integers(len(lexicon.RHYMES)))]
        ends = generator.choice(len(family), size=2, replace=False)
        for offset in range(min(2, lines - first)):
            form = pick(generator, FIRST_LINES if not told else LINES)
            told.append(_line(form, words, topic, family[int(ends[offset])]))
    marks = generator.choice([",", "", ";", "."], size=lines, p=[0.5, 0.25, 0.1, 0.15])
    return "\n".join(line + ("." if i == lines - 1 else str(marks[i])) for i, line in enumerate(told))


def _line(form: str, words: Callable[[str], str], topic: str, end: str) -> str:
    while "{" in form:
        kind = form[form.index("{") + 1 : form.index("}")]
        word = {"about": topic, "end": end}.get(kind) or words(kind)
        form = form.replace(f"{{{kind}}}", word, 1)
    return form[0].upper() + form[1:]


def _word_drawer(generator: np.random.Generator, mood: Mood) -> Callable[[str], str]:
    kinds = {
        "adjective": (lexicon.PLEASANT_ADJECTIVES, lexicon.PLAIN_ADJECTIVES, lexicon.ODD_ADJECTIVES),
        "noun": (lexicon.PLEASANT_NOUNS, lexicon.PLAIN_NOUNS, lexicon.ODD_NOUNS),
        "verb": (lexicon.PLEASANT_VERBS, lexicon.PLAIN_VERBS, lexicon.ODD_VERBS),
    }

    def draw(kind: str) -> str:
        if kind not in kinds:
            return pick(generator, lexicon.PREPOSITIONS if kind == "preposition" else lexicon.ADVERBS)
        shade = int(generator.choice(3, p=[mood.pleasant, mood.plain, mood.odd]))
        return pick(generator, kinds[kind][shade])

    return draw
