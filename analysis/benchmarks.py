"""Benchmark scores that a user gives for the models of a run, in a CSV or YAML file."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arenas.errors import UserError, nearest

COLUMNS = ("model", "benchmark", "score", "source")
NOTHING = ("", "~", "null")
"""What YAML means nothing by."""


@dataclass(frozen=True)
class BenchmarkScore:
    """One score of one model; `source` says who measured it where, and is never empty."""

    model: str
    benchmark: str
    score: float
    source: str


def read_benchmarks(path: Path) -> list[BenchmarkScore]:
    """The scores in a file with the columns model, benchmark, score and source. Raises `UserError`.

    A CSV file has them as its first line, a YAML file is a list of mappings. A model is named as an agent of the run or by the
    `model` of one. A figure without a source is refused.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as text in UTF-8") from error
    rows = _yaml_rows(path, text) if path.suffix in (".yaml", ".yml") else _csv_rows(path, text)
    scores = [_score(row, f"{path}, {place}") for place, row in rows]
    if not scores:
        raise UserError(f"{path}: holds no scores")
    seen: set[tuple[str, str]] = set()
    for score in scores:
        if (score.model, score.benchmark) in seen:
            raise UserError(f"{path}: there are two scores of {score.model} in {score.benchmark}")
        seen.add((score.model, score.benchmark))
    return scores


def scores_by_agent(
    scores: Sequence[BenchmarkScore], agents: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, BenchmarkScore]]:
    """For each benchmark the score of every agent that has one, by the agent's name or its model. Raises `UserError`.

    Models that do not play are passed over, since a table may hold many; if none of them plays, that is an error.
    """
    found: dict[str, dict[str, BenchmarkScore]] = {}
    for score in scores:
        for agent, spec in agents.items():
            by_name, by_model = score.model == agent, score.model == spec.get("model")
            if by_name or (by_model and agent not in found.get(score.benchmark, {})):
                found.setdefault(score.benchmark, {})[agent] = score
    if not found:
        first = scores[0].model
        raise UserError(f"no benchmark score is of an agent of this run, {first!r} for one: {nearest(first, agents)}")
    return found


def _csv_rows(path: Path, text: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    _check_columns(reader.fieldnames or (), f"{path}, line 1")
    for row in reader:
        yield f"line {reader.line_num}", row


def _yaml_rows(path: Path, text: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    import yaml

    try:
        page = yaml.load(text, Loader=yaml.BaseLoader)  # every scalar is text, as in CSV: a source may be a year
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(page, list):
        raise UserError(f"{path}: must be a list of mappings with the keys {', '.join(COLUMNS)}")
    for place, row in enumerate(page):
        if not isinstance(row, dict):
            raise UserError(f"{path}, {place}: must be a mapping with the keys {', '.join(COLUMNS)}")
        _check_columns([str(key) for key in row], f"{path}, {place}")
        yield str(place), row


def _check_columns(columns: Sequence[str], where: str) -> None:
    for column in columns:
        if column not in COLUMNS:
            raise UserError(f"{where}: unknown column {column!r}: {nearest(str(column), COLUMNS)}")
    for column in COLUMNS:
        if column not in columns:
            raise UserError(f"{where}: the column {column!r} is missing; needed: {', '.join(COLUMNS)}")


def _score(row: Mapping[str, Any], where: str) -> BenchmarkScore:
    for column in ("model", "benchmark", "source"):
        if not isinstance(row.get(column), str) or row[column].strip().lower() in NOTHING:
            raise UserError(f"{where}: {column} must be a text that is not empty, got {row.get(column)!r}")
    try:
        score = float(row["score"])
    except (TypeError, ValueError) as error:
        raise UserError(f"{where}: score must be a number, got {row['score']!r}") from error
    if not math.isfinite(score):
        raise UserError(f"{where}: score must be a finite number, got {row['score']!r}")
    return BenchmarkScore(row["model"].strip(), row["benchmark"].strip(), score, row["source"].strip())
