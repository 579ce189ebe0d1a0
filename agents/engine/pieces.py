"""From what is said to tokens: texts that go on, and turns of a chat."""

from agents.engine.chat_pieces import ChatPieces
from agents.engine.text_pieces import Pieces, TextPieces

__all__ = ["ChatPieces", "Pieces", "TextPieces"]
