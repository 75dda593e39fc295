"""The losses and metrics of ``compile``, matched with the model's outputs."""

from __future__ import annotations

from typing import Any

from .. import losses as losses_module
from .. import metrics as metrics_module
from .. import tree
from ..errors import message
from ..losses.functions import MEANS
from ..losses.loss import Loss, LossFunctionWrapper
from ..metrics.metric import Metric
from ..metrics.reduction import Mean, MeanMetricWrapper
from ..tensor import Tensor
from ..utils.naming import object_name

__all__ = ["CompiledLoss", "CompiledMetrics", "match"]

# What a single output is called where its layer is not known: nobody could have named it.
_UNNAMED = ["output"]


def match(value: Any, y_pred: Any, names: list[str], what: str) -> list[Any]:
    """One entry per output, flat, from a list, a tuple, a dict by name or a single value."""
    count = len(names)
    if isinstance(value, dict):
        unknown = sorted(set(value) - set(names))
        if unknown and names == _UNNAMED and len(value) == 1:
            return list(value.values())
        if unknown:
            raise ValueError(
                message("compile", f"{what} must name outputs of {names}", f"{sorted(value)}")
            )
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        flat = tree.flatten(value) if len(value) != count else list(value)
        if len(flat) != count:
            raise ValueError(
                message("compile", f"{what} must have one entry for each of {names}", len(flat))
            )
        return flat
    return [value] * count if count == 1 or what == "loss" else [value]


def output_names(y_pred: Any, names: list[str] | None) -> list[str]:
    """Names of the flat outputs: dict keys, else the layers' names, else numbers."""
    if isinstance(y_pred, dict) and len(tree.flatten(y_pred)) == len(y_pred):
        return sorted(y_pred)
    count = len(tree.flatten(y_pred))
    if names is not None and len(names) == count:
        return names
    return _UNNAMED if count == 1 else [f"output_{i}" for i in range(count)]


def kinds(y_true: Any, y_pred: Any) -> tuple[bool, bool]:
    """(binary, sparse): what "accuracy" and "crossentropy" mean for these shapes."""
    t, p = y_true.shape, y_pred.shape
    binary = p[-1] == 1
    return binary, len(t) < len(p) or (t[-1] == 1 and p[-1] > 1)


class CompiledLoss:
    """Sums the losses of all outputs, each with its weight.

    Args:
        loss: name, object or function; a list or dict of them for several outputs, None to skip.
        loss_weights: likewise, numbers.
    """

    def __init__(self, loss: Any, loss_weights: Any, names: list[str] | None) -> None:
        self._loss = loss
        self._weights = loss_weights
        self._names = names
        self.entries: list[tuple[Loss, float | None] | None] = []
        self.names: list[str] = []
        self.trackers: list[Mean] = []
        self._by_output: dict[str, Mean] = {}
        self.built = False

    def _build(self, y_true: Any, y_pred: Any) -> None:
        self.names = output_names(y_pred, self._names)
        flat = tree.flatten(y_pred)
        given = match(self._loss, y_pred, self.names, "loss")
        weights: list[Any] = [None] * len(flat)
        if self._weights is not None:
            self._check_weights()
            weights = match(self._weights, y_pred, self.names, "loss_weights")
        targets = self._targets(y_true, given)
        self._check_targets(given, targets)
        self.entries = [
            None if loss is None else (_loss(loss, t, p), weight)
            for loss, weight, t, p in zip(given, weights, targets, flat, strict=True)
        ]
        if len(flat) > 1:
            self._by_output = {
                name: Mean(name=f"{name}_loss")
                for name, entry in zip(self.names, self.entries, strict=True)
                if entry is not None
            }
            # Results come in the order of a dict of losses where the outputs are a dict too.
            by_key = isinstance(self._loss, dict) and isinstance(y_pred, dict)
            order = list(self._loss if by_key else self.names)
            self.trackers = [self._by_output[key] for key in order if key in self._by_output]
        self.built = True

    def _check_weights(self) -> None:
        losses, weights = len(tree.flatten(self._loss)), len(tree.flatten(self._weights))
        if losses != weights:
            raise ValueError(
                message(
                    "compile",
                    "loss_weights must have one number for each loss",
                    f"{losses} losses and {weights} weights",
                    'loss=["mse", "mse"], loss_weights=[1.0, 0.5]',
                )
            )

    def _check_targets(self, losses: list[Any], targets: list[Any]) -> None:
        for name, loss, target in zip(self.names, losses, targets, strict=True):
            if loss is not None and target is None:
                raise ValueError(
                    message("fit", f"y must have an array for output {name!r}, which has a loss")
                )

    def _targets(self, y_true: Any, entries: list[Any]) -> list[Any]:
        """One target per output, None where there is no loss."""
        if isinstance(y_true, dict) and set(y_true) <= set(self.names):
            return [y_true.get(name) for name in self.names]
        if isinstance(y_true, dict) and self.names != _UNNAMED:
            raise ValueError(
                message("fit", f"y must name outputs of {self.names}", f"{sorted(y_true)}")
            )
        flat = tree.flatten(y_true)
        if len(flat) == len(entries):
            return flat
        wanted = [entry for entry in entries if entry is not None]
        if len(flat) != len(wanted):
            raise ValueError(
                message(
                    "fit",
                    f"y must have one array for each of the outputs {self.names}",
                    f"{len(flat)} arrays",
                )
            )
        rest = iter(flat)
        return [None if entry is None else next(rest) for entry in entries]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        if not self.built:
            self._build(y_true, y_pred)
        if len(self.entries) == 1 and isinstance(y_true, Tensor) and isinstance(y_pred, Tensor):
            entry = self.entries[0]
            if entry is None:
                return None
            value = entry[0](y_true, y_pred, sample_weight)
            return value if entry[1] is None else value * entry[1]
        return self._several(y_true, y_pred, sample_weight)

    def _several(self, y_true: Any, y_pred: Any, sample_weight: Any) -> Any:
        flat = tree.flatten(y_pred)
        targets = self._targets(y_true, self.entries)
        weights = spread(sample_weight, self.names)
        total = None
        for name, entry, t, p, weight in zip(
            self.names, self.entries, targets, flat, weights, strict=True
        ):
            if entry is None:
                continue
            value = entry[0](t, p, weight)
            if self._by_output:
                self._by_output[name].add(value, p.shape[0])
            if entry[1] is not None:
                value = value * entry[1]
            total = value if total is None else total + value
        return total


def several_numbers(loss: Tensor) -> ValueError:
    """The error of training with a loss that is no number."""
    return ValueError(
        message(
            "fit",
            "the loss must be one number",
            f"values of shape {list(loss.shape)}",
            'the loss has reduction=None or "none"; the default "sum_over_batch_size" gives their '
            "mean",
        )
    )


def spread(sample_weight: Any, names: list[str]) -> list[Any]:
    """A sample weight for each output."""
    if sample_weight is None or not tree.is_nested(sample_weight):
        return [sample_weight] * len(names)
    if isinstance(sample_weight, dict):
        unknown = sorted(set(sample_weight) - set(names))
        if unknown:
            raise ValueError(message("fit", f"sample_weight must name outputs of {names}", unknown))
        return [sample_weight.get(name) for name in names]
    flat = tree.flatten(sample_weight)
    return flat if len(flat) == len(names) else flat[:1] * len(names)


def _loss(identifier: Any, y_true: Any, y_pred: Any) -> Loss:
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        binary, sparse = kinds(y_true, y_pred)
        prefix = "binary" if binary else "sparse_categorical" if sparse else "categorical"
        identifier = f"{prefix}_crossentropy"
    found = losses_module.get(identifier)
    if isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else object_name(found)
    return LossFunctionWrapper(found, name=name, mean=MEANS.get(found))


class CompiledMetrics:
    """All metrics of ``compile``, made when the shapes of y and of the outputs are known."""

    name = "compile_metrics"

    def __init__(self, metrics: Any, weighted_metrics: Any, names: list[str] | None) -> None:
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if value and not isinstance(value, (list, tuple, dict)):
                raise ValueError(
                    message("compile", f"{argument} must be a list, a tuple or a dict", repr(value))
                )
        self._given = (metrics, weighted_metrics)
        self._names = names
        self.names: list[str] = []
        # (result name, metric, index of the output, whether sample weights apply)
        self.entries: list[tuple[str, Any, int, bool]] = []
        self.built = False

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return any(self._given)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, without the weighted ones' names made unique."""
        return [metric for _, metric, _, _ in self.entries]

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the metrics for these targets and outputs."""
        self.names = output_names(y_pred, self._names)
        outputs = tree.flatten(y_pred)
        targets = self.targets(y_true)
        used: dict[str, int] = {}
        for weighted, given in zip((False, True), self._given, strict=True):
            for index, wanted in enumerate(self._per_output(given, len(outputs))):
                for identifier in wanted:
                    metric = _metric(identifier, targets[index], outputs[index])
                    prefix = f"{self.names[index]}_" if len(outputs) > 1 else ""
                    name = _unique(used, prefix, metric.name, weighted)
                    self.entries.append((name, metric, index, weighted))
        self.built = True

    def _per_output(self, given: Any, count: int) -> list[list[Any]]:
        if not given:
            return [[] for _ in range(count)]
        if count == 1:
            return [[item for item in tree.flatten(given) if item is not None]]
        if isinstance(given, dict):
            entries = match(given, None, self.names, "metrics")
        elif len(given) == count:
            entries = list(given)
        else:
            raise ValueError(
                message(
                    "compile",
                    f"metrics must have one entry for each of the outputs {self.names}",
                    repr(given),
                    'a dict by output name, or one list per output: [["mae"], []]',
                )
            )
        return [
            [] if entry is None else list(entry) if isinstance(entry, (list, tuple)) else [entry]
            for entry in entries
        ]

    def targets(self, y_true: Any) -> list[Any]:
        """y in the order of the outputs."""
        if isinstance(y_true, dict) and set(self.names) <= set(y_true):
            return [y_true[name] for name in self.names]
        flat = tree.flatten(y_true)
        return flat + [None] * (len(self.names) - len(flat))

    def update(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Gather one batch."""
        if not self.built:
            self.build(y_true, y_pred)
        if not self.entries:
            return
        outputs = tree.flatten(y_pred)
        targets = self.targets(y_true)
        weights = spread(sample_weight, self.names)
        for _, metric, index, weighted in self.entries:
            if weighted:
                metric.update_state(targets[index], outputs[index], weights[index])
            else:
                metric.update_state(targets[index], outputs[index])

    def results(self) -> dict[str, float]:
        """{name: number}."""
        logs: dict[str, float] = {}
        for name, metric, _, _ in self.entries:
            add_result(logs, name, metric)
        return logs

    def reset_state(self) -> None:
        """Forget what was gathered."""
        for metric in self.metrics:
            metric.reset_state()

    # As of any metric, for a train_step of the user's that goes over ``model.metrics``.
    update_state = update
    result = results


def add_result(logs: dict[str, float], name: str, metric: Any) -> None:
    """Put a metric's result, or its several results, into the logs as Python floats."""
    if type(metric).result is Mean.result:
        logs[name] = metric.value()
        return
    result = metric.result()
    if isinstance(result, dict):
        logs.update({key: _plain(value) for key, value in result.items()})
    else:
        logs[name] = _plain(result)


def _plain(result: Any) -> Any:
    """A Python float; an array where a metric gives several numbers (one per threshold)."""
    if getattr(result, "size", 1) == 1:
        return float(result.numpy().reshape(())) if hasattr(result, "numpy") else float(result)
    return result.numpy()


def _unique(used: dict[str, int], prefix: str, name: str, weighted: bool) -> str:
    full = prefix + name
    if full in used and weighted:
        full = f"{prefix}weighted_{name}"
    count = used.get(full, 0)
    used[full] = count + 1
    return f"{full}_{count}" if count else full


def _metric(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    name = identifier if isinstance(identifier, str) else None
    lowered = name.lower() if name else ""
    if lowered in ("accuracy", "acc", "crossentropy", "ce"):
        binary, sparse = kinds(y_true, y_pred)
        prefix = "Binary" if binary else "SparseCategorical" if sparse else "Categorical"
        suffix = "Accuracy" if lowered.startswith("acc") else "Crossentropy"
        found = getattr(metrics_module, prefix + suffix)(name=name)
    else:
        found = metrics_module.get(identifier)
    if not isinstance(found, Metric):
        found = MeanMetricWrapper(found, name=name or object_name(found))
    if name:
        found.name = name
    return found
