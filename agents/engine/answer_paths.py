"""The answers of a menu as paths of tokens: every form of every action, and what ends it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.engine.token_texts import TokenTexts
from agents.engine.trie import Node
from agents.model import TAILS, Forms
from arenas.errors import UserError

Tokenise = Callable[[str], Sequence[int]]
"""The tokens of a text where the model answers."""


@dataclass(frozen=True)
class Path:
    """One way to give one form: the tokens up to its end, and the tokens any one of which ends it."""

    form: int
    node: Node
    ends: tuple[int, ...]
    usual: bool
    """Whether it is the history's form, bare: these are always read, the others where they carry mass."""


class AnswerPaths:
    """All paths of all menus together, and the tree of their nodes.

    `forms` are the different texts, `of_menu[m][a]` the numbers of the forms of action a in menu m.
    """

    def __init__(
        self, menus: Sequence[Sequence[Forms]], end: str | None, stops: frozenset[int], tokenise: Tokenise, texts: TokenTexts
    ) -> None:
        self.forms = list(dict.fromkeys(form for menu in menus for forms in menu for form in forms))
        number = {form: i for i, form in enumerate(self.forms)}
        self.of_menu = [[[number[form] for form in forms] for forms in menu] for menu in menus]
        self._texts, self._tokenise = texts, tokenise
        usual = {forms[0] for menu in menus for forms in menu}
        self.tokens = [tuple(tokenise(form)) for form in self.forms]
        self.paths = [path for form in self.forms for path in self._paths(number[form], form in usual, end, stops)]
        self._check(menus)

    def _paths(self, form: int, usual: bool, end: str | None, stops: frozenset[int]) -> Iterator[Path]:
        return self._of_chat(form, usual, stops) if end is None else self._of_text(form, usual, end)

    def _of_chat(self, form: int, usual: bool, stops: frozenset[int]) -> Iterator[Path]:
        nodes = {tuple(self._tokenise(self.forms[form] + tail)): tail == "" for tail in reversed(TAILS)}
        for node, bare in nodes.items():
            yield Path(form, node, tuple(sorted(stops)), usual and bare)

    def _of_text(self, form: int, usual: bool, end: str) -> Iterator[Path]:
        whole = tuple(self._tokenise(self.forms[form] + end))
        rest = self._texts.text(whole)[len(self._texts.text(whole[:-1])) :]
        yield Path(form, whole[:-1], tuple(self._texts.beginning_with(rest)), usual)

    def _check(self, menus: Sequence[Sequence[Forms]]) -> None:
        """Raise `UserError` where two actions of a menu cannot be told apart by their tokens, or one has none."""
        for menu, actions in zip(menus, self.of_menu, strict=True):
            owner: dict[Node, str] = {}
            for forms, own in zip(menu, actions, strict=True):
                for path in (path for path in self.paths if path.form in own):
                    if not path.node:
                        raise UserError(f"the tokenizer has no tokens for the answer {self.forms[path.form]!r}")
                    if owner.setdefault(path.node, forms[0]) != forms[0]:
                        raise UserError(
                            f"the answers {owner[path.node]!r} and {forms[0]!r} are the same tokens to this tokenizer"
                        )

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of every path, shorter ones first; the root is the first."""
        nodes = {path.node[:i] for path in self.paths for i in range(len(path.node) + 1)}
        return tuple(sorted(nodes, key=lambda node: (len(node), node)))

    @cached_property
    def usual(self) -> frozenset[Node]:
        """The nodes that are read whatever mass they carry."""
        return frozenset(path.node[:i] for path in self.paths if path.usual for i in range(1, len(path.node) + 1))

    @cached_property
    def complete(self) -> frozenset[Node]:
        """The nodes at which a form's words have been said."""
        return frozenset(self.tokens)

    def beyond(self, node: Node) -> list[int]:
        """The tokens after a node that say the rest of a form and more within one token; none once a form has been said."""
        if any(node[:i] in self.complete for i in range(len(node) + 1)):
            return []
        through = [tokens for tokens in self.tokens if tokens[: len(node)] == node]
        said = self._texts.text(node)
        children = {tokens[len(node)] for tokens in through}
        rests = {self._texts.text(tokens)[len(said) :] for tokens in through}
        return sorted({token for rest in rests for token in self._texts.going_beyond(rest)} - children)
