"""The configuration of a run: from YAML to frozen dataclasses, or to one line that says what is wrong."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from agents.agent import AgentSpec
from agents.model import Sampling, Spoken, Thinking
from arenas.bounds import within
from arenas.errors import UserError, nearest
from arenas.family import check_families
from arenas.fixture import VERSUS
from arenas.game import GAMES, Game
from arenas.wording import listed
from arenas.wordings import Wordings, check_wordings, crossed
from opponents.opponent import OPPONENTS, Opponent
from tournaments.sweep import swept
from tournaments.yaml_text import read_yaml

T = TypeVar("T")
NAME = re.compile(r"[A-Za-z0-9_.-]+")
Entrant = AgentSpec | Opponent
SAMPLING = ("temperature", "top_p", "top_k")
"""Keys of `sampling` that an agent may also have by themselves."""
NESTED: dict[str, type[Any]] = {"sampling": Sampling, "thinking": Thinking, "answer": Spoken}
"""Keys of an agent that hold keys of their own."""


@dataclass(frozen=True)
class Arena:
    """A game under a name, and how often each line-up meets in it."""

    game: Game
    repeats: int

    def __post_init__(self) -> None:
        within("repeats", self.repeats, 1, 1_000_000)


@dataclass(frozen=True)
class _Page:
    """The top level of the YAML."""

    seed: int = 1
    repeats: int = 4
    rows: int = 512
    arenas: dict[str, dict[str, Any]] = field(default_factory=dict)
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    opponents: dict[str, dict[str, Any]] = field(default_factory=dict)
    families: dict[str, list[str]] = field(default_factory=dict)
    wordings: dict[str, list[str]] = field(default_factory=dict)
    date: str = field(default_factory=lambda: dt.date.today().isoformat())
    threads: int | None = None

    def __post_init__(self) -> None:
        within("seed", self.seed, 0, 2**63 - 1)
        within("rows", self.rows, 2, 1_000_000)
        try:
            dt.date.fromisoformat(self.date)
        except ValueError as error:
            raise UserError(f"date must be a day such as 2026-01-31, got {self.date!r}") from error
        if self.threads is not None:
            within("threads", self.threads, 1, 1024)
        for part in ("arenas", "agents"):
            if not getattr(self, part):
                raise UserError(f"{part} must name at least one of them")


@dataclass(frozen=True)
class RunConfig:
    """Everything a run depends on. `rows` is the most chairs of a wave, `threads` what passes on a CPU take; None: chosen.

    `families` names agents that are stages of one model, the first the base: they meet others on the same dice. So
    do the entrants that `wordings` names as one agent in several wordings. `date` is what
    chat templates that ask for it call today: the day the run began, also when it is resumed.
    """

    seed: int
    rows: int
    arenas: Mapping[str, Arena]
    agents: Mapping[str, Entrant]
    opponents: Mapping[str, Entrant]
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wordings: Wordings = field(default_factory=dict)
    date: dt.date = field(default_factory=dt.date.today)
    threads: int | None = None

    @property
    def entrants(self) -> dict[str, Entrant]:
        """Everyone who sits down, by name: the agents first, an entrant of both sides once."""
        return {**self.agents, **self.opponents}

    def resolved(self) -> dict[str, Any]:
        """The configuration with every default written out, as plain JSON values that `config_of` reads again."""
        arenas = {name: {**arena.game.config(), "repeats": arena.repeats} for name, arena in self.arenas.items()}
        sides = {
            side: {name: _written(entrant) for name, entrant in getattr(self, side).items()} for side in ("agents", "opponents")
        }
        whole = {"seed": self.seed, "rows": self.rows, "date": self.date.isoformat(), "arenas": arenas, **sides}
        if self.families:
            whole["families"] = self.families
        if self.wordings:
            whole["wordings"] = self.wordings
        if self.threads is not None:
            whole["threads"] = self.threads
        plain: dict[str, Any] = json.loads(json.dumps(whole))
        return plain


def load_config(path: Path | None, changes: Iterable[str] = (), seed: int | None = None) -> RunConfig:
    """The configuration in a YAML file, or the packaged one, changed by `key.path=value` texts. Raises `UserError`."""
    where = "default.yaml" if path is None else str(path)
    page = read_yaml(_text_of(path), where)
    if not isinstance(page, dict):
        raise UserError(f"{where}: must be a mapping with the keys {', '.join(_known(_Page))}")
    for change in changes:
        _apply(page, change)
    if seed is not None:
        page["seed"] = seed
    return config_of(page)


def config_of(page: Mapping[str, Any]) -> RunConfig:
    """The configuration that a page of plain values means. Raises `UserError` that names the bad key by its dotted path."""
    for key, value in page.items():
        _check_plain(value, str(key))
    top = _made(_Page, page, "")
    specs: dict[str, dict[str, Any]] = {}
    for name, spec in _named(top.arenas, "arenas"):
        for whole, one in swept(name, spec, f"arenas.{name}"):
            if whole in specs:
                raise UserError(f"arenas.{name}: there are two arenas {whole}; rename one of them")
            specs[whole] = one
    arenas = {name: _arena(spec, top.repeats, f"arenas.{name}") for name, spec in _named(specs, "arenas")}
    wordings: dict[str, list[str]] = {name: list(names) for name, names in top.wordings.items()}
    agents = {name: _entrant(spec, where) for name, spec, where in _worded(top.agents, "agents", wordings)}
    opponents = {name: _entrant(spec, where) for name, spec, where in _worded(top.opponents, "opponents", wordings)}
    for name in agents.keys() & opponents.keys():
        if agents[name] != opponents[name]:
            raise UserError(f"opponents.{name}: agents.{name} is another entrant of the same name; rename one of them")
    known = check_wordings(wordings, {**agents, **opponents})
    families, date = check_families(crossed(top.families, known), agents), dt.date.fromisoformat(top.date)
    return RunConfig(top.seed, top.rows, arenas, agents, opponents, families, known, date, top.threads)


def _text_of(path: Path | None) -> str:
    if path is None:
        return (resources.files("tournaments") / "default.yaml").read_text(encoding="utf-8")
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        there = [other.name for other in path.absolute().parent.glob("[!.]*.yaml")]
        hint = f" ({nearest(path.name, there)})" if there else ""
        raise UserError(f"{path}: no such file{hint}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file in UTF-8") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error


def _apply(page: dict[str, Any], change: str) -> None:
    """Set, add or (with `null`) remove the value at a dotted path; names that hold dots are found among the known keys."""
    path, equals, text = change.partition("=")
    if not equals or not path:
        raise UserError(f"--set {change}: must be key.path=value")
    value = read_yaml(text, f"--set {path}")
    place, rest = page, path
    while True:
        whole = [key for key in place if isinstance(key, str) and (rest == key or rest.startswith(f"{key}."))]
        key = max(whole, key=len) if whole else rest.partition(".")[0]
        if rest == key:
            break
        place, rest = place.setdefault(key, {}), rest[len(key) + 1 :]
        if not isinstance(place, dict):
            raise UserError(f"--set {path}: {path[: -len(rest) - 1]} is {place!r} and has no keys")
    if value is None:
        place.pop(key, None)
    else:
        place[key] = value


def _arena(spec: dict[str, Any], repeats: int, where: str) -> Arena:
    if "game" not in spec:
        raise UserError(f"{where}: the key 'game' is missing: known games: {', '.join(GAMES.names())}")
    with_repeats = {name: value for name, value in spec.items() if name == "repeats"}
    own = {name: value for name, value in spec.items() if name not in ("game", "repeats")}
    game = _made(_looked_up(GAMES, spec["game"], f"{where}.game"), own, where, also=("game", "repeats"))
    return _made(Arena, {"repeats": repeats, **with_repeats}, where, given={"game": game})


def _worded(
    specs: Mapping[str, dict[str, Any]], side: str, wordings: dict[str, list[str]]
) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Each entrant's name, keys and place; one with `styles` stands for several, which are added to `wordings`."""
    for name, spec in _named(specs, side):
        where = f"{side}.{name}"
        if "styles" not in spec:
            yield name, spec, where
            continue
        styles = _value(list[str], spec["styles"], f"{where}.styles")
        if "style" in spec or "model" not in spec:
            raise UserError(f"{where}.styles: for a model, in the place of its style")
        entrants = [f"{name}.{Path(style).stem}" for style in styles]
        if len(set(entrants)) < max(len(entrants), 2):
            raise UserError(f"{where}.styles: must name at least two styles, all different, got {_short(styles)}")
        wordings[name] = entrants
        spec = {key: value for key, value in spec.items() if key != "styles"}
        for whole, style in zip(entrants, styles, strict=True):
            _check_name(whole, where)
            yield whole, {**spec, "style": style}, where


def _entrant(spec: dict[str, Any], where: str) -> Entrant:
    if "opponent" in spec and "model" not in spec:
        own = {name: value for name, value in spec.items() if name != "opponent"}
        kind: type[Opponent] = _looked_up(OPPONENTS, spec["opponent"], f"{where}.opponent")
        return _made(kind, own, where, also=("opponent",))
    if "model" not in spec or "opponent" in spec:
        raise UserError(f"{where}: must have either the key 'model' or the key 'opponent'")
    whole = _with_sampling(spec, where)
    nested = {key: kind for key, kind in NESTED.items() if isinstance(whole.get(key), dict)}
    given = {key: _made(kind, whole[key], f"{where}.{key}") for key, kind in nested.items()}
    own = {key: value for key, value in whole.items() if key not in given}
    return _located(_made(AgentSpec, own, where, also=tuple(given), given=given))


def _with_sampling(spec: dict[str, Any], where: str) -> dict[str, Any]:
    """The keys of an agent with `temperature`, `top_p` and `top_k`, short for keys of `sampling`, put there."""
    short = {key: spec[key] for key in ("temperature", "top_p", "top_k") if key in spec}
    if not short:
        return spec
    if "sampling" in spec:
        raise UserError(f"{where}.{next(iter(short))}: stands beside sampling, which holds it")
    return {**{key: value for key, value in spec.items() if key not in short}, "sampling": short}


def _located(agent: AgentSpec) -> AgentSpec:
    """The same with local paths made absolute, so that a run can be resumed from any folder."""
    model, style = Path(agent.model).expanduser(), Path(agent.style).expanduser()
    return replace(
        agent,
        model=str(model.absolute()) if model.is_dir() else agent.model,
        style=str(style.absolute()) if agent.style.endswith((".yaml", ".yml")) else agent.style,
    )


def _written(entrant: Entrant) -> dict[str, Any]:
    if isinstance(entrant, AgentSpec):
        return asdict(entrant)
    return {"opponent": OPPONENTS.name_of(type(entrant)), **asdict(entrant)}


def _looked_up(registry: Any, name: Any, where: str) -> Any:
    if not isinstance(name, str):
        raise UserError(f"{where}: must be the name of a {registry.kind}, got {name!r}")
    try:
        return registry.get(name)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error


def _named(specs: Mapping[str, dict[str, Any]], where: str) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, spec in specs.items():
        _check_name(name, where)
        yield name, spec


def _check_name(name: str, where: str) -> None:
    if not NAME.fullmatch(name) or VERSUS in name:
        raise UserError(f"{where}: a name must be made of letters, digits, '_', '.' and '-', without {VERSUS!r}, got {name!r}")


def _known(kind: type[Any]) -> list[str]:
    return [f.name for f in fields(kind)]


def _made(
    kind: type[T], values: Mapping[str, Any], where: str, also: tuple[str, ...] = (), given: Mapping[str, Any] | None = None
) -> T:
    """A dataclass from plain values, each checked against its field's type; `also` names keys that were read before."""
    dot = f"{where}." if where else ""
    given, hints = given or {}, get_type_hints(kind)
    known = {f.name: f for f in fields(kind) if f.name not in given}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise UserError(f"unknown key {dot}{key}: {nearest(str(key), [*known, *also])}")
    for name, f in known.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            raise UserError(f"{where or 'configuration'}: the key {name!r} is missing")
    checked = {name: _value(hints[name], value, f"{dot}{name}") for name, value in values.items()}
    try:
        return kind(**given, **checked)
    except UserError as error:
        raise UserError(f"{where}: {error}" if where else str(error)) from error


def _value(hint: Any, value: Any, where: str) -> Any:
    """A plain value as a field's type; JSON's strictness lets lists be tuples and nothing else be something else."""
    try:
        return TypeAdapter(hint).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = error.errors()
        if get_origin(hint) in (Union, UnionType) and len(found) > 1:
            # each begins with the name of one of the kinds that would do: what is said of the inside of one is of use
            found = [{**one, "loc": one["loc"][1:]} for one in found if "_parsing" not in one["type"]]
        furthest = max(len(one["loc"]) for one in found)
        first, *others = [one for one in found if len(one["loc"]) == furthest]
        path = ".".join([where, *(str(part) for part in first["loc"])])
        told = [one["msg"].replace("Input should be ", "") for one in (first, *others)]
        message = f"must be {listed(list(dict.fromkeys(told)))}" if "should be" in first["msg"] else first["msg"]
        raise UserError(f"{path}: {message}, got {_short(first['input'])}") from error


def _check_plain(value: Any, where: str) -> None:
    """Raise `UserError` at the first thing that YAML can say and JSON cannot, such as a date."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _check_plain(inner, f"{where}.{key}")
    elif not isinstance(value, str | int | float | None):
        raise UserError(f"{where}: must be made of texts, numbers, lists and mappings, got {_short(value)}")


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
