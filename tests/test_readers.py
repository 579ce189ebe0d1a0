"""Every way of reading gives the probabilities of plain forward passes; the fastest that is right is found."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from architectures import OLD, WINDOW, configs

from agents.engine import probe
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from agents.engine.reading import Reader, plain_logits
from agents.engine.stock_readers import ChunkReader, PairReader, TokenReader
from agents.engine.trie import Trie
from agents.engine.whole_readers import EqualReader, PaddedReader, SingleReader

EXACT = 1e-5
ROUNDED = {"qwen3_next": 1e-4, "qwen3_5": 1e-4}
"""Architectures whose plain float32 pass is itself further than `EXACT` from float64's."""
ROWS = "row cache"
OWN = "row cache, own attention"
BRANCHES = "row cache, own attention, answer by answer"
CHUNKS = "own cache, equal lengths together"
TOKENS = "own cache, token by token"
PAIRS = "own cache, no token alone"
ANEW = "whole rows, equal lengths together"
READ_BY = {
    **dict.fromkeys(configs(), ROWS),
    **dict.fromkeys(("gptj", "codegen", "xglm", "falcon"), OWN),
    **dict.fromkeys(("bloom", "mpt", "falcon_alibi"), BRANCHES),
    **dict.fromkeys(("gpt_neo", "mamba2", "bamba", "falcon_h1", "granitemoehybrid", "lfm2", "qwen3_next", "qwen3_5"), CHUNKS),
    **dict.fromkeys(("mamba", "falcon_mamba", "jamba", "minimax"), TOKENS),
    **dict.fromkeys(("zamba2", "rwkv"), PAIRS),
    # one keeps its state in its modules, the other cannot use its own cache
    **dict.fromkeys(("recurrent_gemma", "xlstm"), ANEW),
}
"""Which way each architecture is read: a fall to a slower one is to be noticed."""
TRIES = (Trie(((9, 5), (9, 6, 2, 8), (9, 6), (4,), (7, 1))), None, Trie(((30,), (31,))), Trie(((1, 2, 3), (1, 2, 4), (0,))))


@dataclass(frozen=True)
class Told:
    """What is told to six rows in a round, and what they then hold."""

    keep: list[int]
    deltas: list[list[int]]
    texts: list[list[int]]
    trie: Trie | None


def script(seed: int = 0, rounds: int = 5) -> list[Told]:
    """Ragged rounds far past any window: rows that are one, part and come to equal lengths, one that is told nothing, cuts."""
    rng = np.random.default_rng(seed)

    def tokens(count: int) -> list[int]:
        return [int(token) for token in rng.integers(3, 420, size=count)]

    opening = tokens(WINDOW + 5)
    texts: list[list[int]] = [[] for _ in range(6)]
    told = []
    for t in range(rounds):
        if t == 0:
            keep, deltas = [0] * 6, [opening] * 4 + [tokens(9), tokens(9)]
        else:
            keep = [max(1, len(text) - int(rng.choice([0, 0, 1, 12]))) for text in texts]
            shared = tokens(6)
            deltas = [shared, shared, tokens(6), tokens(1), tokens(int(rng.integers(2, 15))), [] if t == 2 else tokens(3)]
            keep[1] = keep[0] = min(keep[:2])
            if not deltas[5]:
                keep[5] = len(texts[5])
        texts = [[*text[:kept], *delta] for text, kept, delta in zip(texts, keep, deltas, strict=True)]
        told.append(Told(keep, deltas, texts, TRIES[t % len(TRIES)]))
    return told


def model_of(architecture: str, dtype: torch.dtype = torch.float32) -> Any:
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(copy.deepcopy(configs()[architecture])).eval().to(dtype)
    # some are born with flat distributions, which would hide errors
    spread = float(plain_logits(model, list(range(20, 60))).float().std())
    head = model.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach() * max(1.0, 2.0 / spread), requires_grad=False)
    return model


def by_plain_passes(model: Any, steps: list[Told]) -> list[list[torch.Tensor]]:
    """For each round and row, probabilities [1+N,V] after the text and each inner node, a plain pass for each."""
    return [[_after_nodes(model, text, told.trie) for text in told.texts] for told in steps]


def _after_nodes(model: Any, text: list[int], trie: Trie | None) -> torch.Tensor:
    prefixes = trie.prefixes if trie else ((),)
    return torch.stack([torch.softmax(plain_logits(model, [*text, *prefix])[-1].float(), dim=-1) for prefix in prefixes])


def largest_error(reader: Reader, steps: list[Told], wanted: list[list[torch.Tensor]]) -> float:
    errors = []
    for told, expected in zip(steps, wanted, strict=True):
        reading = reader.read(told.deltas, told.keep, told.trie)
        got = torch.softmax(reading.logits.float(), dim=-1)[reading.row_of]
        errors += [float((got[row] - expected[row]).abs().max()) for row in range(len(told.texts)) if told.deltas[row]]
    return max(errors)


@pytest.mark.parametrize("architecture", sorted(configs()))
def test_every_architecture_is_exact_and_takes_the_fastest_way_that_is(architecture: str) -> None:
    model, steps = model_of(architecture), script()
    wanted = by_plain_passes(model, steps)
    assert float(wanted[0][0].max()) > 0.01  # a flat distribution would hide errors
    kind, notes = choose_reader(model)
    assert kind.name == READ_BY[architecture], notes
    assert notes[0] == f"read by {kind.name}"
    reader = kind(model, rows=6, capacity=16)
    assert largest_error(reader, steps, wanted) <= ROUNDED.get(architecture, EXACT)
    assert 3 < len(reader.texts) < 6  # rows that were told the same are read once


EVERY_READER = (*probe.FASTEST_FIRST, SingleReader)


@pytest.mark.parametrize("kind", EVERY_READER, ids=lambda kind: str(kind.name))
def test_every_way_is_exact_on_a_windowed_transformer(kind: type[Reader]) -> None:
    model, steps = model_of("mistral"), script(seed=1, rounds=6)
    wanted = by_plain_passes(model, steps)
    kind.prepare(model)
    assert largest_error(kind(model, rows=6, capacity=1), steps, wanted) <= EXACT


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "qwen3_5", "mamba"])
def test_half_precision_is_no_further_off_than_a_plain_pass_in_half_precision(architecture: str) -> None:
    exact, half, steps = model_of(architecture), model_of(architecture, torch.bfloat16), script()
    half.load_state_dict(exact.state_dict())
    wanted, rounded = by_plain_passes(exact, steps), by_plain_passes(half, steps)
    own = [
        float((a[row] - b[row]).abs().sum() / 2)
        for told, a, b in zip(steps, wanted, rounded, strict=True)
        for row in range(6)
        if told.deltas[row]
    ]
    kind, notes = choose_reader(half)
    assert kind.name == READ_BY[architecture], notes
    reader, distances = kind(half, rows=6, capacity=16), []
    for told, expected in zip(steps, wanted, strict=True):
        reading = reader.read(told.deltas, told.keep, told.trie)
        got = torch.softmax(reading.logits.float(), dim=-1)[reading.row_of]
        distances += [float((got[row] - expected[row]).abs().sum() / 2) for row in range(6) if told.deltas[row]]
    assert 0.0 < np.mean(distances) <= 1.3 * np.mean(own)


def gpt_neo(window: int) -> Any:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_layers": 2, "num_heads": 2, "max_position_embeddings": 2048}
    kinds = {"attention_types": [[["global", "local"], 1]], "window_size": window}
    return transformers.AutoModelForCausalLM.from_config(transformers.GPTNeoConfig(**sizes, **kinds, **OLD)).eval()


def test_a_window_that_cannot_be_shortened_is_exceeded() -> None:
    kind, notes = choose_reader(gpt_neo(window=100))
    assert kind is ChunkReader, notes


def test_a_window_that_is_too_long_to_try_is_named() -> None:
    _, notes = choose_reader(gpt_neo(window=1500))
    assert notes[-1] == "window_size of 1500 tokens was not tried"


class Forgetful(RowReader):
    """A reader that loses the first token of every row, as a window of the wrong size would."""

    name = "forgetful"

    def read(self, deltas: Any, keep: Any, trie: Trie | None = None) -> Any:
        return super().read([delta[1:] or delta for delta in deltas], [max(0, kept - 1) for kept in keep], trie)


def test_what_no_way_reads_right_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "FASTEST_FIRST", (Forgetful,))
    model = model_of("llama")
    stock = model.config._attn_implementation
    kind, notes = choose_reader(model)
    assert kind is SingleReader
    assert notes[1].startswith("unfit for forgetful: probabilities differ from a plain forward pass by ")
    assert model.config._attn_implementation == stock


def test_reading_a_state_leaves_it_as_it_was() -> None:
    model = model_of("qwen3_5")
    reader = ChunkReader(model, rows=2, capacity=16)
    reader.read([[5, 6, 7], [5, 6, 7]], [0, 0])
    first = reader.read([[8], [9, 10]], [3, 3], TRIES[0]).logits
    again = reader.read([[8], [9, 10]], [3, 3], TRIES[0]).logits
    assert torch.equal(first, again)


def test_a_row_cut_by_its_last_tokens_is_not_read_anew() -> None:
    model = model_of("qwen3_5")
    reader = ChunkReader(model, rows=1, capacity=16)
    reader.read([list(range(20, 50))], [0])
    reader.read([[5, 6, 7]], [30])
    read: list[int] = []
    step = reader._step
    reader._step = lambda ids, length, cache: (read.append(ids.shape[1]), step(ids, length, cache))[1]  # type: ignore[method-assign,func-returns-value]
    reader.read([[8, 9]], [31])
    assert read == [3]


def test_the_ways_on_the_models_own_cache_differ_where_they_must() -> None:
    """Mamba forgets its state at a chunk, RWKV mixes up rows at a single token: the probe must see both."""
    for architecture, wrong, right in [("mamba", ChunkReader, TokenReader), ("rwkv", TokenReader, PairReader)]:
        model, steps = model_of(architecture), script()
        wanted = by_plain_passes(model, steps)
        assert largest_error(wrong(model, 6, 16), steps, wanted) > 1e-3
        assert largest_error(right(model, 6, 16), steps, wanted) <= EXACT


def test_texts_of_one_token_are_not_mixed_up() -> None:
    model, opening = model_of("rwkv"), [[5], [9], [11, 12], [13]]
    wanted = [torch.softmax(plain_logits(model, text)[-1].float(), dim=-1) for text in opening]
    for texts in (opening, opening[:2]):
        reading = PairReader(model, len(texts), 16).read(texts, [0] * len(texts))
        got = torch.softmax(reading.logits[:, 0].float(), dim=-1)[reading.row_of]
        for row in range(len(texts)):
            np.testing.assert_allclose(got[row], wanted[row], atol=EXACT)


def test_padding_is_not_passed_over_by_every_model() -> None:
    model, steps = model_of("recurrent_gemma"), script()
    wanted = by_plain_passes(model, steps)
    assert largest_error(PaddedReader(model, 6, 16), steps, wanted) > 1e-4
    assert largest_error(EqualReader(model, 6, 16), steps, wanted) <= EXACT
