"""The games, the history, the loop and the record. Imports nothing of the project but itself."""

from arenas.registry import import_all

import_all(__name__, list(__path__))
