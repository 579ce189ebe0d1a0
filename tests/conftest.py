"""Options and tools that several test files share."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import settings

from arenas.dice import Dice
from arenas.game import Game
from arenas.history import History
from arenas.play import Maker, play, take_seats

# what is tried, computed or fetched in tests is kept for this session only, apart from the user's
os.environ["TELLS_CACHE"] = tempfile.mkdtemp(prefix="tells-tests-")
atexit.register(shutil.rmtree, os.environ["TELLS_CACHE"], ignore_errors=True)
PlayOut = Callable[..., History]
# a busy machine is no failure
settings.register_profile("tells", deadline=None)
settings.load_profile("tells")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate-golden` writes the golden files anew, to be read in the diff."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the golden files from what comes out now")


@pytest.fixture(scope="session")
def regenerate_golden(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(pytestconfig.getoption("--regenerate-golden"))


@pytest.fixture(scope="session")
def play_out() -> PlayOut:
    """A function that plays a whole wave: makers, chairs [M][S] that index them, and a seed for each match."""

    def whole(game: Game, makers: Sequence[Maker], chairs: Sequence[Sequence[int]], seeds: Sequence[int]) -> History:
        dice = Dice.roll(seeds, len(game.seats), game.rounds)
        return list(play(game, take_seats(game, makers, np.array(chairs)), dice))[-1]

    return whole
