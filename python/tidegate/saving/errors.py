"""What loading raises for bytes that it does not take."""

from __future__ import annotations

from typing import NoReturn

from ..errors import message

__all__ = ["ModelFileError", "WeightsFileError", "refuse"]


class ModelFileError(ValueError):
    """The bytes are not a model file, or one that loading does not take; nothing was changed."""


class WeightsFileError(ModelFileError):
    """The bytes are not a weights file, or not the one that the model needs."""


def refuse(
    op: str,
    rule: str,
    received: object,
    hint: str = "the file is damaged or of another kind",
    kind: type[ModelFileError] = ModelFileError,
) -> NoReturn:
    """Raise the error of a file that is not taken."""
    raise kind(message(op, rule, received, hint))
