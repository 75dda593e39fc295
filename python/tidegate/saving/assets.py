"""Vocabularies that were adapted, as members of a ``.keras`` file, where Keras keeps them.

``assets/<path>/vocabulary.txt`` has one token a line, special ones first; the path is that of the
layer's variables (``layout.py``). A name in a file is only looked up among those that the model
needs: nothing of it is ever opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import message, not_offered
from ..layers.index_lookup import IndexLookup
from ..layers.layer import Layer
from .errors import ModelFileError, refuse
from .layout import groups, lookup_of

__all__ = ["encode_vocabularies", "load_vocabularies"]


def encode_vocabularies(model: Layer) -> dict[str, bytes]:
    """{name of the member: its bytes}.

    Raises:
        NotOfferedError: a layer of a user that writes files.
        ValueError: a token with a line break.
    """
    return {name: lookup.vocabulary_text().encode() for name, lookup in _lookups(model)}


def load_vocabularies(op: str, model: Layer, members: Mapping[str, bytes]) -> None:
    """Give the members to the layers that need them.

    Raises:
        ModelFileError: one that is missing, left over, or no vocabulary of its layer.
    """
    left = dict(members)
    for name, lookup in _lookups(model):
        if name not in left:
            refuse(op, "the file must hold the vocabulary of every layer", f"no {name}")
        try:
            lookup.take_vocabulary_text(left.pop(name).decode())
        except (ValueError, OverflowError, RuntimeError) as error:
            raise ModelFileError(
                message(op, f"{name} must be the vocabulary of {lookup.name!r}: {error}")
            ) from error
    if left:
        refuse(op, "every vocabulary must be that of a layer", f"{min(left)!r:.80}")


def _lookups(model: Layer) -> Iterator[tuple[str, IndexLookup]]:
    """Each member that the model has, and the lookup whose vocabulary it is."""
    for group in groups(model):
        lookup = lookup_of(group.owner)
        if lookup is None and hasattr(group.owner, "save_assets"):
            name = f"files of a layer of your own ({group.owner.name!r})"
            raise not_offered("save_model", name, "weights, or a config")
        if lookup is not None and not lookup.has_given_vocabulary():
            yield f"assets/{group.path}/vocabulary.txt", lookup
