"""Language models as entrants. Knows nothing of the opponents."""

from arenas.registry import import_all

import_all(__name__, list(__path__))
