"""Scripted and adaptive players. Knows the arenas and nothing of language models."""

from arenas.registry import import_all

import_all(__name__, list(__path__))
