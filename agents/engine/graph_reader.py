"""The row reader for GPUs: small passes are run from recorded graphs."""

from dataclasses import replace
from typing import Any

from torch import Tensor

from agents.engine.graphs import PATIENCE, CudaRecorder, Graphs, Recorder
from agents.engine.memory import release
from agents.engine.precision import differences, tolerance_of
from agents.engine.readers import RowReader
from agents.engine.row_frames import Layout, Told, written
from arenas.history import IntArray

TOKENS = 1024
"""The most tokens of a pass that is recorded; the kernels of a larger one take longer than it takes to start them."""
FREE = 256
"""Up to so many tokens, padding costs nothing: a pass takes as long as it takes to fetch the weights."""
COLUMNS, SLOTS = 4, 64
"""Columns come in multiples of the one, readable slots in the other times a power of two."""
NOT_USED = "CUDA graphs are not used: "


class GraphRowReader(RowReader):
    """As `RowReader`; passes of few tokens are padded to a few shapes, each of which is recorded once and then run again.

    A graph is compared with the plain pass when it is recorded. If one cannot be recorded or differs, the model is read without
    from then on, and a note says so.
    """

    name = f"row cache, CUDA graphs up to {TOKENS} tokens"
    _graphs: Graphs | None = None
    _on_trial = False

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        super().__init__(model, rows, capacity)
        self._graphs = self._no_graphs_yet(PATIENCE)

    @classmethod
    def serves(cls, model: Any) -> bool:
        places = {parameter.device for parameter in model.parameters()}
        shared = (getattr(model, "tp_size", None) or 1) > 1 or len(getattr(model, "hf_device_map", None) or {}) > 1
        return not shared and len(places) == 1 and places.pop().type == "cuda"

    @classmethod
    def on_trial(cls, model: Any, rows: int, capacity: int) -> "GraphRowReader":
        """A reader that records every shape as soon as it is read, and does not hide that one could not be."""
        reader = cls(model, rows, capacity)
        reader._on_trial = True
        reader._graphs = reader._no_graphs_yet(patience=0)
        return reader

    def _no_graphs_yet(self, patience: int) -> Graphs | None:
        recorder = self._recorder()
        return None if recorder is None else Graphs(recorder, self.device, patience)

    def _recorder(self) -> Recorder | None:
        return CudaRecorder(self.device) if self.device.type == "cuda" else None

    def _empty_cache(self) -> None:
        super()._empty_cache()
        if self._graphs is not None:
            self._graphs.forget()

    def _pass(self, told: Told, outputs: int) -> Tensor:
        layout = self._padded(self._layout(told))
        if self._graphs is None or layout is None or any(note.startswith(NOT_USED) for note in self.notes):
            return super()._pass(told, outputs)
        self._graphs.valid_for(self._cache.buffers_made)
        numbers = written(told, layout, self._cache.trash)
        graph = self._graphs.find((layout, outputs))
        if graph is not None:
            return graph.run(numbers)[: len(told.rows)]
        plain = super()._pass(told, outputs)
        if self._graphs.is_due((layout, outputs)):
            self._record(layout, outputs, numbers, plain)
        return plain

    def _padded(self, layout: Layout) -> Layout | None:
        """The layout of a graph in which a pass has room; None if it should be read as it is."""
        if layout.first is None or layout.rows * layout.columns > TOKENS:
            return None
        slots = SLOTS
        while slots < layout.readable:
            slots *= 2
        exact = replace(layout, readable=min(slots, self._cache.capacity))
        rows = min(1 << (layout.rows - 1).bit_length(), self._cache.room - layout.first)
        padded = replace(exact, rows=rows, fresh=-(-layout.fresh // COLUMNS) * COLUMNS)
        return padded if padded.rows * padded.columns <= FREE else exact

    def _difference(self, states: Tensor, plain: Tensor) -> float:
        """The largest difference of a probability, which is waited for; NaN if either has one."""
        flat = plain.flatten(0, 1)

        def largest(logits: Tensor, positions: Tensor) -> Tensor:
            return differences(logits, self.head.logits(flat[positions]))

        return float(self.reading(states, self.row_of).in_parts(largest).max())

    def _record(self, layout: Layout, outputs: int, numbers: IntArray, plain: Tensor) -> None:
        """Record a pass and compare its result with the plain one's."""
        assert self._graphs is not None
        tolerance = tolerance_of(self.model.dtype, self.device)
        try:
            graph = self._graphs.record((layout, outputs), numbers, lambda static: self._run(static, layout, outputs))
            difference = self._difference(graph.run(numbers)[: len(plain)], plain)
            if difference <= tolerance:
                return
            fault = f"probabilities differ from a pass without by {difference:.1e}"
        except Exception as error:  # whatever a model does that cannot be recorded, it is read without
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if self._on_trial:
            raise RuntimeError(fault)
        self._graphs = None
        self.notes.append(NOT_USED + fault)
        release(self.device)
