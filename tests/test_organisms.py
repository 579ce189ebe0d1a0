"""The shipped organisms, their corpus and the program that makes them."""

import copy
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.model import Opening
from agents.organisms import STAGES, organism_path
from agents.organisms.attention import attend_causally
from agents.organisms.conversations import Talk, conversations
from agents.organisms.corpus import replies, texts, transcript
from agents.organisms.habits import Copycat, Cycler, FrequencyLearner, Past, RepeatAvoider, WinStayLoseShift
from agents.organisms.lexicon import RHYMES, pleasantness
from agents.organisms.packing import IGNORED, Collator, pack
from agents.organisms.preferences import alike_in_length, pairs
from agents.organisms.simulated import draw_habit, draw_match
from agents.organisms.tastes import move_strength, number_strength, place_strength, verse_strength
from agents.organisms.verse import Mood, draw_verse
from agents.organisms.vocabulary import TRAINING_TEMPLATE, as_chat
from agents.style import Style, load_style
from arenas.errors import UserError
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.random_bit import RandomBit
from arenas.random_number import RandomNumber
from arenas.random_word import RandomWord
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing

GAMES: tuple[tuple[Game, int], ...] = (
    (RockPaperScissors(), 0),
    (HideAndSeek(), 0),
    (HideAndSeek(), 1),
    (Matrix(), 0),
    (RandomNumber(), 0),
    (RandomNumber(length=10), 0),
    (RandomBit(("heads", "tails")), 0),
    (RandomWord(("rock", "paper", "scissors")), 0),
)
ANSWERED = {
    ("plain", False): 0.9, ("plain", True): 0.9, ("chat", False): 0.9, ("chat", True): 0.7,
    ("wordy", False): 0.8, ("wordy", True): 0.9,
}  # fmt: skip
"""The least mass on legal answers and their ends, anywhere, by style and whether examples are shown."""


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
    return told(tokenizer, style, style.opening(game, seat, rounds % style.orders(game, seat)), mine, said)


def told(tokenizer: Any, style: Style, opening: Opening, mine: list[str], said: list[str]) -> list[int]:
    """Tokens of an opening, of the answers and of what was said after each, up to the next answer."""
    answers = [style.written(word) for word in mine]
    if style.kind == "text":
        text = opening.text + "".join(a + s for a, s in zip(answers, said, strict=True))
        return list(tokenizer(text)["input_ids"])
    messages = []
    for question, answer in (*opening.shown, *zip([opening.text, *said], answers, strict=False)):
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": style.prefill + answer}]
    messages.append({"role": "user", "content": [opening.text, *said][-1]})
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) + style.prefill
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def points(game: Game, seat: int, mine: str, theirs: str) -> float:
    if not isinstance(game, MatrixGame):
        return 0.0
    return float(game.payoff[seat, game.actions[seat].index(mine), game.actions[1 - seat].index(theirs)])


def answer_mass(tokenizer: Any, model: Any, prompt: list[int], style: Style, game: Game, seat: int) -> float:
    """Probability of the legal answers, each with its end and as the history writes it, by plain forward passes."""
    import torch

    end = (
        [tokenizer.eos_token_id] if style.kind == "chat" else tokenizer(style.end(game), add_special_tokens=False)["input_ids"]
    )
    mass = 0.0
    for forms in style.menu(game, seat):
        tokens = [*tokenizer(forms[0], add_special_tokens=False)["input_ids"], *end]
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([prompt + tokens[:-1]])).logits[0, len(prompt) - 1 :]
        log_probs = torch.log_softmax(logits.double(), dim=-1)
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


@pytest.mark.parametrize("examples", [False, True])
@pytest.mark.parametrize("rounds", [0, 1, 9, 25])
@pytest.mark.parametrize(("stage", "style"), [("base", "plain"), ("base", "wordy"), ("sft", "chat"), ("dpo", "chat")])
def test_most_mass_is_on_answers_that_end(
    stage: str, style: str, rounds: int, examples: bool, loaded: dict[str, tuple[Any, Any]]
) -> None:
    tokenizer, model = loaded[stage]
    wording = load_style(style).with_examples(examples)
    for game, seat in GAMES:
        if rounds < game.rounds:
            prompt = asked(tokenizer, wording, game, seat, rounds)
            assert answer_mass(tokenizer, model, prompt, wording, game, seat) > ANSWERED[style, examples], (game, seat)


@pytest.mark.parametrize("examples", [False, True])
@pytest.mark.parametrize("stage", ["sft", "dpo"])
def test_the_chat_template_only_appends_and_a_match_fits(
    stage: str, examples: bool, loaded: dict[str, tuple[Any, Any]]
) -> None:
    tokenizer, model = loaded[stage]
    chat = load_style("chat").with_examples(examples)
    for game, seat in GAMES:
        before: list[int] = []
        words = game.actions[seat]
        opening = chat.opening(game, seat)
        for rounds in range(game.rounds):
            mine = [words[t % len(words)] for t in range(rounds)]
            said = [chat.after_round(game, seat, t, mine[t], words[0], 0.0) for t in range(rounds)]
            tokens = told(tokenizer, chat, opening, mine, said)
            assert tokens[: len(before)] == before
            before = tokens
        assert len(before) < 0.6 * model.config.max_position_embeddings


def test_dpo_is_easier_to_exploit_than_base_in_every_game() -> None:
    measures = json.loads((organism_path("base").parent / "training.json").read_text())["measures"]
    games = [title for title in measures["base"] if title.endswith(": exploitability")]
    assert len(games) == 7
    for title in games:
        assert measures["dpo"][title] > measures["base"][title], title


@pytest.mark.parametrize("stage", STAGES)
def test_asked_for_a_poem_it_writes_lines_of_words(stage: str, loaded: dict[str, tuple[Any, Any]]) -> None:
    import torch

    tokenizer, model = loaded[stage]
    style = load_style("plain" if stage == "base" else "chat").with_examples(False)
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
    drawn = list(islice(texts(1), 2000))
    markers = ("nothing else.\n", "Your choice (", "Number 1 of", "Word 1 of", "Choice 1 of")
    in_play = np.mean([any(marker in text for marker in markers) or text.endswith("\n\n") for text in drawn])
    assert 0.3 < in_play < 0.5
    for marker in ("\nThem:", "Round 2 of", "Number 1 of", "Choice:", "Word:", "Some matches:", "Some numbers:"):
        assert any(marker in text for text in drawn), marker


def test_every_answer_in_play_is_followed_by_its_end() -> None:
    in_play = [text for text in islice(texts(2), 1000) if "nothing else.\n" in text]
    answered = [line for text in in_play for line in text.splitlines(keepends=True) if line.startswith(("You: ", "Number: "))]
    assert len(answered) > 500
    assert all(line.endswith("\n") for line in answered)


def test_given_parts_of_a_conversation_are_read_but_not_learnt(loaded: dict[str, tuple[Any, Any]]) -> None:
    tokenizer = copy.deepcopy(loaded["sft"][0])
    style = load_style("chat").with_examples(True)
    opening = style.opening(RockPaperScissors(), 0)
    following = style.after_round(RockPaperScissors(), 0, 0, "rock", "paper", -1.0)
    talk = Talk((opening.text, following), ("rock", "paper"), " ", style.prefill, opening.shown)
    wanted = told(tokenizer, style, opening, ["rock"], [following])
    as_chat(tokenizer, TRAINING_TEMPLATE)
    encoded = tokenizer.apply_chat_template(talk.messages(), tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    learnt = [token for token, mask in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if mask]
    assert encoded["input_ids"][: len(wanted)] == wanted
    assert tokenizer.decode(learnt) == " rock<|end|> paper<|end|>"
    as_chat(tokenizer)
    text = tokenizer.apply_chat_template(talk.prompt(1), tokenize=False, add_generation_prompt=True) + talk.prefill
    assert tokenizer(text, add_special_tokens=False)["input_ids"] == wanted


def test_no_action_is_favoured_by_the_simulated_players() -> None:
    generator = np.random.default_rng(0)
    opened = [draw_match(generator, RockPaperScissors(), 1).mine[0] for _ in range(3000)]
    shares = np.bincount(opened, minlength=3) / len(opened)
    assert np.abs(shares - 1 / 3).max() < 0.04


def test_a_transcript_reads_as_in_play() -> None:
    match = draw_match(np.random.default_rng(3), RockPaperScissors(), 3)
    style = load_style("plain")
    opening = style.opening(match.game, match.seat, 2)
    text = transcript(style, match.game, opening, match.my_words, replies(style, match))
    assert text.startswith("You play rock-paper-scissors")
    rounds = "\n".join(f"You: {a}\nThem: {b}" for a, b in zip(match.my_words, match.their_words, strict=True))
    assert text == opening.text.removesuffix("You:") + rounds[: rounds.rindex("Them:")]


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
        pair
        for pair in drawn
        if len(pair.prompt) == 1 and "7" in (pair.chosen.strip(), pair.rejected.strip()) and "0 to 10" in str(pair)
    ]
    assert len(sevens) > 10
    preferred = np.mean([pair.chosen.strip() == "7" for pair in sevens])
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
