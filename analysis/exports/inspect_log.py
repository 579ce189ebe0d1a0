"""A run as logs of inspect_ai, written by its own writer: one log for each agent and arena, one sample a match."""

import importlib.util
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.exports.tables import SURROGATES
from analysis.interval import stratified
from analysis.match_means import COLUMNS, match_means
from analysis.resampling import sample_of
from arenas.errors import UserError
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, NO_ANSWER, History, IntArray
from arenas.store import RunStore

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample

MOST_ROUNDS = 200_000
"""Rounds that are held at a time; an agent that has more in an arena has several logs."""
NO_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]|^\.")
DIGITS = 6
"""To which probabilities are rounded in these logs."""
Key = tuple[str, str]
"""Agent and arena."""


def need_inspect() -> None:
    """Raise `UserError` with what to install unless inspect_ai is there."""
    if importlib.util.find_spec("inspect_ai") is None:
        raise UserError("--format inspect needs inspect_ai: pip install 'tells[inspect]'")


def write_logs(store: RunStore, folder: Path) -> dict[str, int]:
    """Write the logs into a new folder; how many samples each holds, by file name."""
    folder.mkdir()
    held: dict[Key, list[EvalSample]] = {}
    written: dict[str, int] = {}
    rounds = 0
    for fixtures, history in store.histories(MOST_ROUNDS):
        game = store.games[fixtures[0].arena]
        means = match_means(game, history)
        for match, fixture in enumerate(fixtures):
            for seat, name in enumerate(fixture.line_up):
                if name in store.config["agents"]:
                    sample = _sample(game, fixture, history, match, seat, means[match, seat])
                    held.setdefault((name, fixture.arena), []).append(sample)
                    rounds += history.played
        if rounds >= MOST_ROUNDS:
            written |= _flushed(store, folder, held, written)
            rounds = 0
    return written | _flushed(store, folder, held, written)


def _flushed(store: RunStore, folder: Path, held: "dict[Key, list[EvalSample]]", written: dict[str, int]) -> dict[str, int]:
    """Write what is held and let go of it."""
    from inspect_ai.log import write_eval_log

    new: dict[str, int] = {}
    for (agent, arena), samples in held.items():
        stem = NO_FILE_NAME.sub("_", f"{arena}-{agent}")
        part, name = 1, f"{stem}.eval"
        while name in written or name in new:
            part += 1
            name = f"{stem}-{part}.eval"
        write_eval_log(_log(store, agent, arena, samples), folder / name, format="eval")
        new[name] = len(samples)
    held.clear()
    return new


def _log(store: RunStore, agent: str, arena: str, samples: "Sequence[EvalSample]") -> "EvalLog":
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalResults, EvalSpec

    spec, game = store.config["agents"][agent], store.config["arenas"][arena]
    return EvalLog(
        status="success" if store.complete() else "started",
        eval=EvalSpec(
            created=datetime.now(UTC).isoformat(),
            task=f"tells/{arena}",
            task_args=_plain(game),
            dataset=EvalDataset(name=arena, samples=len(samples)),
            model=str(spec.get("model", f"tells/{spec.get('opponent', agent)}")),
            model_args=_plain(spec),
            config=EvalConfig(),
            metadata={"agent": agent, "run": store.path.name, "seed": store.config.get("seed")},
        ),
        results=EvalResults(total_samples=len(samples), completed_samples=len(samples), scores=_results(samples)),
        samples=list(samples),
    )


def _results(samples: "Sequence[EvalSample]") -> list[Any]:
    """The mean of every measure over the samples, with its standard error."""
    from inspect_ai.log import EvalMetric, EvalScore

    found = []
    for name in COLUMNS:
        values = np.array([float(s.scores[name].value) for s in samples if s.scores and name in s.scores])  # type: ignore[arg-type]
        if len(values):
            estimate = stratified([sample_of(values)])
            metrics = {"mean": EvalMetric(name="mean", value=estimate.mean)}
            if estimate.variance >= 0:
                metrics["stderr"] = EvalMetric(name="stderr", value=float(np.sqrt(estimate.variance)))
            found.append(EvalScore(name=name, scorer=f"tells/{name}", metrics=metrics))
    return found


def _sample(game: Game, fixture: Fixture, history: History, match: int, seat: int, means: Any) -> "EvalSample":
    """One match from one seat: its rules, its moves or texts, and its means a round as scores."""
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Score

    t, words = history.played, game.actions[seat]
    metadata: dict[str, Any] = {"line_up": list(fixture.line_up), "seat": game.seats[seat], "rounds": t}
    if game.free_text:
        said = "\n\n".join(SURROGATES.sub("\N{REPLACEMENT CHARACTER}", str(text)) for text in history.texts[match, seat, :t])
    else:
        moves = _moves(words, history.chosen[match, seat, :t])
        said = " ".join(moves)
        probs = np.round(history.probs[match, seat, :t, : len(words)], DIGITS).tolist()
        metadata |= {"actions": list(words), "moves": moves, "probs": probs, "pay": history.pay[match, seat, :t].tolist()}
        if len(game.seats) == 2:
            metadata["moves_of_the_other"] = _moves(game.actions[1 - seat], history.chosen[match, 1 - seat, :t])
        for name in ("unended", "forfeit", "samples"):
            numbers = getattr(history, name)[match, seat, :t]
            metadata |= {name: numbers.tolist()} if numbers.any() else {}
    known = {name: float(value) for name, value in zip(COLUMNS, means, strict=True) if not np.isnan(value)}
    return EvalSample(
        # a player that meets itself has two samples of a match
        id=f"{fixture.id}:{seat}",
        epoch=1,
        input=game.rules(seat),
        target="",
        output=ModelOutput.from_content(model=fixture.line_up[seat], content=said),
        scores={name: Score(value=value) for name, value in known.items()},
        metadata=metadata,
    )


def _moves(words: Sequence[str], chosen: IntArray) -> list[str]:
    return [NO_ANSWER if action == FORFEIT else words[action] for action in chosen.tolist()]


def _plain(values: Any) -> dict[str, Any]:
    return {str(key): value for key, value in dict(values).items()}
