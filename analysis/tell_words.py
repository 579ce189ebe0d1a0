"""A tell in words that fit the game."""

from analysis.contexts import LOSS, TIE_OUTCOME, WIN
from analysis.tells import Tell
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix_game import MatrixGame
from arenas.plain_text import printable


def in_words(game: MatrixGame, tell: Tell) -> str:
    """For example `after losing with rock it plays paper 93 % of the time; worth 0.89 a round to who plays scissors`."""
    when = f"{situation_in_words(game, tell)} " if tell.context.name != "always" else ""
    rare = "only " if tell.probability.mean < 1.0 / len(game.actions[tell.chair.seat]) else ""
    likely = f"{rare}{100 * tell.probability.mean:.0f} % of the time"
    margin = f" ±{tell.worth.half_width:.2f}" if tell.worth.half_width >= 0.005 else ""
    worth = f"worth {tell.worth.mean:.2f}{margin} a round to who {answer_in_words(game, tell)}"
    return f"{when}it {move_in_words(game, tell)} {likely}; {worth}"


def move_in_words(game: MatrixGame, tell: Tell) -> str:
    """For example `plays paper`, `hides in place 3`, or `plays its last move again`."""
    seat, n = tell.chair.seat, len(game.actions[tell.chair.seat])
    verb = _verb(game, seat)
    if not tell.context.steps:
        return f"{verb} {_word(game, seat, tell.move)}"
    if tell.move == 0:
        return f"{verb} {'the same place' if isinstance(game, HideAndSeek) else 'its last move'} again"
    if n == 2:
        return f"{verb} {'the other place' if isinstance(game, HideAndSeek) else 'the other move'}"
    if isinstance(game, HideAndSeek):
        return f"{verb.split()[0]} {_step(game, seat, tell.move)}"
    return f"goes {_step(game, seat, tell.move)}"


def answer_in_words(game: MatrixGame, tell: Tell) -> str:
    """For example `plays scissors`, `looks in place 3`, or `plays what beats its last move`."""
    seat, n = 1 - tell.chair.seat, len(game.actions[1 - tell.chair.seat])
    verb = _verb(game, seat)
    if not tell.context.steps:
        return f"{verb} {_word(game, seat, tell.answer)}"
    if isinstance(game, HideAndSeek):
        last = "where it last hid" if seat else "where it last looked"
        far = f"{_step(game, seat, tell.answer)} from " if tell.answer else ""
        return f"{verb.split()[0]} {far}{last}"
    if tell.answer == 0:
        return f"{verb} its last move"
    if n == 2:
        return f"{verb} what it did not play last"
    if n == 3:
        beats = game.payoff[seat, tell.answer, 0] > game.value(seat)
        return f"{verb} {'what beats its last move' if beats else 'what its last move beats'}"
    return f"{verb} {tell.answer} on from its last move in the list"


def situation_in_words(game: MatrixGame, tell: Tell) -> str:
    """For example `after losing with rock`."""
    seat = tell.chair.seat
    m, n, place, name = len(game.actions[1 - seat]), len(game.actions[seat]), tell.situation, tell.context.name
    if name == "opening":
        return "after the first round" if place else "in the first round"
    if name in ("outcome", "outcome_step"):
        return f"after {_outcome(game, seat, place)}"
    if name == "outcome_own":
        return f"after {_outcome(game, seat, place // n)} {_with(game, _word(game, seat, place % n))}"
    if name == "own":
        return f"after its own {_word(game, seat, place)}"
    if name == "other":
        return f"after the other's {_word(game, 1 - seat, place)}"
    if name == "both":
        return f"after {_round(game, seat, place)}"
    if name == "own_two":
        return f"after its own {_word(game, seat, place // n)}, then {_word(game, seat, place % n)}"
    if name == "other_two":
        return f"after the other's {_word(game, 1 - seat, place // m)}, then {_word(game, 1 - seat, place % m)}"
    if name == "both_two":
        return f"after {_round(game, seat, place // (m * n))}, then {_round(game, seat, place % (m * n))}"
    if name == "dual":
        before = "staying" if place % n == 0 else f"going {_step(game, seat, place % n)}" if n > 2 else "changing"
        return f"after {before} and {_outcome(game, seat, place // n)}"
    return "always" if name == "always" else "from round to round"


def _verb(game: MatrixGame, seat: int) -> str:
    if isinstance(game, HideAndSeek):
        return "hides in" if seat == 0 else "looks in"
    return "plays"


def _with(game: MatrixGame, word: str) -> str:
    return f"in {word}" if isinstance(game, HideAndSeek) else f"with {word}"


def _outcome(game: MatrixGame, seat: int, outcome: int) -> str:
    if isinstance(game, HideAndSeek):
        words = ("not being found", "being found") if seat == 0 else ("finding the hider", "finding nobody")
        return words[0 if outcome == WIN else 1]
    if game.value(0) == 0.0:
        return {WIN: "winning", TIE_OUTCOME: "a tie", LOSS: "losing"}[outcome]
    return {WIN: "earning more than the game's value", TIE_OUTCOME: "earning the game's value"}.get(
        outcome, "earning less than the game's value"
    )


def _round(game: MatrixGame, seat: int, digit: int) -> str:
    theirs, own = divmod(digit, len(game.actions[seat]))
    return f"{_word(game, seat, own)} against {_word(game, 1 - seat, theirs)}"


def _step(game: MatrixGame, seat: int, step: int) -> str:
    """A move as seen from the own last one, in games that stay the same when all moves go on by one."""
    if isinstance(game, HideAndSeek):
        far = min(step, game.places - step)
        return f"{far} place{'s' * (far > 1)} {'on' if step == far else 'back'}"
    if len(game.actions[seat]) == 3:
        # what the last move would have earned against this one
        beats = game.payoff[seat, step, 0] > game.value(seat)
        return "to what beats its last move" if beats else "to what its last move beats"
    return f"{step} on in the list of moves"


def _word(game: MatrixGame, seat: int, action: int) -> str:
    word = printable(game.actions[seat][action])
    return f"place {word}" if isinstance(game, HideAndSeek) else word
