"""The tidy tables of a run, a few matches at a time, as Arrow record batches."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.combined import Part, parts_of
from analysis.match_means import COLUMNS, match_means
from analysis.texts.cleaning import clean
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, NO_ANSWER, FloatArray, History, IntArray
from arenas.rating import Rating, place_of, text_id
from arenas.ratings import RatingBook
from arenas.store import RunStore
from arenas.writing import Writing

if TYPE_CHECKING:
    import pyarrow

MATCHES, ROUNDS, PROBABILITIES, TEXTS, RATINGS = "matches", "rounds", "probabilities", "texts", "ratings"
SURROGATES = re.compile("[\ud800-\udfff]")
MOST_NUMBERS = 3_000_000
"""Probabilities that are held at a time."""
DESCRIPTIONS = {
    MATCHES: "one row a player and match: means a round. pay, paid: expected, and as the dice paid it, less the seat's game "
    "value; entropy in bits, evenness as a share of the largest; both and exploitability are none where no round is answered "
    "or all distributions are of single draws. off_menu, unended, forfeit: probability on other words, on what begins with an "
    "answer and goes on, and that no valid answer is given; no_answer: on no answer in all; strict_pay: pay if all that were "
    "a forfeit; samples: the fewest draws or thoughts that a distribution is estimated from (0: all are exact)",
    ROUNDS: "one row a player and round: the move that the dice chose (`action` counts from 0, and is none where there was no "
    "valid answer), the points, the probability of what begins with no answer (off_menu), of what begins with one and goes on "
    "(unended) and of no valid answer (forfeit), from how many samples the distribution is estimated (0: it is exact), "
    "whether there was a valid answer (valid), and where the format has lists the probabilities",
    PROBABILITIES: "one row a player, round and legal action",
    TEXTS: "one row a text: as it was written, and cleaned",
    RATINGS: "one row a rating by a person, or by a model in the place of people (`judge`)",
}


def schemas(lists: bool) -> "dict[str, pyarrow.Schema]":
    """The columns of every table; with `lists` the probabilities are a column of rounds, else a table of their own."""
    import pyarrow as pa

    who = [("match", pa.string()), ("arena", pa.string()), ("repeat", pa.int32()), ("seat", pa.int8()), ("player", pa.string())]
    rounds = [*who, ("opponent", pa.string()), ("round", pa.int32()), ("action", pa.int32()), ("move", pa.string())]
    rounds += [(name, pa.float64()) for name in ("pay", "expected", "off_menu", "unended", "forfeit")]
    rounds += [("samples", pa.int32()), ("valid", pa.bool_())]
    matches = [*who, ("seat_name", pa.string()), ("opponent", pa.string()), ("game", pa.string())]
    matches += [
        ("rounds", pa.int32()),
        ("complete", pa.bool_()),
        *((name, pa.float64()) for name in COLUMNS),
        ("samples", pa.int32()),
    ]
    action = [("round", pa.int32()), ("action", pa.int32()), ("move", pa.string()), ("probability", pa.float64())]
    text = [("text_id", pa.string()), ("round", pa.int32()), ("topic", pa.string()), ("form", pa.string())]
    found = {
        MATCHES: pa.schema(matches),
        ROUNDS: pa.schema([*rounds, ("probs", pa.list_(pa.float64()))] if lists else rounds),
        PROBABILITIES: pa.schema([*who, *action]),
        TEXTS: pa.schema([*who, *text, ("text", pa.string()), ("cleaned", pa.string())]),
        RATINGS: pa.schema([*_rating_columns(), ("first_player", pa.string()), ("second_player", pa.string())]),
    }
    if lists:
        del found[PROBABILITIES]
    return found


def batches(store: RunStore, lists: bool) -> "Iterator[tuple[str, pyarrow.RecordBatch]]":
    """The rows of all tables by table, in the order of play; no more than some tens of megabytes at a time."""
    import pyarrow as pa

    known = schemas(lists)
    widest = max((game.width for game in store.games.values()), default=1)
    for fixtures, history in store.histories(max(MOST_NUMBERS // widest, 1)):
        game = store.games[fixtures[0].arena]
        yield MATCHES, pa.record_batch(_matches(game, fixtures, history), schema=known[MATCHES])
        for seat in range(len(game.seats)):
            yield ROUNDS, pa.record_batch(_rounds(game, fixtures, history, seat, lists), schema=known[ROUNDS])
            if not lists:
                yield PROBABILITIES, pa.record_batch(_probabilities(game, fixtures, history, seat), schema=known[PROBABILITIES])
        if isinstance(game, Writing):
            yield TEXTS, pa.record_batch(_texts(game, fixtures, history), schema=known[TEXTS])
    yield RATINGS, pa.record_batch(_ratings(store), schema=known[RATINGS])


def _matches(game: Game, fixtures: Sequence[Fixture], history: History) -> dict[str, Any]:
    means = match_means(game, history)  # [M,S,COLUMNS]
    seats, count = len(game.seats), len(fixtures)
    rows = [(fixture, seat) for fixture in fixtures for seat in range(seats)]
    if game.free_text:
        means = np.full_like(means, np.nan)  # texts have neither pay nor probabilities
    columns = {name: means[:, :, place].reshape(-1) for place, name in enumerate(COLUMNS)}
    return {
        **_who(rows, 1),
        "seat_name": [_sound(game.seats[seat]) for _, seat in rows],
        "opponent": [_opponent(fixture, seat) for fixture, seat in rows],
        "game": [str(game.config()["game"])] * len(rows),
        "rounds": np.full(count * seats, history.played),
        "complete": np.full(count * seats, history.played == game.rounds),
        **{name: _known(column) for name, column in columns.items()},
        "samples": _fewest(history.samples[:, :, : history.played]).reshape(-1),
    }


def _fewest(samples: IntArray) -> IntArray:
    """The fewest samples [M,S] of the rounds that have any, of samples [M,S,t]; 0 where none has."""
    most = np.iinfo(samples.dtype).max
    fewest = np.where(samples > 0, samples, most).min(axis=2)
    return np.where(fewest == most, 0, fewest)


def _rounds(game: Game, fixtures: Sequence[Fixture], history: History, seat: int, lists: bool) -> dict[str, Any]:
    import pyarrow as pa

    t, count = history.played, len(fixtures)
    words = game.actions[seat]
    chosen = history.chosen[:, seat, :t].reshape(-1)
    failed = chosen == FORFEIT
    moves = np.where(failed, 0, chosen)
    opponents = [_opponent(fixture, seat) for fixture in fixtures]
    rows: dict[str, Any] = {
        **_who([(fixture, seat) for fixture in fixtures], t),
        "opponent": _repeated(opponents, t),
        "round": np.tile(np.arange(1, t + 1), count),
        "action": pa.array(moves, mask=failed),
        "move": _words((*words, NO_ANSWER), np.where(failed, len(words), moves)),
        "pay": history.pay[:, seat, :t].reshape(-1),
        "expected": history.expected[:, seat, :t].reshape(-1),
        **{name: _known(getattr(history, name)[:, seat, :t].reshape(-1)) for name in ("off_menu", "unended", "forfeit")},
        "samples": history.samples[:, seat, :t].reshape(-1),
        "valid": ~failed,
    }
    if lists:
        probs = np.ascontiguousarray(history.probs[:, seat, :t, : len(words)]).reshape(-1)
        rows["probs"] = pa.ListArray.from_arrays(np.arange(0, len(probs) + 1, len(words), dtype=np.int32), probs)
    return rows


def _probabilities(game: Game, fixtures: Sequence[Fixture], history: History, seat: int) -> dict[str, Any]:
    t, words = history.played, game.actions[seat]
    actions = np.tile(np.arange(len(words)), len(fixtures) * t)
    return {
        **_who([(fixture, seat) for fixture in fixtures], t * len(words)),
        "round": np.tile(np.repeat(np.arange(1, t + 1), len(words)), len(fixtures)),
        "action": actions,
        "move": _words(words, actions),
        "probability": history.probs[:, seat, :t, : len(words)].reshape(-1),
    }


def _texts(game: Writing, fixtures: Sequence[Fixture], history: History) -> dict[str, Any]:
    t = history.played
    texts = [str(text or "") for text in history.texts[:, 0, :t].reshape(-1)]
    return {
        **_who([(fixture, 0) for fixture in fixtures], t),
        "text_id": [text_id(fixture.id, 0, place) for fixture in fixtures for place in range(t)],
        "round": np.tile(np.arange(1, t + 1), len(fixtures)),
        "topic": [_sound(game.topic)] * len(texts),
        "form": [_sound(game.form)] * len(texts),
        "text": [_sound(text) for text in texts],
        "cleaned": [_sound(clean(text, game.lines)) for text in texts],
    }


def _ratings(store: RunStore) -> dict[str, Any]:
    ratings = [rating for part in parts_of(store) for rating in _ratings_of(part)]
    players = {fixture.id: fixture.line_up for fixture, _ in store.fixtures()} if ratings else {}

    def player(text: str | None) -> str | None:
        if text is None:
            return None
        match, seat, _ = place_of(text)
        return players[match][seat] if match in players else None

    names = [field.name for field in fields(Rating)]
    rows: dict[str, Any] = {name: [getattr(rating, name) for rating in ratings] for name in names}
    return rows | {
        "first_player": [player(rating.first) for rating in ratings],
        "second_player": [player(rating.second) for rating in ratings],
    }


def _ratings_of(part: Part) -> list[Rating]:
    """The ratings of one run, of texts by the names they have among all runs."""
    with closing(RatingBook.read(part.store.path)) as book:
        ratings = book.all()
    new = {fixture.id: part.renamed(fixture).id for fixture, _ in part.store.fixtures()} if ratings else {}

    def renamed(text: str) -> str:
        match, seat, place = place_of(text)
        return text_id(new.get(match, match), seat, place)

    return [
        replace(rating, first=renamed(rating.first), second=None if rating.second is None else renamed(rating.second))
        for rating in ratings
    ]


def _rating_columns() -> list[tuple[str, Any]]:
    import pyarrow as pa

    kinds = {"originality": pa.int8(), "pleasantness": pa.int8(), "skipped": pa.bool_(), "judge": pa.bool_()}
    kinds |= {"seconds": pa.float64()}
    return [(field.name, kinds.get(field.name, pa.string())) for field in fields(Rating)]


def _who(rows: Sequence[tuple[Fixture, int]], times: int) -> dict[str, Any]:
    """The columns that say whose rows these are, each row so many times."""
    return {
        "match": _repeated([fixture.id for fixture, _ in rows], times),
        "arena": _repeated([fixture.arena for fixture, _ in rows], times),
        "repeat": np.repeat([fixture.repeat for fixture, _ in rows], times),
        "seat": np.repeat([seat for _, seat in rows], times),
        "player": _repeated([fixture.line_up[seat] for fixture, seat in rows], times),
    }


def _opponent(fixture: Fixture, seat: int) -> str | None:
    return fixture.line_up[1 - seat] if len(fixture.line_up) == 2 else None


def _repeated(words: Sequence[str | None], times: int) -> Any:
    return _words(words, np.repeat(np.arange(len(words)), times))


def _words(words: Sequence[str | None], places: Any) -> Any:
    import pyarrow as pa

    return pa.array([None if word is None else _sound(word) for word in words], pa.string()).take(pa.array(places))


def _known(numbers: FloatArray) -> Any:
    """Numbers with null for what does not exist."""
    import pyarrow as pa

    return pa.array(numbers, mask=np.isnan(numbers))


def _sound(text: str) -> str:
    """A text that every program can read: what is half a character is a mark."""
    return SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
