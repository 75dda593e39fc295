"""compile, fit, evaluate, predict: the loops, and one step of each."""

from __future__ import annotations

import threading
from typing import Any

from .. import ops, tree
from ..autodiff import GradientTape, training_scope
from ..callbacks.callback_list import CallbackList
from ..config import floatx
from ..dtypes import computed_dtype
from ..errors import message, not_offered
from ..layers import stateful
from ..layers.added_losses import ADDED
from ..metric_base import MetricBase
from ..metrics.reduction import Mean
from ..random import SeedGenerator
from ..tensor import Tensor
from ..utils.batches import unpack_x_y_sample_weight
from .batch import due, empty, inputs_alone, is_whole, positive_size, rows, tensors
from .compiling import CompiledLoss, CompiledMetrics, add_result, several_numbers
from .data import Batches, Data, class_weights, prepare, split
from .outputs import Gathered
from .own_metrics import metrics_of
from .own_steps import own_steps, packed, plain_logs
from .streams import Stream, is_stream
from .trainable import check_trainable, weights_to_train

__all__ = ["Trainer"]

_BUILDING = threading.RLock()  # several threads may predict with a model that is not built yet


class Trainer:
    """The part of ``Model`` that trains, evaluates and predicts."""

    optimizer: Any
    name: str
    built: bool

    def __init__(self) -> None:
        self.optimizer = None
        self.loss: Any = None
        self.compiled = False
        self.stop_training = False
        self.history: Any = None
        self._compile_loss: CompiledLoss | None = None
        self._compile_metrics: CompiledMetrics | None = None
        self._loss_tracker = Mean(name="loss")
        self._trained: list[Any] | None = None
        self._regularized: bool | None = None
        self._batches: Batches | Stream | None = None  # of the ``fit`` that runs
        self._resume_at: tuple[int, int] | None = None
        self._shuffle_seed: SeedGenerator | None = None
        self._known_facts: Any = None
        self._only_ours = False
        self._own_metrics: list[MetricBase] | None = None  # looked up once per epoch
        self._compile_arguments: dict[str, Any] | None = None
        self._steps = own_steps(type(self), Trainer)

    # compile

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how to train.

        Args:
            optimizer: name or object.
            loss: name, object or function ``fn(y_true, y_pred)``; a list or dict for several
                outputs.
            loss_weights: factor per output.
            metrics: list of names, objects or functions; "accuracy" is chosen by the shapes.
            weighted_metrics: likewise, with sample weights applied.
            run_eagerly, steps_per_execution, jit_compile, auto_scale_loss: accepted, without
                effect: every step runs at once.

        Which weights are trained is settled here: compile again after changing ``trainable``.
        """
        from ..optimizers import registry

        names = getattr(self, "output_names", None)
        self.optimizer = registry.get(optimizer)
        self.loss = loss
        self._compile_loss = None if loss is None else CompiledLoss(loss, loss_weights, names)
        self._compile_metrics = CompiledMetrics(metrics, weighted_metrics, names)
        self._loss_tracker = Mean(name="loss")
        self._trained = None
        self._regularized = None
        self._own_metrics = None
        self._steps = own_steps(type(self), Trainer)
        self._compile_arguments = {
            "optimizer": self.optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": False,
        }
        self._only_ours = all(
            isinstance(item, str) or type(item).__module__.startswith("tidegate.")
            for item in tree.flatten((loss, metrics, weighted_metrics))
            if item is not None
        )
        self.stop_training = False
        self.compiled = True

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of ``compile`` as plain values; {} before it."""
        from .compile_config import compile_config

        return compile_config(self._compile_arguments)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """The inverse of ``get_compile_config``; makes the optimizer's variables too."""
        from .compile_config import compile_arguments

        if not config:
            return
        self.compile(**compile_arguments(config))
        if self.built:
            self.optimizer.build(self.trainable_weights)  # type: ignore[attr-defined]

    def _assert_compiled(self, op: str) -> None:
        if not self.compiled:
            raise ValueError(
                message(op, "the model must be compiled first", hint='model.compile("adam", "mse")')
            )

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, metrics of compile, losses of several outputs, own ones, layers'."""
        return [*self._compiled_metrics(), *metrics_of(self)]

    def _compiled_metrics(self) -> list[Any]:
        found: list[Any] = []
        if self.compiled:
            found.append(self._loss_tracker)
            if self._compile_metrics is not None and self._compile_metrics.given:
                found.append(self._compile_metrics)
            if self._compile_loss is not None:
                found.extend(self._compile_loss.trackers)
        return found

    @property
    def metrics_names(self) -> list[str]:
        """Names at the top level, as Keras gives them."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Forget what the metrics gathered."""
        listed = self.metrics if self._steps.lists_metrics else self._logged_metrics()
        for metric in listed:
            metric.reset_state()

    def _logged_metrics(self) -> list[Any]:
        """``metrics``, without a search of all layers for each batch."""
        if self._own_metrics is None:
            self._own_metrics = metrics_of(self)
        return [*self._compiled_metrics(), *self._own_metrics]

    # One step

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The total loss of a batch, that of added losses included; subclasses may replace it."""
        total = None
        if self._compile_loss is not None:
            if y is None:
                op = "fit" if training else "evaluate"
                raise ValueError(message(op, "there is no y for the loss", "no y", "pass y"))
            total = self._compile_loss(y, y_pred, sample_weight)
        if ADDED.any or self._is_regularized():
            ADDED.any = False
            for loss in self.losses:  # type: ignore[attr-defined]
                total = ops.sum(loss) if total is None else total + ops.sum(loss)
        if total is None:
            raise ValueError(
                message(
                    "fit",
                    "there is no loss to compute",
                    "compile(loss=None)",
                    "pass loss= to compile, or call add_loss in a layer",
                )
            )
        return total

    def _is_regularized(self) -> bool:
        """Whether a weight has a penalty; looked up once after compile."""
        if self._regularized is None:
            weights = self.weights  # type: ignore[attr-defined]
            self._regularized = any(v.regularizer is not None for v in weights)
        return self._regularized

    def _loss_of(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        """``compute_loss``; one of a subclass may have no ``training``."""
        if self._steps.loss_takes_training:
            return self.compute_loss(x, y, y_pred, sample_weight, training)
        return self.compute_loss(x, y, y_pred, sample_weight)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, float]:
        """Gather a batch and return all results so far; subclasses may replace it."""
        if self._compile_metrics is not None:
            self._compile_metrics.update(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, float]:
        """{name: number} of the loss and all metrics."""
        logs: dict[str, float] = {}
        if self._steps.lists_metrics:
            for metric in self.metrics:
                add_result(logs, metric.name, metric)
            return logs
        if self._compile_loss is not None or self._loss_tracker.count:
            add_result(logs, self._loss_tracker.name, self._loss_tracker)
        if self._compile_loss is not None:
            for tracker in self._compile_loss.trackers:
                add_result(logs, tracker.name, tracker)
        if self._compile_metrics is not None:
            logs.update(self._compile_metrics.results())
        own = self._own_metrics
        if own is None:
            own = self._own_metrics = metrics_of(self)
        for metric in own:
            add_result(logs, metric.name, metric)
        return logs

    def train_step(self, data: Any) -> dict[str, float]:
        """One step: forward under the tape, loss, gradient, one optimizer call.

        Args:
            data: x, (x, y) or (x, y, sample_weight).
        """
        x, y, sample_weight = data if is_whole(data) else unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x)  # type: ignore[operator]
            loss = self._loss_of(x, y, y_pred, sample_weight, True)
            scaled = self.optimizer.scale_loss(loss)
        if type(loss) is Tensor and loss._value.ndim:
            raise several_numbers(loss)
        variables = self._trained
        if variables is None:
            variables = self._trained = weights_to_train(self)
        if variables:
            self.optimizer.apply(tape.gradient(scaled, variables), variables)
        self._loss_tracker.add(loss, rows(x))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, float]:
        """One step of evaluate; data as in ``train_step``."""
        x, y, sample_weight = data if is_whole(data) else unpack_x_y_sample_weight(data)
        y_pred = self(x)  # type: ignore[operator]
        if (
            self._compile_loss is not None
            or self._steps.computes_loss
            or ADDED.any
            or self._is_regularized()
        ):
            loss = self._loss_of(x, y, y_pred, sample_weight, False)
            self._loss_tracker.add(loss, rows(x))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """One step of predict."""
        return self(data[0] if isinstance(data, tuple) else data)  # type: ignore[operator]

    def _run_train_step(self, batch: tuple[Any, Any, Any, int]) -> dict[str, float]:
        data: Any = tensors(batch)
        with training_scope(True), stateful.step():
            if self._steps.trains_itself:
                return plain_logs(self.train_step(packed(data)))
            return self.train_step(data)

    def _run_test_step(self, batch: tuple[Any, Any, Any, int]) -> dict[str, float]:
        data: Any = tensors(batch)
        with training_scope(False), stateful.step():
            if self._steps.tests_itself:
                return plain_logs(self.test_step(packed(data)))
            return self.test_step(data)

    # Loops

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for a number of epochs.

        Args:
            x: inputs, one array [B, ...], or a list or dict of them; or batches ``(x, y)`` from a
                ``PyDataset``, a generator, torch's ``DataLoader`` or a ``tf.data.Dataset``.
            y: targets, likewise; they come with the batches.
            batch_size: default 32.
            epochs: up to this number (counted from 0, see ``initial_epoch``).
            verbose: "auto" and 1 show a bar, 2 a line per epoch, 0 nothing.
            callbacks: list of ``tidegate.callbacks``.
            validation_split: this last fraction of the data, before shuffling, is held out.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)`` to evaluate after each epoch.
            shuffle: a new random order for each epoch; a generator keeps its own, with a warning.
            class_weight: {class: weight} of the loss.
            sample_weight: [B], or [B, T] per step.
            initial_epoch: to go on where another ``fit`` stopped.
            steps_per_epoch: batches per epoch; the next epoch goes on in the data.
            validation_steps, validation_batch_size: of the validation.
            validation_freq: validate every so many epochs, or a list of epochs.

        Returns:
            ``History``: ``.history`` {name: [number per epoch]}, ``.plot()``.

        Raises:
            ValueError: not compiled, unequal lengths, shapes that do not fit.
            TypeError: data that are no numbers.
        """
        self._assert_compiled("fit")
        check_trainable("fit", self)
        if shuffle not in (True, False):
            raise not_offered("fit", f"shuffle={shuffle!r}", "True or False")
        if shuffle and self._shuffle_seed is None:
            self._shuffle_seed = SeedGenerator()
        seed = self._shuffle_seed if shuffle else None
        given = (x, y, sample_weight)
        batches: Batches | Stream
        if is_stream(x):
            if validation_split:
                raise ValueError(message("fit", "validation_split needs arrays", type(x).__name__))
            batches = self._stream("fit", given, steps_per_epoch, seed, class_weight)
            held_out = None
        else:
            size = positive_size("fit", batch_size)
            data, held_out = self._fit_data(given, validation_split, validation_data, class_weight)
            batches = Batches(data, size, seed, steps_per_epoch)
        checks = self._validation(
            validation_data, held_out, validation_batch_size or batch_size, validation_steps
        )
        with self._used(batches.data, batches.batch_size, trains=True):
            batches.fit_targets(self._fitted_targets)
            callbacks = self._callbacks(callbacks, verbose, epochs, batches.steps, True)
            if checks is not None:
                checks.fit_targets(self._fitted_targets)
            validates = None if checks is None else (checks, validation_freq)
            self._train(batches, callbacks, range(initial_epoch, epochs), validates)
        return self.history

    def _fit_data(
        self, given: Any, fraction: float, validation_data: Any, class_weight: Any
    ) -> tuple[Data, Data | None]:
        """The arrays to train on, and those that ``validation_split`` holds out."""
        held_out = None
        data = self._prepare("fit", *given)
        if data.size == 0:
            raise ValueError(message("fit", "there must be at least one sample", "0 samples"))
        if fraction and validation_data is None:
            data, held_out = split("fit", data, fraction)
        if class_weight is not None:
            if given[2] is not None:
                raise ValueError(
                    message("fit", "class_weight and sample_weight cannot both be given")
                )
            data = data._replace(sample_weight=class_weights("fit", data.y, class_weight))
        return data, held_out

    def _train(self, batches: Batches | Stream, callbacks: Any, epochs: range, checks: Any) -> None:
        self.stop_training = False
        logs: dict[str, float] = {}
        self._batches, self._resume_at = batches, None
        callbacks.on_train_begin()
        first, done = self._begin_at(epochs.start)
        for epoch in range(first, epochs.stop):
            self._own_metrics = None
            self.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            logs, done = self._train_epoch(batches, callbacks, done), 0
            if checks is not None and due(epoch, checks[1]):
                found = self._evaluate(checks[0], callbacks)
                logs.update({f"val_{name}": value for name, value in found.items()})
                logs = dict(sorted(logs.items()))
            callbacks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        if epochs and self.optimizer is not None and self.optimizer.built:
            trained = self.trainable_weights if self._trained is None else self._trained  # type: ignore[attr-defined]
            self.optimizer.finalize_variable_values(trained)
        callbacks.on_train_end(logs)
        self._batches = None

    def _begin_at(self, first: int) -> tuple[int, int]:
        """The epoch to begin with, and how many of its batches are done already."""
        return self._resume_at or (first, 0)

    def training_position(self, mid_epoch: bool) -> Any:
        """Where the running ``fit`` is in its data: for ``BackupAndRestore``."""
        return None if self._batches is None else self._batches.position(mid_epoch)

    def resume_training(self, epoch: int, batch: int, position: Any) -> None:
        """Let the ``fit`` that begins go on at this batch: for ``BackupAndRestore``."""
        self._resume_at = (epoch, batch)
        if self._batches is not None and position is not None:
            self._batches.resume(position, batch)

    def _train_epoch(
        self, batches: Batches | Stream, callbacks: Any, done: int = 0
    ) -> dict[str, float]:
        begin, end = callbacks.hooks("on_train_batch_begin"), callbacks.hooks("on_train_batch_end")
        logs: dict[str, float] = {}
        for number, batch in enumerate(batches.epoch(), start=done):
            for hook in begin:
                hook(number, {})
            logs = self._run_train_step(batch)
            if end:
                logs = dict(sorted(logs.items()))
                for hook in end:
                    hook(number, logs)
            if self.stop_training:
                break
        return dict(sorted(logs.items()))

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics of given data.

        Returns:
            The loss alone, a list ``[loss, metrics...]`` in the order of compile, or a dict with
            ``return_dict``.
        """
        if kwargs:
            raise ValueError(message("evaluate", "unrecognized arguments", ", ".join(kwargs)))
        self._assert_compiled("evaluate")
        batches = self._source("evaluate", (x, y, sample_weight), batch_size, steps)
        with self._used(batches.data, batches.batch_size):
            batches.fit_targets(self._fitted_targets)
            given = self._callbacks(callbacks, verbose, 1, batches.steps, False)
            logs = self._evaluate(batches, given)
        return logs if return_dict else self._in_order(logs)

    def _evaluate(self, batches: Batches | Stream, callbacks: Any) -> dict[str, float]:
        batches.restart()
        begin, end = callbacks.hooks("on_test_batch_begin"), callbacks.hooks("on_test_batch_end")
        callbacks.on_test_begin()
        self._own_metrics = None
        self.reset_metrics()
        logs: dict[str, float] = {}
        for number, batch in enumerate(batches.epoch()):
            for hook in begin:
                hook(number, {})
            logs = self._run_test_step(batch)
            for hook in end:
                hook(number, dict(sorted(logs.items())))
        logs = dict(sorted(logs.items()))
        callbacks.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for given inputs, as NumPy arrays in the structure of the outputs.

        Any number of threads may predict with one model at once; the bits are those of one.
        """
        batches = self._source("predict", (x, None, None), batch_size, steps)
        data = batches.data
        with self._used(data, batches.batch_size):
            given = self._callbacks(callbacks, verbose, 1, batches.steps, False)
            begin, end = given.hooks("on_predict_batch_begin"), given.hooks("on_predict_batch_end")
            given.on_predict_begin()
            outputs = Gathered(batches.samples)
            for number, batch in enumerate(batches.epoch() if data.size else [empty(data)]):
                for hook in begin:
                    hook(number, {})
                with training_scope(False), stateful.step():
                    y = self.predict_step(inputs_alone(batch[0]))
                outputs.add(y)
                for hook in end:
                    hook(number, {"outputs": tree.map_structure(lambda t: t.numpy(), y)})
            given.on_predict_end()
        return outputs.result()

    # Single batches

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One training step on one batch; its own loss and metrics, as ``evaluate`` gives them."""
        self._assert_compiled("train_on_batch")
        if self._trained is None:
            check_trainable("train_on_batch", self)
        data = self._prepare("train_on_batch", x, y, sample_weight)
        if class_weight is not None:
            if sample_weight is not None:
                raise ValueError(
                    message("train_on_batch", "class_weight and sample_weight cannot both be given")
                )
            data = data._replace(
                sample_weight=class_weights("train_on_batch", data.y, class_weight)
            )
        self.reset_metrics()
        with self._used(data, data.size, trains=True):
            logs = dict(sorted(self._run_train_step(self._fitted_targets(data)).items()))
        return logs if return_dict else self._in_order(logs)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of one batch."""
        self._assert_compiled("test_on_batch")
        data = self._prepare("test_on_batch", x, y, sample_weight)
        self.reset_metrics()
        with self._used(data, data.size):
            logs = dict(sorted(self._run_test_step(self._fitted_targets(data)).items()))
        return logs if return_dict else self._in_order(logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        data = self._prepare("predict_on_batch", x)
        with self._used(data, data.size), training_scope(False), stateful.step():
            y = self.predict_step(inputs_alone(data.x))
        return tree.map_structure(lambda t: t.numpy().copy(), y)

    # What the loops share

    def _prepare(self, op: str, x: Any, y: Any = None, sample_weight: Any = None) -> Data:
        return prepare(op, x, y, sample_weight, self._input_count(), self._facts()[0])

    def _input_count(self) -> int | None:
        graph = getattr(self, "_graph", None)
        return self._known_input_count() if graph is None else len(graph.inputs)

    def _fitted_targets(self, data: Data) -> Data:
        """y of shape [B] as [B, 1] floats for an output [B, 1], once in place of in every batch.

        Only where all that sees y is ours: a loss or metric of the user's gets y as it was given.
        """
        graph, y = getattr(self, "_graph", None), data.y
        if graph is None or len(graph.outputs) != 1 or y is None or tree.is_nested(y):
            return data
        if not self._only_ours:
            return data
        shape = graph.outputs[0].shape
        if len(shape) != y.ndim + 1 or shape[-1] != 1:
            return data
        weight = data.sample_weight
        if weight is not None and not tree.is_nested(weight) and weight.ndim < y.ndim:
            return data  # a weight for a whole sequence wants one value for it
        dtype = computed_dtype(graph.outputs[0].dtype)
        return data._replace(y=y.reshape(*y.shape, 1).astype(dtype, copy=False))

    def _known_input_count(self) -> int | None:
        return None

    def _facts(self) -> tuple[str, list[Any]]:
        """The dtype of the model's floats (float64 if a layer says so), and its stateful layers."""
        graph = getattr(self, "_graph", None)
        known = self._known_facts
        if known is not None and graph is not None and known[0] is graph:
            return known[1]
        layers = list(self.flatten_layers())  # type: ignore[attr-defined]
        double = any(layer._dtype == "float64" for layer in layers)
        steady = [layer for layer in layers if layer.own_states()]
        facts = ("float64" if double else floatx(), steady)
        self._known_facts = (graph, facts)
        return facts

    def _used(self, data: Data, batch_size: int, trains: bool = False) -> Any:
        """Build where that is needed; take for this thread what only one may use."""
        if not self.built:
            with _BUILDING:
                if not self.built:
                    self._build_for_data(data, batch_size)
        return stateful.exclusive_use(self._facts()[1], self if trains else None)

    def _build_for_data(self, data: Data, batch_size: int) -> None:
        """A subclass builds its layers in its first step."""

    def _stream(
        self,
        op: str,
        given: tuple[Any, Any, Any],
        steps: int | None,
        seed: SeedGenerator | None = None,
        class_weight: Any = None,
    ) -> Stream:
        Stream.check(op, *given, class_weight)
        options = (self._input_count(), self._facts()[0])
        return Stream(op, given[0], options, steps, seed, class_weight)

    def _source(
        self, op: str, given: tuple[Any, Any, Any], batch_size: int | None, steps: int | None
    ) -> Batches | Stream:
        """The batches of arrays or of a stream, in their order."""
        if is_stream(given[0]):
            return self._stream(op, given, steps)
        size = positive_size(op, batch_size)
        return Batches(self._prepare(op, *given), size, None, steps)

    def _validation(
        self, given: Any, held_out: Data | None, batch_size: int | None, steps: int | None
    ) -> Batches | Stream | None:
        if held_out is not None:
            return Batches(held_out, positive_size("fit", batch_size), None, steps)
        if given is None:
            return None
        if is_stream(given):
            return self._stream("fit", (given, None, None), steps)
        if not isinstance(given, (list, tuple)) or len(given) not in (2, 3):
            raise ValueError(
                message(
                    "fit", "validation_data must be (x, y) or (x, y, sample_weight)", type(given)
                )
            )
        return self._source("fit", (*given, None)[:3], batch_size, steps)

    def _callbacks(
        self, callbacks: Any, verbose: Any, epochs: int, steps: int | None, history: bool
    ) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        if verbose != "auto" and not hasattr(verbose, "__index__"):
            raise ValueError(message("verbose", 'verbose must be "auto", 0, 1 or 2', repr(verbose)))
        verbose = verbose if verbose == "auto" else int(verbose)
        return CallbackList(
            callbacks,
            add_history=history,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
            model=self,
        )

    def _in_order(self, logs: dict[str, float]) -> Any:
        """Results as a list in the order of ``metrics``, the rest by name; one alone as it is."""
        names: list[str] = []
        for metric in self.metrics if self._steps.lists_metrics else self._logged_metrics():
            several = metric.metrics if isinstance(metric, CompiledMetrics) else [metric]
            names.extend(one.name for one in several)
        results = [logs[name] for name in names if name in logs]
        results += [logs[name] for name in sorted(logs) if name not in names]
        return results[0] if len(results) == 1 else results
