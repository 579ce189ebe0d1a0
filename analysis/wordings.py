"""Wordings as a random factor: what is asked could have been asked otherwise, and an interval should hold that."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.interval import Estimate, averaged

Wordings = Mapping[str, Mapping[str, str]]
"""By agent, and by the style that it is asked in, the entrant that plays."""


def wordings_of(config: Mapping[str, Any]) -> Wordings:
    """The agents of a run's configuration that play in several styles; each of their entrants is an agent of the run, too."""
    return {
        agent: {entrant.removeprefix(f"{agent}."): entrant for entrant in entrants}
        for agent, entrants in dict(config.get("wordings", {})).items()
    }


def folded_names(names: Sequence[str], wordings: Wordings) -> dict[str, tuple[str, str]]:
    """Of each entrant the agent that it is one wording of, and the style; itself and no style for all others."""
    of = {entrant: (agent, style) for agent, entrants in wordings.items() for style, entrant in entrants.items()}
    return {name: of.get(name, (name, "")) for name in names}


def over_wordings(parts: Sequence[Estimate]) -> Estimate:
    """The mean over wordings, as if these were drawn from all there might be; of one wording alone, its own estimate.

    Student's t over the wordings' means, whose spread holds the noise of the matches as well; never surer than that noise is.
    """
    if len(parts) == 1:
        return parts[0]
    means, noise = np.array([part.mean for part in parts]), averaged(parts)
    variance = float(means.var(ddof=1)) / len(parts)
    if variance >= noise.variance or np.isnan(noise.variance):
        return Estimate(float(means.mean()), variance, len(parts) - 1.0)
    return noise
