"""Every metric of Keras over random arguments: results after batches, weights, configurations."""

from __future__ import annotations

import inspect
import warnings

import keras
import numpy as np
import pytest
import torch
from labelled import pair
from metric_cases import METRICS, case
from sampling import same_error, seeds

import tidegate

OTHERS = {"Metric", "Mean", "Sum", "MeanMetricWrapper"}
# What get_config of 3.15.1 leaves out, and ours keeps.
FORGOTTEN = {"CosineSimilarity": {"axis"}, "SparseCategoricalCrossentropy": {"ignore_class"}}
NAMES = sorted(METRICS)


def test_every_metric_is_compared():
    names = {n for n in dir(keras.metrics) if not n.startswith("_")}
    classes = {n for n in names if inspect.isclass(getattr(keras.metrics, n))}
    assert classes == set(METRICS) | OTHERS
    assert names <= set(dir(tidegate.metrics))


@pytest.mark.parametrize(
    "name", [n for n in dir(keras.metrics) if callable(getattr(keras.metrics, n)) and n[0] != "_"]
)
def test_signatures(name):
    found = []
    for module in (tidegate, keras):
        value = getattr(module.metrics, name)
        signature = inspect.signature(value.__init__ if inspect.isclass(value) else value)
        found.append([(p.name, p.default) for p in signature.parameters.values()])
    assert found[0] == found[1]


def test_names_and_aliases():
    from keras.src.metrics import ALL_OBJECTS_DICT

    for name, value in ALL_OBJECTS_DICT.items():
        if value.__name__ in METRICS and set(METRICS[value.__name__][0]) <= {"k"}:
            assert type(tidegate.metrics.get(name)).__name__ == value.__name__, name


@pytest.mark.parametrize("name", NAMES)
@seeds(fast=5, everything=50)
@pytest.mark.filterwarnings("ignore:More independent predictors")
def test_results(name, seed):
    chosen, batches = case(name, seed)
    ours = getattr(tidegate.metrics, name)(**chosen, name="it")
    theirs = getattr(keras.metrics, name)(**chosen, name="it")
    for _ in range(2):
        for y, x, weight in batches:
            ours.update_state(
                tidegate.convert_to_tensor(y), tidegate.convert_to_tensor(x), sample_weight=weight
            )
            theirs.update_state(
                torch.tensor(y), torch.tensor(x),
                sample_weight=None if weight is None else torch.tensor(weight),
            )  # fmt: skip
        result, expected = ours.result().numpy(), keras.ops.convert_to_numpy(theirs.result())
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, rtol=2e-5, atol=2e-6, err_msg=str(chosen))
        ours.reset_state()
        theirs.reset_state()
    config, expected = ours.get_config(), theirs.get_config()
    expected.pop("fn", None)
    for key in FORGOTTEN.get(name, ()):
        expected.setdefault(key, config.get(key))
    assert config == expected
    again = tidegate.metrics.deserialize(tidegate.metrics.serialize(ours))
    assert again.get_config() == config
    assert getattr(ours, "_direction", None) == getattr(theirs, "_direction", None)


def test_variables():
    """Names, shapes and dtypes; those of means are Python floats here (docs/deviations.md)."""
    for name, (required, _, kind) in METRICS.items():
        pairs = []
        for module in (tidegate, keras):
            metric = getattr(module.metrics, name)(**required, name="it")
            y, x = pair(kind, np.random.default_rng(1), False, (5, 4))
            convert = tidegate.convert_to_tensor if module is tidegate else torch.tensor
            metric.update_state(convert(y), convert(x))
            pairs.append([(v.path, tuple(v.shape), str(v.dtype)) for v in metric.variables])
        if not isinstance(getattr(tidegate.metrics, name)(**required), tidegate.metrics.Mean):
            assert pairs[0] == pairs[1], name


BAD = [(name, {**METRICS[name][0], "speed": 3}) for name in NAMES] + [
    ("Precision", {"thresholds": 1.5}),
    ("Recall", {"thresholds": [0.5, -0.1]}),
    ("TruePositives", {"thresholds": [None]}),
    ("AUC", {"num_thresholds": 1}),
    ("AUC", {"curve": "circle"}),
    ("AUC", {"summation_method": "guess"}),
    ("AUC", {"num_labels": 3}),
    ("SensitivityAtSpecificity", {"specificity": 2.0}),
    ("SpecificityAtSensitivity", {"sensitivity": -1.0}),
    ("PrecisionAtRecall", {"recall": 2.0}),
    ("RecallAtPrecision", {"precision": 2.0}),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 0}),
    ("FBetaScore", {"average": "median"}),
    ("FBetaScore", {"beta": 1}),
    ("FBetaScore", {"beta": -1.0}),
    ("FBetaScore", {"threshold": 1}),
    ("F1Score", {"threshold": 1.5}),
    ("R2Score", {"class_aggregation": "sum"}),
    ("R2Score", {"num_regressors": -1}),
    ("IoU", {"num_classes": 2, "target_class_ids": [2]}),
]


@pytest.mark.parametrize(("name", "bad"), BAD)
def test_bad_arguments(name, bad):
    same_error(
        lambda: getattr(tidegate.metrics, name)(**bad), lambda: getattr(keras.metrics, name)(**bad)
    )


@pytest.mark.parametrize("name", ["F1Score", "FBetaScore", "R2Score"])
def test_bad_shapes(name):
    y, x = np.ones((2, 3, 4), "f"), np.ones((2, 3, 4), "f")
    same_error(
        lambda: getattr(tidegate.metrics, name)()(y, x),
        lambda: getattr(keras.metrics, name)()(torch.tensor(y), torch.tensor(x)),
    )


def test_integer_classes_and_float_weights_warn():
    with pytest.warns(UserWarning, match="passing weight as `float`"):
        tidegate.metrics.MeanIoU(2)([0, 1], [0, 1], sample_weight=[0.5, 1.0])


def test_small_samples_of_the_adjusted_score_warn():
    for predictors, problem in ((5, "More independent"), (1, "Division by zero")):
        metric = tidegate.metrics.R2Score(num_regressors=predictors)
        metric.update_state([[1.0], [2.0]], [[1.0], [2.5]])
        with pytest.warns(UserWarning, match=problem):
            metric.result()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tidegate.metrics.R2Score()([[1.0], [2.0]], [[1.0], [2.5]])
