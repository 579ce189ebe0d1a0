"""Other programs that play tournaments, run as their makers mean it, for the benchmark. Needs the extra `bench`."""

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Iterator
from itertools import combinations_with_replacement


def axelrod_rate(players: int, turns: int, seed: int = 1) -> float:
    """Match-turns a CPU second of Axelrod's own tournament of so many stochastic strategies, without its tables of results.

    Deterministic pairs would be cached by it, and so measure nothing. ImportError where it is not installed.
    """
    with _quietly():
        import axelrod

        stochastic = [
            kind
            for kind in axelrod.strategies
            if axelrod.Classifiers["stochastic"](kind()) and not axelrod.Classifiers["long_run_time"](kind())
        ]
        entrants = [kind() for kind in stochastic[:players]]
        tournament = axelrod.Tournament(entrants, turns=turns, repetitions=1, seed=seed)
        started = time.process_time()
        tournament.play(progress_bar=False, build_results=False)
        seconds = time.process_time() - started
    return len(entrants) * (len(entrants) + 1) // 2 * turns / seconds


def kaggle_rate(rounds: int, matches: int = 10) -> float:
    """Match-turns a CPU second of kaggle-environments' rock-paper-scissors between its own agents, as many pairs as `matches`.

    ImportError where it is not installed.
    """
    with _quietly():
        from kaggle_environments import make

        environment = make("rps", configuration={"episodeSteps": rounds + 1})
        pairs = list(combinations_with_replacement(environment.agents, 2))[:matches]
        turns, started = 0, time.process_time()
        for pair in pairs:
            environment.reset()
            environment.run(list(pair))
            turns += len(environment.steps) - 1
        return turns / (time.process_time() - started)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """These programs say a lot as they are imported."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
