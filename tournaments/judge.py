"""A model in the place of people: `python -m tournaments.judge RUN --judge AGENT|MODEL`."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from agents.agent import Agent, load_agents
from agents.model import Opening, Script
from analysis.application import application
from analysis.texts.collection import collected
from analysis.texts.judged import lines, reports
from analysis.texts.pairs import Pair, balanced_pairs
from arenas.bounds import one_of, within
from arenas.command_line import one_line_errors
from arenas.errors import UserError
from arenas.judgement import Judgement, judgements
from arenas.plain_text import printable
from arenas.rating import FIRST, LONGEST_NAME, PAIR, SECOND, TIE, Rating
from arenas.ratings import RatingBook
from arenas.store import RunStore
from tournaments.config import config_of
from tournaments.judge_prompt import CRITERIA, END, answers, question
from tournaments.named_model import named_model

PAIRS_AT_ONCE = 32


@dataclass(frozen=True)
class Shown:
    """A pair in one order: the ids of its texts, what the judge reads, and the id of the rating that comes of it."""

    first: str
    second: str
    opening: str
    rating: str


@one_line_errors
def judge(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The file of a run.")],
    name: Annotated[
        str, typer.Option("--judge", metavar="AGENT|MODEL", help="An agent of the run, or a folder, hub id or organism:dpo.")
    ],
    criterion: Annotated[str, typer.Option(help="preference, originality or pleasantness.")] = "preference",
    pairs: Annotated[
        int, typer.Option(help="Pairs of texts on one topic by different models, each read in both orders.")
    ] = 200,
) -> None:
    """Let a model compare texts in the place of people; its verdicts are kept as ratings of a judge, apart from people's."""
    one_of("--criterion", criterion, list(CRITERIA))
    within("--pairs", pairs, 1, 1_000_000)
    with closing(RunStore.read(run)) as store:
        config = config_of(store.config)
        drawn = balanced_pairs(collected(store), pairs, config.seed)
        writers = {fixture.id: fixture.line_up[0] for fixture, _ in store.fixtures()}
    if not drawn:
        raise UserError(f"{run}: has no two texts on one topic by different models")
    agent = load_agents({name: named_model(config, name)})[name]
    rater = rater_of(name, criterion)
    with closing(RatingBook(run)) as book:
        known = {rating.id for rating in book.all()}
        wanted = [shown for shown in in_both_orders(drawn, agent, rater, criterion) if shown.rating not in known]
        for start in range(0, len(wanted), 2 * PAIRS_AT_ONCE):
            part = wanted[start : start + 2 * PAIRS_AT_ONCE]
            verdicts = list(asked(agent, part, rater, criterion))
            # first the probabilities: a rating without them would never be asked for again
            judgements(run).put(verdicts)
            book.add_lines(rating_of(verdict).line() for verdict in verdicts)
    for report in reports(judgements(run).all(), writers):
        if (report.rater, report.criterion) == (rater, criterion):
            print("\n".join(lines(report)))
    print(f"{len(wanted):,} readings of {len(drawn):,} pairs were new, kept in {run}")


def rater_of(name: str, criterion: str) -> str:
    """The name under which a judge's ratings are kept: each criterion is another rater, as a rating of a pair has none."""
    ending = "" if criterion == "preference" else f" on {criterion}"
    plain = " ".join(printable(name).split())
    return f"{plain[-(LONGEST_NAME - len(ending)) :].lstrip()}{ending}"


def in_both_orders(pairs: Sequence[Pair], agent: Agent, rater: str, criterion: str) -> Iterator[Shown]:
    """Every pair as it is and turned, one after the other. A rating's id follows from who reads what."""
    for pair in pairs:
        for first, second in ((pair.one, pair.other), (pair.other, pair.one)):
            opening = question(pair.game, first.text, second.text, criterion, agent.style.kind == "chat")
            who = f"{rater}/{agent.identity}/{first.id}/{second.id}/{opening}"
            number = hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:24]
            yield Shown(first.id, second.id, opening, f"judge-{number}")


def asked(agent: Agent, part: Sequence[Shown], rater: str, criterion: str) -> Iterator[Judgement]:
    """What the model answers to each: the exact probabilities, as they are read for moves. Raises `UserError`."""
    chat = agent.style.kind == "chat"
    script = Script(
        chat=chat,
        openings=[Opening(shown.opening) for shown in part],
        menus=[answers(chat)],
        menu_of=np.zeros(len(part), dtype=np.int64),
        end=None if chat else END,
        reply="",
        capacity=0,
        most_rounds=1,
        sampling=agent.sampling,
        template=agent.template,
        date=agent.date,
    )
    longest = agent.model.size(script)[0] + 2
    limit = agent.model.context_limit
    if limit is not None and longest > limit:
        raise UserError(f"{agent.name}: two texts and the question take {longest} tokens, the model holds {limit}")
    answered = agent.model.open(replace(script, capacity=longest)).ask()()
    elsewhere = (answered.off_menu + answered.unended).tolist()
    for shown, p_first, off in zip(part, answered.probs[:, 0].tolist(), elsewhere, strict=True):
        yield Judgement(shown.rating, rater, criterion, shown.first, shown.second, p_first, off)


def rating_of(verdict: Judgement) -> Rating:
    """The likelier answer as a rating; a tie if both are equally likely."""
    preference = TIE if verdict.p_first == 0.5 else FIRST if verdict.p_first > 0.5 else SECOND
    return Rating(
        id=verdict.rating,
        rater=verdict.rater,
        kind=PAIR,
        first=verdict.first,
        second=verdict.second,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        preference=preference,
        judge=True,
    )


app = application(judge)

if __name__ == "__main__":
    app()
