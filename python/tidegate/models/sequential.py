"""A stack of layers."""

from __future__ import annotations

from typing import Any

from .. import dtype_policies, tree
from ..errors import message
from ..layers.input_layer import InputLayer
from ..layers.layer import Layer
from ..symbolic import KerasTensor
from ..tensor import Tensor
from .data import Data
from .graph import Graph
from .model import Model

__all__ = ["Sequential"]


class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: list; an ``Input`` first tells the shape, otherwise the first data do. Without one
            the first layer may take several inputs: ``Sequential([Add(), Dense(1)])([a, b])``.
        trainable, name: as for every layer.

    Raises:
        ValueError: something that is not a layer, two layers of one name.

    Example:

    >>> from tidegate.layers import Dense, Embedding, LSTM
    >>> model = Sequential([Embedding(5000, 64), LSTM(128), Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    >>> [layer.name for layer in model.layers][-1].startswith("dense")
    True
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(trainable=trainable, name=name)
        self._input_layer: InputLayer | None = None
        if layers is not None:
            if isinstance(layers, Layer) or not isinstance(layers, (list, tuple)):
                raise ValueError(
                    message("Sequential", "layers must be a list", f"{type(layers).__name__}")
                )
            for layer in layers:
                self._append(layer)
            self._rebuild()

    def add(self, layer: Any) -> None:
        """Put a layer on top of the stack."""
        self._append(layer)
        self._rebuild()

    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self._layers:
            raise IndexError(message("Sequential.pop", "there is no layer left"))
        layer = self._layers.pop()
        self._rebuild()
        return layer

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and layer.history is not None:
            layer = layer.history[0].operation
        if not isinstance(layer, Layer):
            hint = "an instance: LSTM(128), not LSTM" if isinstance(layer, type) else None
            raise ValueError(message("Sequential", "only layers can be added", repr(layer), hint))
        shape = getattr(layer, "_input_shape_arg", None)
        if not self._layers and self._input_layer is None and shape is not None:
            self._input_layer = InputLayer(shape=shape)
        if isinstance(layer, InputLayer):
            if self._layers or self._input_layer is not None:
                raise ValueError(
                    message("Sequential", "there can be one Input, and it comes first", layer.name)
                )
            self._input_layer = layer
            return
        if layer.name in {other.name for other in self._layers}:
            raise ValueError(
                message(
                    "Sequential",
                    "layers must have unique names",
                    f"{layer.name!r} a second time",
                    "pass name=...; one layer cannot be added twice",
                )
            )
        self._layers.append(layer)

    def _rebuild(self) -> None:
        self.built = False
        self._graph = None
        self._trained = None
        self._regularized = None
        if not self._layers:
            return
        first = self._layers[0]
        if self._input_layer is not None:
            self.build(self._input_layer.batch_shape)
        elif isinstance(first, Model) and first._graph is not None and len(self._layers) > 1:
            self.build(first.input_shape)

    @property
    def layers(self) -> list[Layer]:
        """The layers that were added, without the input."""
        return list(self._layers)

    def sublayers(self) -> list[Layer]:
        """The layers that were added."""
        return list(self._layers)

    def _known_input_count(self) -> int | None:
        return None if self._input_layer is None else 1

    def build(self, input_shape: Any = None) -> None:
        """Build all layers for inputs of this shape, or these shapes (batch axis first).

        Raises:
            ValueError: no layers, another shape than that of the Input.
        """
        if not self._layers:
            raise ValueError(
                message(self.name, "a Sequential without layers cannot be built", hint="model.add")
            )
        first = self._input_layer
        dtype = self._layers[0].compute_dtype
        if not _is_shape(input_shape):
            if input_shape is not None and first is None:
                self._stack(_inputs(input_shape, dtype))
                self._build_shapes = input_shape
            return
        shape = tuple(input_shape)
        if first is None:
            first = InputLayer(batch_shape=shape, dtype=dtype)
        elif first.batch_shape != shape:
            raise ValueError(
                message(self.name, f"the model has the input shape {first.batch_shape}", f"{shape}")
            )
        self._stack(first.output)
        self._input_layer = first
        self._build_shapes = shape

    def _stack(self, inputs: Any) -> None:
        """Call all layers one after the other on symbolic inputs."""
        x = inputs
        for layer in self._layers:
            x = layer(x)
        layers = self._layers
        self._set_graph(Graph(inputs, x))
        self._layers = layers

    def _build_for_data(self, data: Data, batch_size: int) -> None:
        self._build_late(data.x, batch_size)

    def _build_late(self, x: Any, batch: int | None = None) -> None:
        """Build for data of these shapes; only stateful layers fix the batch size."""
        steady = any(getattr(layer, "stateful", False) for layer in self.flatten_layers())

        def shape_of(leaf: Any) -> tuple[int | None, ...]:
            rows = leaf.shape[0] if batch is None else batch
            return (rows if steady else None, *leaf.shape[1:])

        self.build(tree.map_structure(shape_of, x))

    def _build_for(self, args: Any, kwargs: Any, signature: Any) -> None:
        x = args[0] if args else kwargs.get("inputs")
        leaves = tree.flatten(x)
        if leaves and all(isinstance(leaf, (Tensor, KerasTensor)) for leaf in leaves):
            self._build_late(x)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Apply the layers one after the other."""
        if self._graph is None or mask is not None or self._input_layer is None:
            return super().call(inputs, training=training, mask=mask)
        if type(inputs) is Tensor:
            x = self._fitted(inputs, self._graph.inputs[0], self._input_kinds[0])
        else:
            x = self.standardize(inputs)[0]
        for layer in self._layers:
            x = layer(x)
        return x

    def envelope_names(self) -> dict[str, Any]:
        """Module and class under which Keras knows the model."""
        return {"module": "keras"}

    def get_config(self) -> dict[str, Any]:
        """Name, layers, and the shape that the model was built for."""
        from ..layers.registry import serialize

        first = [] if self._input_layer is None else [self._input_layer]
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": dtype_policies.serialize(self._dtype_policy),
            "layers": [serialize(layer) for layer in (*first, *self._layers)],
        }
        if self._graph is not None and self._input_layer is not None:
            config["build_input_shape"] = self._input_layer.batch_shape
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Sequential:
        """The inverse of ``get_config``.

        Raises:
            ValueError: a configuration without name and layers.
        """
        from ..layers.registry import deserialize

        if "name" not in config or "layers" not in config:
            raise ValueError(
                message("Sequential", "a configuration must have name and layers", list(config))
            )
        model = cls(name=config["name"])
        for layer in config["layers"]:
            model.add(deserialize(layer, custom_objects))
        shape = config.get("build_input_shape")
        if model._graph is None and isinstance(shape, (list, tuple)):
            model.build(tuple(shape))
        if config.get("trainable") is False:
            model.trainable = False
        return model


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, (list, tuple)) and all(
        size is None or hasattr(size, "__index__") for size in shape
    )


def _inputs(shapes: Any, dtype: str) -> Any:
    """Symbolic inputs for a structure of shapes."""
    if _is_shape(shapes):
        return InputLayer(batch_shape=tuple(shapes), dtype=dtype).output
    if isinstance(shapes, dict):
        return {key: _inputs(shape, dtype) for key, shape in shapes.items()}
    return [_inputs(shape, dtype) for shape in shapes]
