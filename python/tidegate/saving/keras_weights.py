"""Weights of a model in Keras' layout: the bytes of an HDF5 file, and back."""

from __future__ import annotations

import warnings

import numpy as np

from ..config import floatx
from ..errors import message, not_offered
from ..layers.index_lookup import IndexLookup
from ..layers.layer import Layer
from ..optimizers.optimizer import Optimizer
from ..tensor import Variable
from . import hdf5
from .errors import WeightsFileError
from .layout import Group, groups, lookup_of

__all__ = ["encode_weights", "load_into"]

_IDF = "idf_weights"  # the one array of Keras that has a name: of a lookup in the mode "tf_idf"


def encode_weights(op: str, model: Layer) -> bytes:
    """The bytes of ``model.weights.h5``: weights, and the state of the optimizer if compiled.

    Raises:
        NotOfferedError: a layer of a user with hooks of its own.
    """
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, str] = {}
    for group in groups(model):
        _refuse_own_hooks(op, group)
        if group.variables:
            names[group.folder] = group.name
        for key, variable in zip(group.keys(), group.variables, strict=True):
            arrays[key] = _for_keras(variable)
        lookup = lookup_of(group.owner)
        if lookup is not None and lookup.idf_weights is not None:
            arrays[f"{group.folder}/{_IDF}"] = lookup.padded_idf_weights()
    return hdf5.encode(op, arrays, names)


def _refuse_own_hooks(op: str, group: Group) -> None:
    """What such a layer would write besides its variables must not be lost in silence."""
    if isinstance(group.owner, Optimizer):
        return
    for hook in ("save_own_variables", "load_own_variables"):
        if hasattr(group.owner, hook):
            raise not_offered(
                op,
                f"{hook} of a layer of your own ({group.name!r})",
                "weights made by add_weight, trainable or not, are saved without it",
            )


def _for_keras(variable: Variable) -> np.ndarray:
    """The values; a counter as int32, as Keras has it, while it fits."""
    values = variable.value
    if values.dtype == np.int64 and np.all(np.abs(values) < 2**31):
        return values.astype(np.int32)
    return values


def load_into(
    op: str, model: Layer, arrays: dict[str, np.ndarray], skip_mismatch: bool = False
) -> None:
    """Set the variables of a model from the arrays of a file, all or, on an error, none.

    The state of an optimizer that does not fit is left as it is, with a warning, as in Keras.

    Args:
        arrays: {path: array}, as ``hdf5.parse`` gives them.
        skip_mismatch: leave an object as it is, with a warning, where its arrays do not fit.

    Raises:
        WeightsFileError: arrays that are missing, left over, or of another shape or kind.
        NotOfferedError: a layer of a user with hooks of its own.
    """
    left: dict[str, dict[str, np.ndarray]] = {}
    for key, values in arrays.items():
        left.setdefault(key.rpartition("/")[0], {})[key] = values
    _build_optimizers(model)
    planned: list[tuple[Variable, np.ndarray]] = []
    frequencies: list[tuple[IndexLookup, np.ndarray]] = []
    skipped = []
    for group in groups(model):
        _refuse_own_hooks(op, group)
        given = left.pop(group.folder, {})
        lookup = lookup_of(group.owner)
        idf = None if lookup is None else given.pop(f"{group.folder}/{_IDF}", None)
        if lookup is not None and idf is not None:
            frequencies.append((lookup, _checked_idf(op, lookup, idf)))
        problem, pairs = _fit(op, group, given)
        if problem is None:
            planned += pairs
        elif isinstance(group.owner, Optimizer) or skip_mismatch:
            skipped.append(problem)
        else:
            raise WeightsFileError(problem)
    # Without compile, the state of an optimizer has no place: nothing is lost for the outputs.
    unused = sorted(key for key in left if "optimizer" not in key.split("/"))
    if unused and not skip_mismatch:
        raise WeightsFileError(
            message(
                op,
                "the model must have a place for every array of the file",
                f"{unused[:5]} left over",
                "the file is that of another model; skip_mismatch=True takes what fits",
            )
        )
    for variable, values in planned:
        variable.assign(values)
    for lookup, values in frequencies:
        lookup.idf_weights = values
    for problem in skipped:
        warnings.warn(f"not loaded: {problem}", stacklevel=4)


def _checked_idf(op: str, lookup: IndexLookup, values: np.ndarray) -> np.ndarray:
    """The weights of the tokens that there are; those behind them are padding."""
    row = values.ndim == 1 and values.dtype.kind == "f" and len(values) >= lookup.vocabulary_size()
    if lookup.output_mode != "tf_idf" or not row:
        raise WeightsFileError(
            message(
                op,
                f'{lookup.name!r} takes a weight for each token, for "tf_idf" alone',
                f"{values.dtype.name} {list(values.shape)} for {lookup.output_mode!r}",
            )
        )
    return values.astype(floatx())


def _build_optimizers(model: Layer) -> None:
    """Make the slots of those that have not stepped yet, so that there is a place for them."""
    for layer in model.flatten_layers():
        optimizer = vars(layer).get("optimizer")
        if isinstance(optimizer, Optimizer) and layer.built:
            optimizer.build(layer.trainable_weights)


def _fit(
    op: str, group: Group, given: dict[str, np.ndarray]
) -> tuple[str | None, list[tuple[Variable, np.ndarray]]]:
    """What is wrong with the arrays for this group, else (variable, values) of each."""
    wanted, variables = group.keys(), group.variables
    if isinstance(group.owner, Optimizer) and len(given) == len(group.owner.counters()):
        # One that has not stepped yet has no slots in the file: they are zero.
        wanted, variables = wanted[: len(given)], variables[: len(given)]
    if given.keys() != set(wanted):
        problem = message(
            op,
            f"{group.name!r} ({group.path or 'the model'}) must have {len(wanted)} arrays",
            len(given),
            "the file is that of another model, or of another optimizer",
        )
        return problem, []
    pairs = []
    for key, variable in zip(wanted, variables, strict=True):
        values = _converted(given[key], variable)
        if values is None:
            problem = message(
                op,
                f"{key!r} must be {variable.dtype} {list(variable.shape)}",
                f"{given[key].dtype.name} {list(given[key].shape)}",
            )
            return problem, []
        pairs.append((variable, values))
    return None, pairs


def _converted(values: np.ndarray, variable: Variable) -> np.ndarray | None:
    """The values in the dtype of the variable; None for another shape or kind of number."""
    dtype = np.dtype(variable.array.dtype)
    kinds = {"f": "f", "i": "iu", "u": "iu", "b": "b"}
    if values.shape != variable.shape or values.dtype.kind not in kinds[dtype.kind]:
        return None
    converted = values.astype(dtype)
    exact = dtype.kind == "f" or np.array_equal(converted, values)
    return converted if exact else None
