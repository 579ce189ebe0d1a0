"""Recorded forward passes: where kernels are so short that starting them takes longer, all of a pass are started at once.

The numbers of a pass go to the buffer from which its graph was recorded, and the graph is run again: CUDA graphs.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from agents.engine.transfers import sent
from arenas.history import IntArray

MOST = 24
"""The most graphs that are kept; the one that was used longest ago goes."""
PATIENCE = 2
"""How often a shape is read as it is before it is recorded, since recording takes as long as a few passes."""

Run = Callable[[Tensor], Tensor]
"""A pass: hidden states of what was `written`."""


class Recorder(Protocol):
    """Records what is started on a device."""

    def record(self, run: Callable[[], Tensor]) -> tuple[Callable[[], Any], Tensor]:
        """What starts all of it again, and the tensor in which its result then lies."""

    def renew(self) -> None:
        """All that was recorded has been dropped."""


class CudaRecorder:
    """Graphs that share a pool of memory, since they never run at once, and the stream they are recorded on."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        with torch.cuda.device(device):
            self._beside: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self.renew()

    def renew(self) -> None:
        """Take another pool: one whose graphs were all dropped must not be used again."""
        self._pool: Any = torch.cuda.graph_pool_handle()

    def record(self, run: Callable[[], Tensor]) -> tuple[Callable[[], Any], Tensor]:
        """Warmed up on the stream it is recorded on, as libraries make their working space at first use."""
        with torch.cuda.device(self._device):
            here = torch.cuda.current_stream()
            self._beside.wait_stream(here)
            with torch.cuda.stream(self._beside):
                run()
            here.wait_stream(self._beside)
            graph = torch.cuda.CUDAGraph()
            try:
                # other threads may ask the device for memory meanwhile
                with torch.cuda.graph(graph, pool=self._pool, stream=self._beside, capture_error_mode="thread_local"):
                    result = run()
            except Exception as error:
                # torch leaves its stream in place, and hides the cause behind a complaint about the broken recording
                torch.cuda.set_stream(here)
                raise error.__context__ or error from None
        return graph.replay, result


@dataclass(frozen=True)
class Graph:
    """A recorded pass: where its numbers go, what runs it, and where its result then lies."""

    numbers: Tensor
    replay: Callable[[], Any]
    result: Tensor

    def run(self, written: IntArray) -> Tensor:
        """The result for other numbers, in a tensor of its own."""
        self.numbers.copy_(sent(written, self.numbers.device), non_blocking=True)
        self.replay()
        return self.result.clone()


class Graphs:
    """The graphs of one cache, each for one shape of a pass."""

    def __init__(self, recorder: Recorder, device: torch.device, patience: int = PATIENCE, most: int = MOST) -> None:
        self._recorder, self._device, self._patience, self._most = recorder, device, patience, most
        self._asked: dict[Hashable, int] = {}
        self._graphs: OrderedDict[Hashable, Graph] = OrderedDict()
        self._valid_for: Hashable = None

    def __len__(self) -> int:
        return len(self._graphs)

    def valid_for(self, buffers: Hashable) -> None:
        """Forget all graphs if they were recorded on other buffers."""
        if buffers != self._valid_for:
            self.forget()
            self._valid_for = buffers

    def forget(self) -> None:
        """Drop all graphs."""
        if self._graphs:
            self._graphs.clear()
            self._recorder.renew()

    def find(self, shape: Hashable) -> Graph | None:
        """The graph of a shape, if it was recorded."""
        if shape in self._graphs:
            self._graphs.move_to_end(shape)
        return self._graphs.get(shape)

    def is_due(self, shape: Hashable) -> bool:
        """Whether a shape is asked for so often that it should be recorded."""
        self._asked[shape] = self._asked.get(shape, 0) + 1
        return self._asked[shape] > self._patience

    def record(self, shape: Hashable, written: IntArray, run: Run) -> Graph:
        """Record a pass. Raises whatever it raises where it cannot be recorded."""
        numbers = sent(written, self._device)
        graph = Graph(numbers, *self._recorder.record(lambda: run(numbers)))
        self._graphs[shape] = graph
        if len(self._graphs) > self._most:
            self._graphs.popitem(last=False)
        return graph
