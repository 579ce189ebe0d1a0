"""The words of the verses, sorted by how pleasant they are.

Our own small list in the manner of the Affective Norms for English Words (Bradley & Lang 1999): pleasant words, plain words and
odd or unpleasant ones. A verse's pleasantness is counted with it.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PLEASANT_ADJECTIVES = _words(
    "golden gentle bright tender happy sweet warm soft lovely joyful calm peaceful kind merry silver blooming shining dear "
    "graceful fragrant sunny radiant glad serene blissful loving rosy velvet honeyed dancing laughing faithful"
)
PLAIN_ADJECTIVES = _words(
    "old tall wide narrow early late long short wooden distant northern southern quiet open empty round square heavy light "
    "thin broad yellow green brown grey red blue plain common second first local steady modern ancient paper copper woolen "
    "level upper lower outer inner double single daily winter summer autumn"
)
ODD_ADJECTIVES = _words(
    "rusty mouldy crooked sour broken bitter hollow rotten greasy angry dusty limping stale grim cracked muddy tangled "
    "leaking sullen itchy bald wobbly squeaking foul jagged soggy lopsided pickled haunted murky brittle feral"
)
PLEASANT_NOUNS = _words(
    "love heart rose smile dream garden angel joy kiss blossom star sunshine friend heaven melody spring harmony butterfly "
    "lily morning music honey peace hope home paradise sunrise baby petal lullaby rainbow beauty"
)
PLAIN_NOUNS = _words(
    "table road window river letter bridge market paper engine basket ladder lantern cup chair wall field stone boat bell "
    "clock pencil corner station barrel mirror candle button pocket bottle village harbor valley island mountain forest meadow "
    "tower kitchen chimney ticket carpet hammer blanket ribbon wagon anchor compass needle bucket"
)
ODD_NOUNS = _words(
    "rust mould turnip puddle gravel wart ash gutter splinter sludge toad cinder weevil drain scab barnacle mildew crust "
    "tooth maggot soot thistle goblin scar debris swamp landfill hinge plague ulcer carcass fungus"
)
PLEASANT_VERBS = _words(
    "sings dances shines smiles blooms glows laughs sparkles blossoms embraces twinkles rejoices whispers dreams hums flutters"
)
PLAIN_VERBS = _words(
    "waits stands turns moves lies rests leans passes returns opens closes points drifts walks sits rolls hangs stays crosses "
    "follows remains begins ends listens"
)
ODD_VERBS = _words(
    "rattles coughs rots creaks stumbles growls leaks crumbles shrieks limps twitches gnaws snores sputters mutters wheezes"
)
PREPOSITIONS = _words("beside under over near behind above below beyond around across against along")
ADVERBS = _words("softly slowly always never often again tonight today alone together once twice still far away home")

RHYMES = tuple(
    _words(family)
    for family in (
        "night light knight sight kite height flight", "sea tree bee key knee quay flea", "day bay clay hay tray sleigh spray",
        "moon tune spoon noon dune balloon raccoon", "rain lane train plane grain crane chain", "sky pie tie eye fly sigh",
        "stone bone throne phone cone loan", "sand hand band land strand brand", "song gong pong throng wrong",
        "snow crow bow glow toe dough", "bread thread bed head shed sled", "house mouse blouse grouse louse",
        "cat hat mat rat bat vat gnat", "shell well smell spell hotel", "door floor shore store core boar",
        "ring king wing string thing sling", "nose hose toes clothes snows", "goat coat throat moat note oat",
        "car jar guitar bar tar scar", "lake cake snake rake steak ache", "hill mill quill pill chill gill",
        "fire wire choir tyre lyre", "rock sock lock dock flock", "ground sound hound mound pound",
        "cloud crowd shroud", "seed weed reed bead creed", "plate gate weight freight crate", "leaf reef thief grief beef",
        "pear bear chair stair air mare", "soap rope hope slope pope", "glass grass brass", "dust crust rust trust",
        "drum plum thumb crumb gum", "street feet wheat sheet meat", "box fox socks clocks ox", "fish dish wish",
    )
)  # fmt: skip
"""Nouns that rhyme, family by family."""

TOPICS = (
    "the sea", "autumn", "the night", "a river", "the city", "the moon", "love", "winter", "a garden", "time", "the rain",
    "home", "a bird", "the sun", "friendship", "spring", "summer", "the wind", "a mountain", "the forest", "snow", "a dog",
    "a cat", "the stars", "sleep", "bread", "a train", "the morning", "hope", "music", "a candle", "the road", "work",
    "money", "numbers", "a horse", "the kitchen", "an island", "silence", "fire", "the market", "a bridge", "tea", "coffee",
    "a letter", "the harbor", "a window", "chance", "games", "luck", "the desert", "a storm", "childhood", "the library",
    "a ship", "clouds", "dust", "the evening", "a clock", "mathematics", "the future", "memory", "a mirror", "apples",
)  # fmt: skip
"""What verses are asked to be about."""

PLEASANT = frozenset((*PLEASANT_ADJECTIVES, *PLEASANT_NOUNS, *PLEASANT_VERBS))
ODD = frozenset((*ODD_ADJECTIVES, *ODD_NOUNS, *ODD_VERBS))


def pleasantness(text: str) -> float:
    """Pleasant words less odd words, as a share of all words of the text (0 for an empty text)."""
    words = "".join(c if c.isalpha() else " " for c in text.lower()).split()
    return sum((word in PLEASANT) - (word in ODD) for word in words) / max(len(words), 1)
