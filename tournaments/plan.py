"""How many repeats a precision takes, from a small pilot or a run: `python -m tournaments.plan CONFIG.yaml|RUN`."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from analysis.application import application
from analysis.figures import plain_table
from analysis.gather import gather
from analysis.match_means import MatchMeans
from analysis.precision import precisions, repeats_needed
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.store import RunStore
from tournaments.config import RunConfig, config_of, load_config
from tournaments.leaderboard import duration
from tournaments.schedule import waves
from tournaments.seating import seat_everyone
from tournaments.tournament import wave_play

PILOT = 8


@dataclass(frozen=True)
class Pilot:
    """What a plan is made from: the means of matches that were played, and seconds a match took, by arena."""

    means: MatchMeans
    seconds: Mapping[str, float]
    unfinished: str = ""
    """What to say of a run that was not played to its end."""


@dataclass(frozen=True)
class ArenaPlan:
    """What one arena takes for every agent's mean pay in it to have a 95 % interval of the wanted half-width.

    `agent` needs the most repeats. `pair_repeats` are for the mean against each single opponent in each seat. NaN where the
    pilot had but one match of each line-up, or none.
    """

    arena: str
    line_ups: int
    repeats: float
    agent: str
    pair_repeats: float
    planned: int
    """Repeats in the configuration."""
    seconds: float
    """Of a match."""
    rounds: int
    entry: str
    """The entry of a configuration that the arena is made from: several arenas are of one where it has `each`."""

    @property
    def matches(self) -> float:
        """Of all line-ups."""
        return self.repeats * self.line_ups


@one_line_errors
def plan(
    source: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG.yaml|RUN]", help="Default: the tournament that ships.")
    ] = None,
    precision: Annotated[float, typer.Option(help="Wanted half of the 95 % interval, in points a round.")] = 0.01,
    pilot: Annotated[int, typer.Option(help="Repeats of every line-up that are played to find out, 2 to 1000.")] = PILOT,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Change the configuration.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the pilot, instead of the configuration's.")] = None,
) -> None:
    """Say how many repeats of every line-up the wanted precision takes, and about how long that is.

    A configuration is tried out in a pilot, which is not kept; of a run, its own matches are taken.
    """
    if not 0 < precision < float("inf"):
        raise UserError(f"--precision must be above 0, got {precision}")
    within("--pilot", pilot, 2, 1000)
    if source is None or source.suffix in (".yaml", ".yml"):
        config = load_config(source, change or (), seed)
        found = played(config, pilot)
    elif change or seed is not None:
        raise UserError("--set and --seed change a configuration, and a run has been played already: leave them out")
    else:
        config, found = of_run(source)
    plans = list(plans_of(config, found, precision))
    if not any(plan.line_ups for plan in plans):
        raise UserError("no arena has been played in which pay says anything, so that there is nothing to plan")
    if source is None or source.suffix in (".yaml", ".yml"):
        plans = [replace(plan, entry=entry_of(plan, source, change or ())) for plan in plans]
    print("\n".join([*([found.unfinished] if found.unfinished else []), *lines_of(plans, precision)]))


def played(config: RunConfig, repeats: int) -> Pilot:
    """Play so many repeats of every line-up in the arenas that pay, and keep the means."""
    arenas = {name: replace(arena, repeats=repeats) for name, arena in config.arenas.items() if arena.game.scored}
    if not arenas:
        raise UserError("no arena has a pay that says anything, so that there is nothing to plan")
    config = replace(config, arenas=arenas)
    roster = seat_everyone(config)
    planned = waves(config, roster)
    print(f"pilot: {repeats} repeats, {sum(len(wave.fixtures) for wave in planned):,} matches", flush=True)
    means, spent, matches = MatchMeans(), dict.fromkeys(arenas, 0.0), dict.fromkeys(arenas, 0)
    for wave in planned:
        started = time.monotonic()
        history = None
        for history in wave_play(config, roster, wave):  # noqa: B007  (the last is the whole wave)
            pass
        assert history is not None
        means.add(config.arenas[wave.arena].game, wave.fixtures, history)
        spent[wave.arena] += time.monotonic() - started
        matches[wave.arena] += len(wave.fixtures)
    return Pilot(means, {name: spent[name] / max(matches[name], 1) for name in arenas})


def of_run(path: Path) -> tuple[RunConfig, Pilot]:
    """A run's configuration and its matches; the time of all play is dealt out by rounds."""
    with closing(RunStore.read(path)) as store:
        config = config_of(store.config)
        means = MatchMeans()
        gather(store, [means])
        rounds = sum(len(wave.fixtures) * played for wave, played in zip(store.waves(), store.played().values(), strict=True))
        seconds = store.play_seconds / max(rounds, 1)
        unfinished = "" if store.complete() else f"{path}: was not played to its end, so that line-ups may be missing"
    return config, Pilot(means, {name: seconds * arena.game.rounds for name, arena in config.arenas.items()}, unfinished)


def plans_of(config: RunConfig, pilot: Pilot, wanted: float) -> Iterator[ArenaPlan]:
    """One plan for each arena that pays, in the order of the configuration."""
    means, nothing = pilot.means, float("nan")
    found = precisions(means, list(config.agents), wanted)
    for arena, spec in config.arenas.items():
        if not spec.game.scored:
            continue
        mine = [(line.expected_repeats, line.agent) for line in found if line.arena == arena]
        repeats, agent = max(mine, default=(nothing, "-"))
        strata = [stratum for name in config.agents for stratum in means.strata(arena, name).values()]
        yield ArenaPlan(
            arena,
            means.line_ups(arena),
            repeats,
            agent,
            max((repeats_needed([stratum.column("pay")], wanted) for stratum in strata), default=nothing),
            spec.repeats,
            pilot.seconds.get(arena, nothing),
            spec.game.rounds,
            arena.partition(".")[0],
        )


def entry_of(plan: ArenaPlan, source: Path | None, changes: Sequence[str]) -> str:
    """The longest part of an arena's name whose repeats can be set in the configuration and are then the arena's."""
    parts = plan.arena.split(".")
    for length in range(len(parts), 0, -1):
        entry = ".".join(parts[:length])
        try:
            config = load_config(source, [*changes, f"arenas.{entry}.repeats={plan.planned + 1}"])
        except UserError:
            continue
        if plan.arena in config.arenas and config.arenas[plan.arena].repeats == plan.planned + 1:
            return entry
    return plan.arena


def lines_of(plans: list[ArenaPlan], wanted: float) -> list[str]:
    """The plans as a table, and the change that plays them."""
    rows = [
        (
            plan.arena,
            _whole(plan.repeats),
            plan.agent if plan.repeats > 1 else "-",
            _whole(plan.pair_repeats),
            str(plan.planned),
            _whole(plan.matches),
            _time(plan.matches * plan.seconds),
        )
        for plan in plans
    ]
    head = ("arena", "repeats", "for", "a pair", "planned", "matches", "about")
    return [
        *plain_table(head, rows),
        "",
        f"repeats of every line-up for each agent's mean pay in an arena to be sure to ±{wanted:g} points a round (95 %);",
        "for: the agent that needs most; a pair: for its mean against each single opponent in each seat.",
        *_conclusion(plans),
    ]


def _conclusion(plans: list[ArenaPlan]) -> Iterator[str]:
    """What all of it takes, and the change that plays it."""
    known = [plan for plan in plans if not math.isnan(plan.repeats)]
    if known:
        matches, total = sum(plan.matches for plan in known), sum(plan.matches * plan.seconds for plan in known)
        which = "all" if len(known) == len(plans) else "all but those with ?"
        yield f"{which}: {_whole(matches)} matches, about {_time(total)} of play at the pace of the pilot"
    if len(known) < len(plans):
        yield "?: unknown, as it takes two matches of a line-up at least to say how much they spread."
    most: dict[str, float] = {}
    for plan in known:
        most[plan.entry] = max(most.get(plan.entry, 0.0), plan.repeats)
    more = dict.fromkeys(plan.entry for plan in known if plan.repeats > plan.planned)
    if more:
        yield f"more than planned: {' '.join(f'--set arenas.{entry}.repeats={most[entry]:.0f}' for entry in more)}"
    elif known:
        yield f"the repeats that are planned are enough{'' if len(known) == len(plans) else ' in the arenas that are known'}"


def _whole(number: float) -> str:
    return f"{number:,.0f}" if number == number else "?"


def _time(seconds: float) -> str:
    return duration(seconds) if seconds == seconds else "?"


app = application(plan)

if __name__ == "__main__":
    app()
