"""Models: layers that can be trained."""

from __future__ import annotations

import functools
import os
from typing import Any

from .. import ops, tree
from ..errors import message
from ..layers.layer import Layer
from ..layers.naming import path_scope
from ..mask import Mask
from ..symbolic import KerasTensor
from ..tensor import Tensor, convert_to_tensor
from ..utils.naming import auto_name
from .graph import Graph
from .trainer import Trainer

__all__ = ["Model"]


class Model(Trainer, Layer):
    """A graph of layers, or a subclass with a ``call`` of its own.

    Args:
        inputs: symbolic tensors from ``Input``: one, a list, a tuple or a dict.
        outputs: what layers made of them, likewise.
        name: default "functional", "functional_1", ...

    Raises:
        ValueError: outputs that need something that is not among the inputs.

    Example:

    >>> from tidegate.layers import Input, Dense
    >>> x = Input((3,))
    >>> model = Model(x, Dense(2)(x))
    >>> model.output_shape
    (None, 2)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        inputs, outputs, kwargs = _graph_arguments(args, kwargs)
        graph = None
        if inputs is not None:
            graph = Graph(inputs, outputs)
            if kwargs.get("name") is None and type(self) is Model:
                kwargs["name"] = auto_name("Functional")
        Layer.__init__(self, **kwargs)
        Trainer.__init__(self)
        self._graph: Graph | None = None
        self._layers: list[Layer] = []
        self.autocast = False  # the layers inside cast by themselves
        self.supports_masking = True
        if graph is not None:
            self._set_graph(graph)

    @staticmethod
    @functools.cache
    def _made_by_init() -> frozenset[str]:
        return frozenset(vars(Model(name="model")))

    def _set_graph(self, graph: Graph) -> None:
        self._graph = graph
        self._layers = graph.layers
        self._input_kinds = [_input_kind(x, graph) for x in graph.inputs]
        self.built = True

    # Layers and shapes

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs included, in Keras' order."""
        return list(self._layers) if self._graph is not None else self.sublayers()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its index in ``layers``.

        Raises:
            ValueError: both or none given, no such layer.
        """
        if (name is None) == (index is None):
            raise ValueError(message("get_layer", "give a name or an index", (name, index)))
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    message("get_layer", f"there are {len(layers)} layers", f"index {index}")
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(message("get_layer", f"no layer {name!r}", hint=f"one of {names}"))

    def _known_graph(self, what: str) -> Graph:
        if self._graph is None:
            raise AttributeError(
                message(
                    self.name,
                    f"{what} needs a model with known inputs",
                    "a model that is not built from symbolic inputs",
                    "add an Input first, or call the model on data",
                )
            )
        return self._graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """Symbolic inputs, flat."""
        return self._known_graph("inputs").inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """Symbolic outputs, flat."""
        return self._known_graph("outputs").outputs

    @property
    def input(self) -> Any:
        """Symbolic inputs as given."""
        return self._known_graph("input").input_struct

    @property
    def output(self) -> Any:
        """Symbolic outputs as given."""
        return self._known_graph("output").output_struct

    @property
    def input_shape(self) -> Any:
        """The shape of the input, of several a list in the order of ``inputs``."""
        return _shapes(self._known_graph("input_shape").inputs)

    @property
    def output_shape(self) -> Any:
        """The shape of the output, of several a list in the order of ``outputs``."""
        return _shapes(self._known_graph("output_shape").outputs)

    @property
    def output_names(self) -> list[str] | None:
        """Names of the layers that make the outputs, None if they are not known."""
        if self._graph is None:
            return None
        return [
            x.name if x.history is None else _operation_name(x, i)
            for i, x in enumerate(self._graph.outputs)
        ]

    # Running

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The outputs carry their own masks."""
        return None

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Run the graph."""
        if self._graph is None:
            raise NotImplementedError(
                message(
                    self.name,
                    "a subclass of Model must write call(inputs)",
                    type(self).__name__,
                    "or build the model from inputs and outputs",
                )
            )
        flat = self.standardize(inputs)
        if mask is not None:
            flat = [_masked(x, m) for x, m in zip(flat, tree.flatten(mask), strict=True)]
        return self._graph.run(flat)

    def standardize(self, inputs: Any) -> list[Any]:
        """The inputs as a flat list of tensors of the right dtype and rank.

        Raises:
            ValueError: missing inputs, shapes that do not fit.
        """
        graph = self._known_graph("call")
        flat = graph.form.flat(self.name, inputs)
        return [
            self._fitted(x, wanted, kind)
            for x, wanted, kind in zip(flat, graph.inputs, self._input_kinds, strict=True)
        ]

    def _fitted(self, x: Any, wanted: KerasTensor, kind: str) -> Any:
        """One input, cast and with its last axis of 1 added or dropped where that is all."""
        if type(x) is Tensor:
            shape = x._value.shape
            if x._value.dtype.char != _CHARS.get(kind, ""):
                x = _cast(x, kind)
            if shape[1:] == wanted.shape[1:]:
                return x
        else:
            if not isinstance(x, (Tensor, KerasTensor)):
                x = convert_to_tensor(x)
            x = _cast(x, kind)
            shape = x.shape
        rank = len(wanted.shape)
        if len(shape) == rank - 1 and wanted.shape[-1] == 1:
            x = ops.expand_dims(x, axis=-1)
        elif len(shape) == rank + 1 and shape[-1] == 1:
            x = ops.squeeze(x, axis=-1)
        for size, given in zip(wanted.shape[1:], x.shape[1:], strict=False):
            if size is not None and given is not None and size != given:
                rank = -1
        if len(x.shape) != len(wanted.shape) or rank < 0:
            raise ValueError(
                message(
                    self.name,
                    f"input {wanted.name!r} must have shape {list(wanted.shape)}",
                    list(shape),
                    _shape_hint(wanted.shape, shape),
                )
            )
        return x

    def _build_for(self, args: Any, kwargs: Any, signature: Any) -> None:
        """A subclass without ``build`` is built by the call that comes, on data or symbolic."""
        if self._graph is not None or type(self).build is not Model.build:
            super()._build_for(args, kwargs, signature)
            return
        with path_scope(self) as path:
            self._path = self._path or path
        shapes = self._shapes_by_name(args, kwargs, signature)
        if len(shapes) > 1:
            self._build_shapes_by_name = shapes
        else:
            self._build_shapes = next(iter(shapes.values()), None)

    def build_from_config(self, config: dict[str, Any]) -> None:
        """The inverse of ``get_build_config``."""
        shapes = (config or {}).get("shapes_dict")
        if shapes is None or type(self).build is not Model.build:
            super().build_from_config(config)
            return
        from ..layers.calling import shapes_to_tensors

        self(
            **{
                name.removesuffix("_shape"): shapes_to_tensors(shape, self._compute)
                for name, shape in shapes.items()
            }
        )

    def build(self, input_shape: Any = None) -> None:
        """Build a subclassed model by a trace of its ``call`` (``layers/tracing.py``)."""
        if self._graph is not None or input_shape is None:
            return
        from ..layers.calling import shapes_to_tensors

        self.symbolic_call((shapes_to_tensors(input_shape, self._compute),), {})

    # Weights in files, other uses

    def save_weights(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        max_shard_size: float | None = None,
    ) -> None:
        """Write all weights to a file, atomically: ".weights.h5" (Keras') or ".safetensors"."""
        from ..saving.weights import save_weights

        save_weights(self, filepath, overwrite, max_shard_size)

    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Read weights that ``save_weights`` or Keras wrote; changes nothing if they do not fit."""
        from ..saving.weights import load_weights

        load_weights(self, filepath, skip_mismatch, **kwargs)

    def save(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        zipped: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the whole model to a file that ends in ".keras"; ``load_model`` reads it back."""
        from ..saving.model_file import save_model

        save_model(self, filepath, overwrite, zipped, **kwargs)

    def export(
        self, filepath: str | os.PathLike[str], format: str | None = None, **kwargs: Any
    ) -> None:
        """Write a file that runs without Python: ".tide", ".c"; see ``tidegate.runtime.export``."""
        from ..runtime.export import export

        export(self, filepath, format, **kwargs)

    def quantize(
        self, mode: str | None = None, config: Any = None, filters: Any = None, **kwargs: Any
    ) -> None:
        """Round the weights of all layers to what few bits hold; there is no way back.

        Kernels [K, N] (and embedding tables) get the values that they have when they are kept as

            "int8"                    scale_n * q_kn,  scale_n = max_k |w_kn| / 127,
                                      q_kn = round(w_kn / scale_n) in [-127, 127]; a table has a
                                      scale per row
            "bfloat16", "float16"     the nearest such number; tables stay float32

        Biases, convolutions and normalizations stay float32. ``predict`` and ``evaluate`` compute
        in float32 with these weights; ``stream``, ``export`` and ``tidegate.runtime.lower`` keep
        them in that form, and "int8" rounds rows while it multiplies them too
        (`tidegate.reference.quantized`). ``fit`` is an error from now on.

        Args:
            mode: "int8", "bfloat16" or "float16".
            config, filters: not offered.

        Raises:
            ValueError: a model that is not built, a layer that is quantized already, weights that
                are not float32 or, for int8, not finite.
            NotOfferedError: Keras' other modes, or a layer with weights that has no such form.
                Errors name the layer; the model is then as before.

        >>> import numpy as np
        >>> from tidegate.layers import Dense, Input
        >>> x = Input((2,))
        >>> model = Model(x, Dense(1, use_bias=False)(x))
        >>> model.set_weights([np.float32([[254.0], [101.2]])])
        >>> model.quantize("int8")
        >>> model.get_weights()[0].tolist()
        [[254.0], [102.0]]
        """
        from .quantizing import quantize

        unknown = set(kwargs) - {"type_check"}
        if unknown:
            raise ValueError(message("quantize", "unknown arguments", sorted(unknown)))
        quantize(self, mode, config, filters)
        self._trained = None

    def stream(self, batch: int = 1, **kwargs: Any) -> Any:
        """A session that runs the model one step at a time; see ``tidegate.runtime``."""
        from ..runtime.stream import stream

        return stream(self, batch=batch, **kwargs)

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: list[str] | None = None,
    ) -> None:
        """Print a table of the layers.

        Args:
            line_length: width of the table.
            positions: where the columns end, as fractions.
            print_fn: called with the text in place of ``print``.
            expand_nested: show the layers of models inside.
            show_trainable: a column that says which layers are trained.
            layer_range: names of the first and last layer to show.
        """
        from .summary import print_summary

        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    # Configuration

    def envelope_names(self) -> dict[str, Any]:
        """Module and class under which Keras knows the model."""
        return {
            "module": "keras.src.models.functional",
            "class_name": "Functional",
            "registered_name": "Functional",
        }

    def get_config(self) -> dict[str, Any]:
        """The graph as Keras' dictionary; of a subclass the arguments that it was made with.

        Raises:
            NotImplementedError: a subclass without ``get_config`` that was made with an argument
                that is no plain value.
            NotOfferedError: an operation outside of a layer that cannot be written.
        """
        if self._graph is None or not _takes_a_graph(type(self)):
            return Layer.get_config(self)
        from .functional_config import graph_config

        return {"name": self.name, "trainable": self._trainable, **graph_config(self._graph)}

    get_config.automatic = True  # type: ignore[attr-defined]

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The inverse of ``get_config``.

        Raises:
            TypeError: a configuration that the constructor does not take.
        """
        if not {"layers", "input_layers", "output_layers"} <= config.keys() or not (
            _takes_a_graph(cls)
        ):
            return super().from_config(config)
        from .functional_config import graph_from_config

        inputs, outputs = graph_from_config(config, custom_objects)
        model = cls(inputs=inputs, outputs=outputs, name=config.get("name"))
        if config.get("trainable") is False:
            model.trainable = False
        return model

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape that a model without a graph of its own was built with."""
        if self._graph is not None and self._build_shapes is None:
            return {"input_shape": None}
        return super().get_build_config()

    def to_json(self, **kwargs: Any) -> str:
        """The model without its weights, as text; ``model_from_json`` is the inverse.

        Args:
            kwargs: of ``json.dumps``.
        """
        import json

        from ..layers.registry import serialize

        return json.dumps(serialize(self), **kwargs)


Functional = Model  # the name that configurations give a graph


def _takes_a_graph(cls: type) -> bool:
    """Whether ``cls(inputs, outputs, name)`` makes it: no constructor of its own, or such a one."""
    import inspect

    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]
    kinds = {parameter.kind for parameter in parameters}
    if {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds:
        return True
    named = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    return named == ["inputs", "outputs", "name"]


_CHARS = {"float32": "f", "float64": "d", "int32": "i"}


def _graph_arguments(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    kwargs = dict(kwargs)
    names = ("inputs", "outputs", "name")
    for name, value in zip(names, args, strict=False):
        kwargs[name] = value
    inputs, outputs = kwargs.pop("inputs", None), kwargs.pop("outputs", None)
    if (inputs is None) != (outputs is None):
        raise ValueError(
            message("Model", "inputs and outputs go together", "one of them", "Model(x, y)")
        )
    return inputs, outputs, kwargs


def _input_kind(x: KerasTensor, graph: Graph) -> str:
    """The dtype to convert an input to; ids that only embeddings read stay integers."""
    from ..layers.embedding import Embedding

    readers = [node.operation for node in graph.nodes if any(i is x for i in node.inputs)]
    if readers and all(_reads_ids(reader, Embedding) for reader in readers):
        return "int32"
    return x.dtype


def _shapes(tensors: list[KerasTensor]) -> Any:
    return tensors[0].shape if len(tensors) == 1 else [x.shape for x in tensors]


def _reads_ids(reader: Any, embedding: type) -> bool:
    if isinstance(reader, Model) and reader._graph is not None and len(reader.inputs) == 1:
        return reader._input_kinds == ["int32"]
    return isinstance(reader, embedding)


def _operation_name(x: KerasTensor, index: int) -> str:
    assert x.history is not None
    return getattr(x.history[0].operation, "name", "") or f"output_{index}"


def _cast(x: Any, kind: str) -> Any:
    if x.dtype == kind:
        return x
    mask = x.mask
    y = ops.cast(x, kind)
    if mask is not None and y is not x:
        y.mask = mask
    return y


def _masked(x: Any, mask: Any) -> Any:
    if mask is None:
        return x
    y = ops.copy(x)
    y.mask = mask if isinstance(mask, (Mask, KerasTensor)) else Mask(mask)
    return y


def _shape_hint(wanted: tuple[int | None, ...], shape: tuple[int | None, ...]) -> str | None:
    if len(wanted) == 3 and len(shape) == 2:
        return "sequences are [batch, steps, features]; x[..., None] adds a features axis of 1"
    return "None is the batch axis, or any size; the others are those that the model was built for"
