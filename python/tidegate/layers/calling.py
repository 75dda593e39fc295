"""What happens when a layer is called: Keras' steps, in Keras' order.

Arrays are converted and cast, the input is checked, the layer is built, ``training`` and ``mask``
are filled in, ``call`` runs, the mask of the output is attached, and a symbolic call becomes a
node of the graph. A call with one tensor, the usual one, takes a short way through the same steps.
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import ops, tree
from ..dtypes import BFLOAT16, is_float
from ..errors import message
from ..mask import Mask
from ..scopes import STATE
from ..symbolic import KerasTensor, Node
from ..tensor import Tensor, Variable, convert_to_tensor
from .activity import REGULARIZED, regularized_call
from .input_spec import check_inputs
from .naming import path_scope
from .signature import CallSignature, signature_of
from .tracing import known_shape, trace

__all__ = ["Calling", "shapes_to_tensors"]


class Calling:
    """The part of ``Layer`` that answers ``layer(x)``."""

    # Whether ``call`` and ``compute_mask`` take a Mask as it is; others get a bool tensor.
    takes_mask_record = False
    # Whether rows of a batch meet in ``call``.
    mixes_rows = False
    _signature: CallSignature | None = None
    _passed: Any = None  # the last spec of one input, and the last shape that was found to fit it

    name: str
    built: bool
    autocast: bool
    input_spec: Any
    supports_masking: bool
    activity_regularizer: Any
    _char: str
    _compute: str
    _mixed: bool
    _inbound_nodes: list[Node]
    _build_shapes: Any

    def build(self, input_shape: Any) -> None:
        """Make the weights; the base makes none."""
        self.built = True
        self._build_shapes = input_shape

    def rows_are_independent(self) -> bool:
        """Whether a row of the output depends on that row of the input alone.

        Known of the library's own layers only; nothing is known of what a user writes.
        """
        return all(
            type(layer).__module__.startswith("tidegate.")
            and not layer.mixes_rows
            and not layer.own_states()
            and layer.activity_regularizer is None  # one penalty per call
            for layer in self.flatten_layers()  # type: ignore[attr-defined]
        )

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the output; the base hands on the input's."""
        return previous_mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape for an input's shape; the base runs the shape rules of ``call``."""
        inputs = shapes_to_tensors(input_shape, self._compute)
        return tree.map_structure(_shape_of, self.symbolic_call((inputs,), {}))

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The equations; written by subclasses."""
        raise NotImplementedError(
            message(self.name, f"{type(self).__name__} must write call(inputs)")
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if REGULARIZED and self.activity_regularizer is not None:
            return regularized_call(self, args, kwargs)
        if len(args) == 1 and not kwargs and type(args[0]) is Tensor and self.built:
            return self._call_one(args[0])
        return self._call_any(args, kwargs)

    def signature(self) -> CallSignature:
        """What ``call`` takes."""
        found = self._signature
        if found is None:
            found = self._signature = signature_of(type(self))
        return found

    def _call_one(self, x: Tensor) -> Any:
        """The short way: one tensor, nothing else, the layer is built."""
        value = x._value
        mask = x.mask
        if value.dtype.char != self._char:
            if self._mixed:
                return self._call_any((x,), {})
            if self.autocast and value.dtype.kind == "f":
                x = ops.cast(x, self._compute)
        spec = self.input_spec
        if spec is not None and (spec, value.shape) != self._passed:
            self._check(x)
        signature = self._signature or self.signature()
        kwargs: dict[str, Any] = {}
        outer = training = STATE.training
        if signature.has_training:
            if training is None:
                training = signature.training_default
            if training is not None:
                kwargs["training"] = training
        if signature.has_mask and mask is not None:
            kwargs["mask"] = mask if self.takes_mask_record else _as_tensor(mask)
        if training is outer and STATE.autocast is None:
            y = self.call(x, **kwargs)
        else:
            y = self._call_in(training, (x,), kwargs)
        if mask is not None or type(self).compute_mask is not Calling.compute_mask:
            self._attach_mask(x, y, mask)
        return y

    def _call_in(self, training: bool | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """``call``, with layers inside it taking ``training`` from here."""
        before = STATE.training, STATE.autocast
        STATE.training, STATE.autocast = training, self._counts_as()
        try:
            return self.call(*args, **kwargs)
        finally:
            STATE.training, STATE.autocast = before

    def _counts_as(self) -> str | None:
        """What float32 variables count as within ``call``, by Keras' rule."""
        return BFLOAT16 if self._mixed and (self.autocast or STATE.autocast is None) else None

    def _call_any(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        original = (args, dict(kwargs))
        signature = self.signature()
        training = kwargs.pop("training", None)
        args = tuple(self._convert(arg) for arg in args)
        kwargs = {
            key: value if key in ("mask", *signature.mask_names) else self._convert(value)
            for key, value in kwargs.items()
        }
        self._check_positional(args)
        first = self._first(args, kwargs, signature)
        self._check(first)
        if not self.built:
            self._build_for(args, kwargs, signature)
            self._check(first)
        given = kwargs.get("mask")
        masks = tree.map_structure(_mask_of, first)
        if given is not None:
            masks = given = _to_masks(given)
        self._fill_masks(args, kwargs, signature, masks if given is None else given)
        if training is None:
            training = STATE.training
            if training is None:
                training = signature.training_default
        if signature.has_training and training is not None:
            kwargs["training"] = training
        if _any_symbolic(args, kwargs):
            return self._call_symbolic(training, args, kwargs, first, masks, original)
        y = self._call_named(training, args, kwargs)
        self.built = True
        self._attach_mask(first, y, masks)
        return y

    def _call_named(
        self, training: bool | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        # Layers that `call` builds for the first time are named below this one.
        with path_scope(self):
            return self._call_in(training, args, kwargs)

    def _convert(self, value: Any) -> Any:
        """Arrays become tensors, floats are cast to the layer's dtype."""
        if isinstance(value, (list, tuple, dict)):
            return tree.map_structure(self._convert_leaf, value)
        return self._convert_leaf(value)

    def _convert_leaf(self, value: Any) -> Any:
        if not isinstance(value, (Tensor, KerasTensor)):
            if isinstance(value, Variable) or not hasattr(value, "__array__"):
                return value
            if isinstance(value, Mask):
                return value
            value = convert_to_tensor(value)
        if self.autocast and value.dtype != self._compute and is_float(value.dtype):
            mask = value.mask
            value = ops.cast(value, self._compute)
            value.mask = mask
        return value

    def _check_positional(self, args: tuple[Any, ...]) -> None:
        for leaf in tree.flatten(args):
            if leaf is not None and not isinstance(leaf, (Tensor, KerasTensor, Variable)):
                raise ValueError(
                    message(
                        self.name,
                        "only tensors and arrays may be passed by position",
                        f"{leaf!r:.60} of type {type(leaf).__name__}",
                        "np.array(x) for lists of numbers, keywords for everything else",
                    )
                )

    def _first(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], signature: CallSignature
    ) -> Any:
        if args:
            return args[0]
        if signature.names and signature.names[0] in kwargs:
            return kwargs[signature.names[0]]
        raise TypeError(message(self.name, "a layer needs an input", "no argument"))

    def _check(self, first: Any) -> None:
        spec = self.input_spec
        if spec is None:
            return
        one = type(first) is Tensor and not isinstance(spec, (list, tuple, dict))
        if one and spec.dtype is None and spec.fits(first._value.shape) is None:
            self._passed = (spec, first._value.shape)
            return
        check_inputs(spec, first, self.name)

    def _build_for(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], signature: CallSignature
    ) -> None:
        """Build from the shapes of the tensor arguments."""
        shapes = self._shapes_by_name(args, kwargs, signature)
        asked, needed = _build_parameters(self.build)
        if len(asked) > 1 and needed <= shapes.keys():
            self.build(**{name: shapes[name] for name in asked if name in shapes})
        else:
            self.build(next(iter(shapes.values()), None))

    @staticmethod
    def _shapes_by_name(
        args: tuple[Any, ...], kwargs: dict[str, Any], signature: CallSignature
    ) -> dict[str, Any]:
        """The shapes of the tensor arguments, each by its name and "_shape"."""
        named = {**dict(zip(signature.names, args, strict=False)), **kwargs}
        return {
            f"{name}_shape": tree.map_structure(known_shape, value)
            for name, value in named.items()
            if name != "mask" and name not in signature.mask_names and _has_tensors(value)
        }

    def _fill_masks(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        signature: CallSignature,
        masks: Any,
    ) -> None:
        hand = _same if self.takes_mask_record else _as_tensor
        if signature.has_mask:
            if any(mask is not None for mask in tree.flatten(masks)):
                kwargs["mask"] = tree.map_structure(hand, masks)
            return
        if kwargs.get("mask") is not None and not signature.open:
            raise TypeError(message(self.name, "call takes no mask", "mask=..."))
        named = {**dict(zip(signature.names, args, strict=False)), **kwargs}
        for name in signature.mask_names:
            source = named.get(name.removesuffix("_mask"))
            if kwargs.get(name) is None and _has_tensors(source):
                kwargs[name] = tree.map_structure(lambda x: hand(_mask_of(x)), source)

    def _attach_mask(self, inputs: Any, y: Any, masks: Any) -> None:
        """The output's mask, or a warning that the input's is lost."""
        present = masks is not None and (
            isinstance(masks, Mask) or any(mask is not None for mask in tree.flatten(masks))
        )
        if not self.supports_masking:
            if present:
                warnings.warn(
                    f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input "
                    "with a mask attached to it. However, this layer does not support masking "
                    "and will therefore destroy the mask information. Downstream layers will "
                    "not see the mask.",
                    stacklevel=4,
                )
            return
        if not present:
            out = self.compute_mask(inputs, masks)
        elif type(self).compute_mask is Calling.compute_mask:
            out = masks
        else:
            hand = _same if self.takes_mask_record else _as_tensor
            out = self.compute_mask(inputs, tree.map_structure(hand, masks))
        if out is None:
            return
        leaves = tree.flatten(y)
        computed = tree.flatten(out)
        # As Keras: fewer masks than outputs are those of the first ones.
        for leaf, mask in zip(leaves, computed, strict=False):
            if mask is not None and getattr(leaf, "mask", True) is None:
                leaf.mask = _to_mask(mask)

    # Symbolic calls

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The outputs' shapes and dtypes as KerasTensors, without a value and without a node."""
        has_rule = type(self).compute_output_shape is not Calling.compute_output_shape
        return self.traced_call(args, kwargs, by_rule=has_rule and len(args) == 1)

    def traced_call(self, args: tuple[Any, ...], kwargs: dict[str, Any], by_rule: bool) -> Any:
        """By ``compute_output_shape``, else by a trace of ``call``."""
        if by_rule:
            shapes = self.compute_output_shape(tree.map_structure(_shape_of, args[0]))
            return shapes_to_tensors(shapes, self._compute)
        return trace(self, args, kwargs)

    def _call_symbolic(
        self,
        training: bool | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        first: Any,
        masks: Any,
        original: tuple[tuple[Any, ...], dict[str, Any]],
    ) -> Any:
        before = STATE.training
        STATE.training = training
        try:
            y = self.symbolic_call(args, kwargs)
        finally:
            STATE.training = before
        self.built = True
        self._attach_mask(first, y, masks)
        node = Node(self, *original, y)
        if STATE.tracing is None:  # calls within another layer are not the user's graph
            self._inbound_nodes.append(node)
        return y


def _same(mask: Any) -> Any:
    return mask


def _mask_of(x: Any) -> Any:
    return getattr(x, "mask", None)


def _as_tensor(mask: Any) -> Any:
    return convert_to_tensor(mask.values) if isinstance(mask, Mask) else mask


def _to_mask(mask: Any) -> Any:
    if mask is None or isinstance(mask, (Mask, KerasTensor)):
        return mask
    return Mask(mask)


def _to_masks(given: Any) -> Any:
    """One mask, or a structure of them; nested lists of numbers are one."""
    leaves = tree.flatten(given)
    if tree.is_nested(given) and leaves and all(isinstance(x, (bool, int, float)) for x in leaves):
        return Mask(convert_to_tensor(given))
    return tree.map_structure(_to_mask, given)


def _shape_of(x: Any) -> Any:
    return None if x is None else tuple(x.shape)


def _has_tensors(value: Any) -> bool:
    leaves = tree.flatten(value)
    return (
        bool(leaves)
        and all(
            leaf is None or isinstance(leaf, (Tensor, KerasTensor, Variable)) for leaf in leaves
        )
        and any(leaf is not None for leaf in leaves)
    )


def _any_symbolic(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    for value in (*args, *kwargs.values()):
        if isinstance(value, KerasTensor):
            return True
        if isinstance(value, (list, tuple, dict)) and any(
            isinstance(leaf, KerasTensor) for leaf in tree.flatten(value)
        ):
            return True
    return False


def _build_parameters(build: Any) -> tuple[tuple[str, ...], set[str]]:
    """Names of the shapes that ``build`` takes, and of those that it cannot do without."""
    import inspect

    parameters = inspect.signature(build).parameters
    needed = {name for name, p in parameters.items() if p.default is inspect.Parameter.empty}
    return tuple(parameters), needed


def shapes_to_tensors(shapes: Any, dtype: str) -> Any:
    """KerasTensors for a shape, or a nested structure of shapes."""
    if isinstance(shapes, (list, tuple)) and all(isinstance(n, (int, type(None))) for n in shapes):
        return KerasTensor(shapes, dtype)
    if isinstance(shapes, dict):
        return {key: shapes_to_tensors(value, dtype) for key, value in shapes.items()}
    return type(shapes)([shapes_to_tensors(value, dtype) for value in shapes])
