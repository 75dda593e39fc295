"""The base of all layers: names, dtypes, weights, configuration. Calling is in ``calling.py``."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from .. import constraints, dtype_policies, regularizers
from .._keras_names import LAYER_ATTRIBUTES
from .._lazy import missing_attribute
from ..dtype_policies import DTypePolicy
from ..dtypes import array_dtype, is_float
from ..errors import message
from ..metric_base import MetricBase
from ..scopes import trace_scope
from ..symbolic import Node
from ..tensor import Variable, as_array
from ..utils.naming import auto_name, to_snake_case
from .activity import REGULARIZED
from .auto_config import given_arguments, takes_name
from .calling import Calling
from .naming import path_scope

__all__ = ["Layer"]

# Attributes that may hold layers or variables that are not part of this one.
_UNTRACKED = frozenset(
    (
        "_given",
        "_shared_cell",
        "_inbound_nodes",
        "_states",
        "_own_variables",
        "_trained",
        "_known_facts",
        "_losses",
        "_root_call",
        "_passed",
        "optimizer",
    )
)

# Attributes of a model that hold metrics of ``compile``.
_COMPILED = frozenset(("_loss_tracker", "_compile_arguments", "_own_metrics"))

# Attributes of one call or one user, which a copy starts without.
_PASSING = frozenset(("_owner", "_known_facts", "_losses", "_root_call"))


class Layer(Calling):
    """Base class of layers: equations in ``call``, weights made in ``build``.

    Args:
        activity_regularizer: penalty on the outputs, divided by the batch size.
        trainable: whether training changes the weights.
        dtype: of weights and computations, or the policy that says both ("mixed_bfloat16", a
            ``DTypePolicy``); default ``config.dtype_policy()``.
        autocast: float inputs are cast to the dtype of the computations.
        name: default by class, with a number from the second on.

    Raises:
        ValueError: unknown keyword arguments.

    Example:

    >>> from tidegate import ops
    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight((input_shape[-1],), initializer="ones", name="scale")
    ...     def call(self, inputs):
    ...         return inputs * self.scale
    >>> Scale()(ops.convert_to_tensor([[1.0, 2.0]])).numpy()
    array([[1., 2.]], dtype=float32)
    """

    _given: dict[str, Any] | None  # constructor arguments, of a class without its own get_config

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        layer = super().__new__(cls)
        if getattr(cls.get_config, "automatic", False):
            layer._given = given_arguments(cls, args, kwargs)
        return layer

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        self._input_shape_arg = self._pop_input_shape(kwargs)
        if kwargs:
            raise ValueError(
                message(owner, "unrecognized keyword arguments", ", ".join(map(repr, kwargs)))
            )
        if not isinstance(trainable, bool):
            raise ValueError(message(owner, "trainable must be a bool", repr(trainable)))
        if name is not None and "/" in str(name):
            raise ValueError(message(owner, "name must be a string without '/'", repr(name)))
        self.name: str = name or auto_name(owner)
        self.auto_base = None if name else to_snake_case(owner)
        self.dtype_policy = dtype
        self.autocast = autocast
        self._trainable = trainable
        self.built = False
        self.input_spec: Any = None
        self.activity_regularizer = regularizers.get(activity_regularizer)
        if self.activity_regularizer is not None:
            REGULARIZED.append(True)
        self.supports_masking = type(self).compute_mask is not Calling.compute_mask
        self._path: str | None = None
        self._own_variables: list[Variable] = []
        self._inbound_nodes: list[Node] = []
        self._build_shapes: Any = None
        self._build_shapes_by_name: dict[str, Any] | None = None
        self._losses: list[Any] = []
        self._root_call: Any = None  # of ``added_losses``

    def _pop_input_shape(self, kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
        """``input_shape=`` and ``input_dim=`` of older tutorials: Sequential makes an Input."""
        shape = kwargs.pop("input_shape", None)
        if "input_dim" in kwargs:
            shape = (kwargs.pop("input_dim"),)
        if shape is not None:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using "
                "Sequential models, prefer using an `Input(shape)` object as the first layer in "
                "the model instead.",
                stacklevel=4,
            )
        return None if shape is None else tuple(shape)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _finished(vars(cls)["build"])  # type: ignore[method-assign]

    # Dtypes, names

    @property
    def dtype_policy(self) -> DTypePolicy:
        """In which dtypes the layer computes and keeps its weights; it can be set."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy = self._dtype_policy = dtype_policies.get(value)
        self._dtype = policy.variable_dtype
        self._compute = policy.compute_dtype
        self._quantization_mode: str | None = None
        self._mixed = self._compute != self._dtype
        # What an input's dtype.char must be for the short way of a call; no array has that of
        # bfloat16.
        self._char = {"float64": "d", "bfloat16": ""}.get(self._compute, "f")

    @property
    def dtype(self) -> str:
        """The dtype of the weights."""
        return self._dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        return self._dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype of the computations."""
        return self._compute

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are cast to."""
        return self._compute

    @property
    def quantization_mode(self) -> str | None:
        """What ``Model.quantize`` was called with, or None."""
        return self._quantization_mode

    @property
    def path(self) -> str:
        """The names of the layers around this one and its own, joined by "/"."""
        return self._path or self.name

    # Weights

    def add_weight(
        self,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        name: str | None = None,
        scope: str | None = None,
    ) -> Variable:
        """Make a weight.

        Args:
            shape: sizes, () by default.
            initializer: name, object or callable; default glorot_uniform for floats, else zeros.
            dtype: default the layer's.
            trainable: whether training changes it.
            regularizer: penalty that is added to ``losses``.
            constraint: applied after each step of the optimizer.
            autocast: whether a layer of "mixed_bfloat16" computes with its rounded values.
            aggregation: for Keras' signature.
            name: last part of the path.
            scope: a part of the path between the layer's and the weight's name.
        """
        from .. import initializers

        kind = self._dtype if dtype is None else array_dtype(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if is_float(kind) else "zeros"
        with trace_scope(None):
            variable = Variable(
                initializers.get(initializer),
                shape=tuple(shape or ()),
                dtype=kind,
                trainable=trainable,
                autocast=autocast,
                name=name or auto_name("variable"),
            )
        variable.trainable = variable.trainable and self._trainable
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        parts = (self.path, scope, variable.name)
        variable.path = "/".join(part for part in parts if part)
        self._own_variables.append(variable)
        return variable

    def sublayers(self) -> list[Layer]:
        """Layers held by this one, directly or in lists and dicts, in the order of attributes."""
        found: dict[int, Layer] = {}
        for key, value in vars(self).items():
            if key not in _UNTRACKED:
                for leaf in _members(value):
                    if isinstance(leaf, Layer) and leaf is not self:
                        found.setdefault(id(leaf), leaf)
        return list(found.values())

    @property
    def own_weights(self) -> list[Variable]:
        """Weights that this layer made itself, those that can be trained first."""
        found = {id(v): v for v in self._own_variables}
        for key, value in vars(self).items():
            if key not in _UNTRACKED:
                for leaf in _members(value):
                    if isinstance(leaf, Variable):
                        found.setdefault(id(leaf), leaf)
        return sorted(found.values(), key=lambda variable: variable.fixed)

    @property
    def weights(self) -> list[Variable]:
        """All weights: own ones, then those of sublayers, depth first."""
        found = {id(v): v for v in self.own_weights}
        for layer in self.sublayers():
            for variable in layer.weights:
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that training changes."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that training leaves alone."""
        kept = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in kept]

    @property
    def variables(self) -> list[Variable]:
        """Weights, then the kept states of stateful layers."""
        return [*self.weights, *(v for layer in self.flatten_layers() for v in layer.own_states())]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def own_metrics(self) -> list[MetricBase]:
        """Metrics held by this layer, directly or in lists and dicts."""
        skipped = _UNTRACKED | _COMPILED
        return [
            metric
            for key, value in vars(self).items()
            if isinstance(value, (MetricBase, list, tuple, dict)) and key not in skipped
            for metric in _members(value, (MetricBase,))
        ]

    @property
    def metrics(self) -> list[Any]:
        """Metrics that this layer and those below it hold as attributes.

        ``fit`` and ``evaluate`` log them under their names and reset them; ``call`` updates them.
        """
        found = {id(metric): metric for metric in self.own_metrics()}
        for layer in self.sublayers():
            found.update((id(metric), metric) for metric in layer.metrics)
        return list(found.values())

    def own_states(self) -> list[Variable]:
        """Variables that are no weights: what a stateful layer keeps between calls."""
        return []

    def flatten_layers(self) -> Iterator[Layer]:
        """This layer and all below it, depth first, each once."""
        seen: set[int] = set()
        waiting: list[Layer] = [self]
        while waiting:
            layer = waiting.pop(0)
            if id(layer) not in seen:
                seen.add(id(layer))
                yield layer
                waiting[:0] = layer.sublayers()

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets it for all sublayers too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in list(self.flatten_layers()):
            layer._set_trainable(bool(value))

    def _set_trainable(self, value: bool) -> None:
        self._trainable = value
        for variable in self.own_weights:
            variable.trainable = value and not variable.fixed

    @property
    def losses(self) -> list[Any]:
        """What the last call added, then the penalties on weights that are trained."""
        added = [loss for layer in self.flatten_layers() for loss in layer._losses]
        return added + [
            v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None
        ]

    def add_loss(self, loss: Any) -> None:
        """Inside of ``call``: add a tensor, or several, to what training minimizes.

        Raises:
            ValueError: something that is no tensor.
        """
        from .added_losses import add_loss

        add_loss(self, loss)

    def count_params(self) -> int:
        """The number of weights.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built:
            raise ValueError(
                message(
                    self.name,
                    "count_params needs a built layer",
                    "a layer without weights yet",
                    "layer.build(input_shape), or call it on data",
                )
            )
        return sum(variable.size for variable in self.weights)

    def get_weights(self) -> list[Any]:
        """Copies of all weights, as arrays, in the order of ``weights``."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace all weights; changes nothing if the length or a shape does not fit.

        Raises:
            ValueError: another number of arrays than of weights, an array of another shape.
        """
        variables = self.weights
        if len(weights) != len(variables):
            hint = None if self.built else "the layer is not built: build it or call it on data"
            raise ValueError(
                message(
                    "set_weights",
                    f"layer {self.name!r} needs a list of {len(variables)} arrays",
                    f"{len(weights)} arrays",
                    hint,
                )
            )
        arrays = [as_array(value, v.dtype) for value, v in zip(weights, variables, strict=True)]
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    message(
                        "set_weights",
                        f"weight {variable.path!r} must have shape {list(variable.shape)}",
                        list(array.shape),
                    )
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    # Configuration

    def get_config(self) -> dict[str, Any]:
        """The arguments that the base takes; for a class without its own, all that are plain.

        Raises:
            NotImplementedError: a class without ``get_config`` that was made with an argument that
                is no number, string, None, or list or dict of them.
        """
        own: dict[str, Any] = {"name": self.name}
        if getattr(type(self).get_config, "automatic", False):
            if self._given is None:
                raise NotImplementedError(
                    message(
                        type(self).__name__,
                        "a layer with such arguments must write get_config",
                        "an argument that is no number, string, list or dict",
                        "return {**super().get_config(), 'argument': ...}",
                    )
                )
            own = {**own, **self._given} if takes_name(type(self)) else dict(self._given)
        policy = dtype_policies.serialize(self._dtype_policy)
        config = {**own, "trainable": self._trainable, "dtype": policy}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    get_config.automatic = True  # type: ignore[attr-defined] # its class writes none of its own

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The inverse of ``get_config``.

        Raises:
            TypeError: a configuration that the constructor does not take.
        """
        try:
            return cls(**config)
        except Exception as error:
            raise TypeError(
                message(cls.__name__, f"the configuration does not fit: {error}", config)
            ) from error

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape, or the shapes by name, that the layer was built with."""
        if self._build_shapes_by_name is not None:
            return {"shapes_dict": self._build_shapes_by_name}
        return None if self._build_shapes is None else {"input_shape": self._build_shapes}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """The inverse of ``get_build_config``."""
        if config and "shapes_dict" in config:
            self.build(**config["shapes_dict"])
        elif config and "input_shape" in config:
            self.build(config["input_shape"])

    # Shapes of symbolic calls

    @property
    def input(self) -> Any:
        """The symbolic input of the only call."""
        return _only(self._the_node().args)

    @property
    def output(self) -> Any:
        """The symbolic output of the only call."""
        return _only(self._the_node().outputs)

    def _the_node(self) -> Node:
        if len(self._inbound_nodes) != 1:
            raise AttributeError(
                message(
                    self.name,
                    "input and output are those of the only symbolic call",
                    f"{len(self._inbound_nodes)} calls",
                )
            )
        return self._inbound_nodes[0]

    @staticmethod
    @functools.cache
    def _made_by_init() -> frozenset[str]:
        """Attributes that the base's constructor makes."""
        return frozenset(vars(Layer(name="layer")))

    def __getattr__(self, name: str) -> Any:
        if "_own_variables" not in vars(self) and name in self._made_by_init():
            raise RuntimeError(
                message(
                    type(self).__name__,
                    "you forgot to call super().__init__() as the first statement of __init__",
                    f"a {type(self).__name__} without {name!r}",
                    "super().__init__(**kwargs), then attributes and weights",
                )
            )
        raise missing_attribute(self, name, LAYER_ATTRIBUTES)

    def __getstate__(self) -> dict[str, Any]:
        # Of a deep copy and of a pickle; the weights are others, so are states and calls.
        kept = {key: None if key in _PASSING else value for key, value in vars(self).items()}
        return {**kept, "_losses": []}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _finished(build: Any) -> Any:
    """``build`` that also opens the path, and notes that it was done and with which shape."""
    names = list(inspect.signature(build).parameters)[1:]

    @functools.wraps(build)
    def wrapper(self: Layer, *args: Any, **kwargs: Any) -> None:
        # What is built within a trace is built for good.
        with path_scope(self) as path, trace_scope(None):
            if self._path is None:
                self._path = path
            build(self, *args, **kwargs)
        self.built = True
        if len(args) + len(kwargs) == 1:
            self._build_shapes = (*args, *kwargs.values())[0]
        elif args or kwargs:
            self._build_shapes_by_name = {**dict(zip(names, args, strict=False)), **kwargs}

    return wrapper


def _members(value: Any, kinds: tuple[type, ...] | None = None) -> Iterator[Any]:
    kinds = kinds or (Layer, Variable)
    if isinstance(value, kinds):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _members(item, kinds)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _members(item, kinds)


def _only(values: Any) -> Any:
    return values[0] if isinstance(values, (list, tuple)) and len(values) == 1 else values
