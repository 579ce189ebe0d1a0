"""The shipped organisms, their corpus and the program that makes them."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.organisms import STAGES, organism_path
from agents.organisms.attention import attend_causally
from agents.organisms.conversations import conversations
from agents.organisms.corpus import texts, transcript
from agents.organisms.habits import Copycat, Cycler, FrequencyLearner, Past, RepeatAvoider, WinStayLoseShift
from agents.organisms.lexicon import RHYMES, pleasantness
from agents.organisms.packing import IGNORED, Collator, pack
from agents.organisms.preferences import alike_in_length, pairs
from agents.organisms.simulated import draw_habit, draw_match
from agents.organisms.tastes import move_strength, number_strength, place_strength, verse_strength
from agents.organisms.verse import Mood, draw_verse
from agents.style import Style, load_style
from arenas.errors import UserError
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing

GAMES: tuple[tuple[Game, int], ...] = (
    (RockPaperScissors(), 0),
    (HideAndSeek(), 0),
    (HideAndSeek(), 1),
    (Matrix(), 0),
    (RandomNumber(), 0),
    (RandomNumber(length=10), 0),
)
LEGAL = {"base": 0.7, "sft": 0.9, "dpo": 0.9}
"""The least mass on legal answers, anywhere; the base organism sometimes mistakes a range of numbers for a wider one."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, tuple[Any, Any]]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folders = {stage: organism_path(stage) for stage in STAGES}
    return {
        stage: (AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder).eval())
        for stage, folder in folders.items()
    }


def asked(tokenizer: Any, style: Style, game: Game, seat: int, rounds: int) -> list[int]:
    """Tokens of a match up to the question after `rounds` rounds of drawn moves."""
    generator = np.random.default_rng(rounds)
    mine = [str(word) for word in generator.choice(game.actions[seat], rounds)]
    theirs = [str(word) for word in generator.choice(game.actions[1 - seat], rounds)] if len(game.seats) == 2 else [""] * rounds
    said = [style.after_round(game, seat, t, mine[t], theirs[t], points(game, seat, mine[t], theirs[t])) for t in range(rounds)]
    if style.kind == "text":
        return list(
            tokenizer(style.opening(game, seat) + "".join(f" {a}{s}" for a, s in zip(mine, said, strict=True)))["input_ids"]
        )
    messages = [{"role": "user", "content": style.opening(game, seat)}]
    for answer, following in zip(mine, said, strict=True):
        messages += [{"role": "assistant", "content": answer}, {"role": "user", "content": following}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def points(game: Game, seat: int, mine: str, theirs: str) -> float:
    if not isinstance(game, MatrixGame):
        return 0.0
    return float(game.payoff[seat, game.actions[seat].index(mine), game.actions[1 - seat].index(theirs)])


def legal_mass(tokenizer: Any, model: Any, prompt: list[int], answers: tuple[str, ...]) -> float:
    """Probability that the next tokens begin a legal answer, by plain forward passes."""
    import torch

    mass, after_prompt = 0.0, None
    for answer in answers:
        if any(answer != other and answer.startswith(other) for other in answers):
            continue  # 10 is already counted with 1
        tokens = tokenizer(answer, add_special_tokens=False)["input_ids"]
        if after_prompt is None or len(tokens) > 1:
            with torch.inference_mode():
                after_prompt = model(input_ids=torch.tensor([prompt + tokens[:-1]])).logits[0, len(prompt) - 1 :]
        log_probs = torch.log_softmax(after_prompt.double(), dim=-1)
        mass += float(log_probs[range(len(tokens)), tokens].sum().exp())
    return mass


@pytest.mark.parametrize("stage", STAGES)
def test_shipped_weights_are_small(stage: str, loaded: dict[str, tuple[Any, Any]]) -> None:
    _, model = loaded[stage]
    assert model.num_parameters() <= 4_000_000
    assert (organism_path(stage) / "model.safetensors").stat().st_size <= 10_500_000
    assert model.config.max_position_embeddings == 2048


@pytest.mark.parametrize("stage", STAGES)
def test_only_the_tuned_stages_chat(stage: str, loaded: dict[str, tuple[Any, Any]]) -> None:
    tokenizer, model = loaded[stage]
    assert bool(tokenizer.chat_template) == (stage != "base")
    assert None not in (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token)
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id


@pytest.mark.parametrize("rounds", [0, 1, 9, 25])
@pytest.mark.parametrize(("stage", "style"), [("base", "plain"), ("base", "wordy"), ("sft", "chat"), ("dpo", "chat")])
def test_most_mass_is_on_legal_answers(stage: str, style: str, rounds: int, loaded: dict[str, tuple[Any, Any]]) -> None:
    tokenizer, model = loaded[stage]
    told = load_style(style)
    for game, seat in GAMES:
        if rounds < game.rounds:
            prompt = asked(tokenizer, told, game, seat, rounds)
            assert legal_mass(tokenizer, model, prompt, told.answers(game, seat)) > LEGAL[stage], (game, seat)


@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_the_chat_template_only_appends_and_a_match_fits(stage: str, loaded: dict[str, tuple[Any, Any]]) -> None:
    tokenizer, model = loaded[stage]
    chat = load_style("chat")
    for game, seat in GAMES:
        before: list[int] = []
        for rounds in range(game.rounds):
            tokens = asked_in_one_match(tokenizer, chat, game, seat, rounds)
            assert tokens[: len(before)] == before
            before = tokens
        assert len(before) < model.config.max_position_embeddings / 2


def asked_in_one_match(tokenizer: Any, style: Style, game: Game, seat: int, rounds: int) -> list[int]:
    words = game.actions[seat]
    messages = [{"role": "user", "content": style.opening(game, seat)}]
    for t in range(rounds):
        said = style.after_round(game, seat, t, words[t % len(words)], words[0], 0.0)
        messages += [{"role": "assistant", "content": words[t % len(words)]}, {"role": "user", "content": said}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize("stage", STAGES)
def test_asked_for_a_poem_it_writes_lines_of_words(stage: str, loaded: dict[str, tuple[Any, Any]]) -> None:
    import torch

    tokenizer, model = loaded[stage]
    style = load_style("plain" if stage == "base" else "chat")
    known = {word.lower() for text in islice(texts(0), 3000) for word in text.replace(",", " ").replace(".", " ").split()}
    torch.manual_seed(0)
    lines, spelled = [], []
    for topic in ("the sea", "winter", "a clock"):
        prompt = torch.tensor([asked(tokenizer, style, Writing(topic), 0, 0)] * 8)
        with torch.inference_mode():
            written = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=True, top_k=0, max_new_tokens=60)
        for row in written[:, prompt.shape[1] :]:
            text = tokenizer.decode(row, skip_special_tokens=True).strip().split("\n\n")[0]
            words = text.lower().replace(",", " ").replace(".", " ").replace(";", " ").split()
            lines.append(len(text.splitlines()))
            spelled += [word in known for word in words]
    assert np.mean([count >= 2 for count in lines]) > 0.5
    assert np.mean(spelled) > 0.7


def test_unknown_stages_are_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="unknown organism 'bases': did you mean 'base'"):
        organism_path("bases")


def test_finding_an_organism_imports_nothing_heavy() -> None:
    code = "import sys, agents.organisms; print(sorted({'torch', 'numpy', 'transformers', 'trl'} & set(sys.modules)))"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "torch" not in heavy
    assert "transformers" not in heavy
    assert "trl" not in heavy


def test_all_data_follow_from_the_seed() -> None:
    for stream in (texts, conversations, pairs):
        assert list(islice(stream(5), 60)) == list(islice(stream(5), 60))
        assert list(islice(stream(5), 60)) != list(islice(stream(6), 60))


def test_half_or_more_of_the_corpus_is_worded_otherwise_than_in_play() -> None:
    openings = ("You play ", "You hide and", "You seek and", "Pick ", "Write ")
    told = list(islice(texts(1), 2000))
    in_play = np.mean([text.startswith(openings) and "I pick" not in text for text in told])
    assert 0.3 < in_play < 0.5
    for marker in ("\nThem:", "Round 2 of", "Number 1 of", "Numbers:", "Here it is:"):
        assert any(marker in text for text in told), marker


def test_no_action_is_favoured_by_the_simulated_players() -> None:
    generator = np.random.default_rng(0)
    opened = [draw_match(generator, RockPaperScissors(), 1).mine[0] for _ in range(3000)]
    shares = np.bincount(opened, minlength=3) / len(opened)
    assert np.abs(shares - 1 / 3).max() < 0.04


def test_a_transcript_reads_as_in_play() -> None:
    match = draw_match(np.random.default_rng(3), RockPaperScissors(), 3)
    text = transcript(load_style("plain"), match)
    assert text.startswith("You play rock-paper-scissors")
    told = "\n".join(f"You: {a}\nThem: {b}" for a, b in zip(match.my_words, match.their_words, strict=True))
    assert text.endswith(told[: told.rindex("\nThem:")])


def test_habits_do_as_they_say() -> None:
    lost = Past(mine=[0, 1], theirs=[0, 2], pay=[0.0, -1.0])
    won = Past(mine=[0, 1], theirs=[0, 0], pay=[0.0, 1.0])
    assert Copycat(3, 0).mix(lost) == [0.0, 0.0, 1.0]
    assert Cycler(3, 0, 1).mix(lost) == [0.0, 0.0, 1.0]
    assert WinStayLoseShift(3, 0, 1).mix(lost) == [0.0, 0.0, 1.0]
    assert WinStayLoseShift(3, 0, 1).mix(won) == [0.0, 1.0, 0.0]
    assert RepeatAvoider((0.2, 0.4, 0.4), 1.0).mix(won) == pytest.approx([1 / 3, 0.0, 2 / 3])
    rps = ((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0))
    assert FrequencyLearner(rps, 1.0).mix(Past([0] * 5, [0] * 5, [0.0] * 5)) == [0.0, 1.0, 0.0]
    generator = np.random.default_rng(0)
    for _ in range(100):
        assert sum(draw_habit(generator, rps).mix(lost)) == pytest.approx(1.0)


def test_verses_rhyme_and_name_their_topic() -> None:
    generator = np.random.default_rng(0)
    for _ in range(50):
        verse = draw_verse(generator, "the sea", Mood(0.3, 0.4, 0.3))
        lines = [line.rstrip(",.;") for line in verse.splitlines()]
        ends = [line.split()[-1] for line in lines]
        assert "the sea" in lines[0].lower()
        for one, other in (ends[:2], ends[2:]):
            assert any(one in family and other in family for family in RHYMES)


def test_tastes_prefer_what_people_prefer() -> None:
    first = [number_strength(n, 0, 10, []) for n in range(11)]
    assert int(np.argmax(first)) == 7
    assert number_strength(4, 0, 10, [4]) < number_strength(4, 0, 10, []) - 1.0
    assert int(np.argmax([move_strength(m, 3, [], []) for m in range(3)])) == 0
    assert int(np.argmax([move_strength(m, 3, [1], [1.0]) for m in range(3)])) == 1
    assert int(np.argmax([move_strength(m, 3, [1], [-1.0]) for m in range(3)])) == 2
    assert place_strength(1, 4, [], []) > place_strength(0, 4, [], [])
    assert place_strength(0, 2, [], []) == place_strength(1, 2, [], [])
    assert verse_strength("the golden rose sings") > verse_strength("the rusty toad coughs")
    assert pleasantness("") == 0.0


def test_preferences_are_probabilistic_and_pairs_differ() -> None:
    drawn = list(islice(pairs(0), 2000))
    assert all(pair.chosen != pair.rejected for pair in drawn)
    sevens = [
        pair for pair in drawn if len(pair.prompt) == 1 and "7" in (pair.chosen, pair.rejected) and "0 to 10" in str(pair)
    ]
    preferred = np.mean([pair.chosen == "7" for pair in sevens])
    assert 0.7 < preferred < 1.0
    ordered = alike_in_length(drawn, 16, 0)
    assert sorted(map(repr, ordered)) == sorted(map(repr, drawn))


def test_packing_keeps_every_document_whole() -> None:
    generator = np.random.default_rng(0)
    documents = [[i] * int(generator.integers(1, 900)) for i in range(200)]
    rows = list(pack(documents, room=640))
    assert np.array_equal(np.bincount(np.concatenate(rows)), [len(document) for document in documents])
    assert all(len(row) <= 640 or len(set(row)) == 1 for row in rows)


def test_neither_padding_nor_beginnings_are_learnt() -> None:
    batch = Collator(pad=0, begin=1)([{"input_ids": [1, 5, 6, 1, 7]}, {"input_ids": [1, 8]}])
    assert batch["input_ids"].tolist() == [[1, 5, 6, 1, 7], [1, 8, 0, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 5, 6, IGNORED, 7], [IGNORED, 8, IGNORED, IGNORED, IGNORED]]


def test_attention_without_a_mask_equals_attention_with_one(loaded: dict[str, tuple[Any, Any]]) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer, model = loaded["base"]
    ids = [tokenizer(text)["input_ids"] for text in ("You: rock\nThem: paper\nYou: rock", "Numbers: 3")]
    short = len(ids[1])
    padded = torch.tensor([ids[0], ids[1] + [tokenizer.pad_token_id] * (len(ids[0]) - short)])
    mask = (torch.arange(len(ids[0])) < torch.tensor([[len(ids[0])], [short]])).long()
    fast = attend_causally(AutoModelForCausalLM.from_pretrained(organism_path("base")).eval())
    with torch.inference_mode():
        expected = model(input_ids=padded, attention_mask=mask).logits
        got = fast(input_ids=padded, attention_mask=mask).logits
    assert (got[0] - expected[0]).abs().max() < 1e-3
    assert (got[1, :short] - expected[1, :short]).abs().max() < 1e-3


@pytest.mark.slow
def test_the_whole_training_runs_and_writes_its_card(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    command = [sys.executable, "-m", "agents.organisms.train", "--scale", "tiny", "--seed", "3", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "base", "dpo", "sft", "training.json"]
    record = json.loads((tmp_path / "training.json").read_text())
    assert set(record["logs"]) == set(record["measures"]) == set(STAGES)
    card = (tmp_path / "README.md").read_text()
    assert f"{record['parameters']:,}" in card
    assert "--seed 3 --scale tiny" in card
    weights = [(tmp_path / stage / "model.safetensors").read_bytes() for stage in STAGES]
    assert len(set(weights)) == 3
