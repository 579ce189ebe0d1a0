"""What a player does after each kind of round: heat maps of moves by state."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.charts.figure import Drawing, Figure, Row, shown
from analysis.charts.panels import columns_for, labels_of, only, side_by_side
from analysis.charts.theme import INK_TURNS, NEGATIVE, NEUTRAL, ON_DARK, ON_LIGHT, POSITIVE
from analysis.contexts import ContextReading
from analysis.habits_found import ChairHabits
from analysis.interval import Estimate
from analysis.tell_words import situation_in_words
from analysis.tells import Tell
from arenas.matrix_game import MatrixGame
from arenas.wording import listed

if TYPE_CHECKING:
    from analysis.charts.panels import Chart

WANTED = ("both", "outcome_own", "own", "outcome")
"""The contexts that make a heat map, the first whose states fit."""
MOST_STATES, MOST_MOVES = 12, 20
CELL = 34
"""Pixels of a cell that holds `46%` well."""
LEAST_SCALE = 0.1
"""How far from moves that are all alike the deepest colour is, at least."""
UNIFORM = 0.005
"""Who is never further than this from all moves alike needs no map."""
NOTHING = Estimate(float("nan"), float("nan"), 0.0)


@dataclass(frozen=True)
class Map:
    """The heat map of one chair."""

    title: str
    rows: Sequence[Row]

    @property
    def even(self) -> bool:
        """Whether all moves are alike after every kind of round."""
        return self.farthest < UNIFORM

    @property
    def farthest(self) -> float:
        """How far a probability is from that of moves that are all alike, at most."""
        return max((abs(float(row["over"] or 0.0)) for row in self.rows), default=0.0)


def figure(name: str, arena: str, game: MatrixGame, chairs: Sequence[ChairHabits]) -> Figure | None:
    """Heat maps of an arena, one for each player and seat; None where there are too many moves to be drawn."""
    maps = [made for chair in chairs if (made := _map(game, chair)) is not None]
    even = [one.title for one in maps if one.even]
    maps = [one for one in maps if not one.even]
    if not maps:
        return None
    rows = [row for one in maps for row in one.rows]
    surest = max(rows, key=lambda row: float(row["value"] or 0.0))
    return Figure(
        name=name,
        title=f"What they do next: {shown(arena)}",
        reading=(
            "Mean probability of each move (column) after each kind of round (row). Blue: more often than if all moves were "
            "alike; orange: less often. The number behind a row is how often it comes, of all rounds."
            + (f" Left out, all moves being alike after everything: {listed(even, 'and')}." if even else "")
        ),
        alt=(
            f"Heat maps, one a player and seat. The surest: {surest['player']} {surest['state']}: "
            f"{surest['move']} with {100 * float(surest['value'] or 0.0):.0f} %."
        ),
        rows=rows,
        draw=partial(_draw, maps),
    )


def _map(game: MatrixGame, habits: ChairHabits) -> Map | None:
    fitting = {
        reading.context.name: reading
        for reading in habits.contexts
        if reading.probs.shape[0] <= MOST_STATES and reading.probs.shape[1] <= MOST_MOVES
    }
    found = next((fitting[name] for name in WANTED if name in fitting), None)
    if found is None:
        return None
    chair = habits.chair
    seat = "" if game.seats_alike else f" as {game.seats[chair.seat]}"
    player = shown(f"{chair.agent}{seat}")
    return Map(player, _rows(game, habits, found, player))


def _rows(game: MatrixGame, habits: ChairHabits, found: ContextReading, player: str) -> list[Row]:
    words, rows = game.actions[habits.chair.seat], list[Row]()
    for state, (probs, share) in enumerate(zip(found.probs, found.share.tolist(), strict=True)):
        if not share > 0 or not np.isfinite(probs).all():
            continue
        tell = Tell(habits.chair, found.context, state, 0, 0, NOTHING, NOTHING, share, 1.0)
        after = shown(situation_in_words(game, tell))
        row = {"player": player, "state": after, "share": share, "row": f"{after.removeprefix('after ')} ({100 * share:.0f} %)"}
        for word, prob in zip(words, probs.tolist(), strict=True):
            label = f"{after}: {shown(word)} with {100 * prob:.1f} %"
            rows.append(row | {"move": shown(word), "value": prob, "over": prob - 1 / len(words), "label": label})
    return rows


def _draw(maps: Sequence[Map], width: int) -> Drawing:
    moves = max(len({row["move"] for row in one.rows}) for one in maps)
    labels = labels_of([str(row["row"]) for one in maps for row in one.rows], 210)
    columns = columns_for(width, len(maps), labels + CELL * moves + 34)
    inner = int(min(max(width // columns - labels - 34, 30 * moves), 70 * moves))
    most = max([LEAST_SCALE, *(one.farthest for one in maps)])
    return side_by_side(
        [_one(one, inner, labels, most) for one in maps], columns, x="independent", y="independent", color="shared"
    )


def _one(one: Map, width: int, labels: int, most: float) -> "Chart":
    import altair as alt

    order = list(dict.fromkeys(str(row["row"]) for row in one.rows))
    moves = list(dict.fromkeys(str(row["move"]) for row in one.rows))
    fitting = width / len(moves) > 7 * max(map(len, moves))
    across = alt.Axis(orient="top", labelAngle=0 if fitting else -40, domain=False, ticks=False)
    x = alt.X("move:N", title=None, sort=moves, axis=across)
    y = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(domain=False, ticks=False, labelLimit=labels))
    scale = alt.Scale(domain=[-most, 0, most], range=[NEGATIVE, NEUTRAL, POSITIVE], interpolate="rgb")
    base = only({"player": one.title}).encode(x=x, y=y)
    ink = alt.condition(f"datum.over > {INK_TURNS * most}", alt.value(ON_DARK), alt.value(ON_LIGHT))
    colour = alt.Color("over:Q", scale=scale, legend=None)
    cells: Any = base.mark_rect(stroke="white", strokeWidth=1).encode(color=colour, description="label:N")
    text: Any = base.mark_text(fontSize=11, aria=False).encode(text=alt.Text("value:Q", format=".0%"), color=ink)
    layered: Chart = alt.layer(cells, text).properties(
        title=alt.TitleParams(one.title, limit=width + labels), width=width, height=alt.Step(22)
    )
    return layered
