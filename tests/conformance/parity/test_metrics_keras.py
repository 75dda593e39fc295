"""Every metric of Keras over random arguments: results after batches, weights, configurations."""

from __future__ import annotations

import inspect
import warnings
import zlib

import keras
import numpy as np
import pytest
import torch
from sampling import draw, same_error, seeds

import tidegate

COUNT = {"thresholds": (0.3, [0.2, 0.7], [0.0, 0.5, 1.0], [0.1, 0.4, 0.8])}
RATE = COUNT | {"top_k": (1, 2), "class_id": (1,)}
POINT = {"num_thresholds": (1, 5, 50), "class_id": (1,)}
LOGITS = {"from_logits": (True,)}
IOU = {"ignore_class": (0,), "dtype": ("float32",)}
# Class: required arguments, options, what the labels and the predictions are.
METRICS = {
    "Accuracy": ({}, {}, "same"),
    "BinaryAccuracy": ({}, {"threshold": (0.3,)}, "binary"),
    "CategoricalAccuracy": ({}, {}, "one-hot"),
    "SparseCategoricalAccuracy": ({}, {}, "classes"),
    "TopKCategoricalAccuracy": ({"k": 3}, {"k": (1, 2)}, "one-hot"),
    "SparseTopKCategoricalAccuracy": ({"k": 3}, {"k": (1, 2)}, "classes"),
    "BinaryCrossentropy": ({}, LOGITS | {"label_smoothing": (0.1,)}, "binary"),
    "CategoricalCrossentropy": ({}, LOGITS | {"label_smoothing": (0.1,)}, "one-hot"),
    "SparseCategoricalCrossentropy": ({}, LOGITS | {"ignore_class": (1,)}, "classes"),
    "KLDivergence": ({}, {}, "distributions"),
    "Poisson": ({}, {}, "positive"),
    "MeanSquaredError": ({}, {}, "numbers"),
    "RootMeanSquaredError": ({}, {}, "numbers"),
    "MeanAbsoluteError": ({}, {}, "numbers"),
    "MeanAbsolutePercentageError": ({}, {}, "numbers"),
    "MeanSquaredLogarithmicError": ({}, {}, "positive"),
    "CosineSimilarity": ({}, {}, "numbers"),
    "LogCoshError": ({}, {}, "numbers"),
    "R2Score": (
        {}, {"class_aggregation": (None, "variance_weighted_average"), "num_regressors": (2,)},
        "numbers",
    ),
    "Hinge": ({}, {}, "binary"),
    "SquaredHinge": ({}, {}, "binary"),
    "CategoricalHinge": ({}, {}, "one-hot"),
    "PearsonCorrelation": ({}, {"axis": (0,)}, "numbers"),
    "ConcordanceCorrelation": ({}, {"axis": (0,)}, "numbers"),
    "TruePositives": ({}, COUNT, "binary"),
    "TrueNegatives": ({}, COUNT, "binary"),
    "FalsePositives": ({}, COUNT, "binary"),
    "FalseNegatives": ({}, COUNT, "binary"),
    "Precision": ({}, RATE, "binary"),
    "Recall": ({}, RATE, "binary"),
    "SensitivityAtSpecificity": ({"specificity": 0.4}, POINT, "binary"),
    "SpecificityAtSensitivity": ({"sensitivity": 0.4}, POINT, "binary"),
    "PrecisionAtRecall": ({"recall": 0.4}, POINT, "binary"),
    "RecallAtPrecision": ({"precision": 0.4}, POINT, "binary"),
    "AUC": (
        {},
        {
            "num_thresholds": (3, 20), "curve": ("PR", "ROC", "PRGAIN"),
            "summation_method": ("minoring", "majoring", "interpolation"),
            "thresholds": ([0.1, 0.4, 0.8], [0.25, 0.5, 0.75]), "multi_label": (True,),
            "from_logits": (True,),
        },
        "binary",
    ),
    "F1Score": (
        {}, {"average": ("micro", "macro", "weighted"), "threshold": (0.3,)}, "one-hot",
    ),
    "FBetaScore": (
        {}, {"average": ("micro", "macro", "weighted"), "threshold": (0.3,), "beta": (0.5, 2.0)},
        "one-hot",
    ),
    "IoU": ({"num_classes": 4, "target_class_ids": [0, 2]}, IOU, "labels"),
    "MeanIoU": ({"num_classes": 4}, IOU, "labels"),
    "BinaryIoU": ({}, {"threshold": (0.3,), "target_class_ids": ([1],)}, "binary"),
    "OneHotIoU": (
        {"num_classes": 4, "target_class_ids": [0, 3]}, {"ignore_class": (1,)}, "one-hot",
    ),
    "OneHotMeanIoU": ({"num_classes": 4}, {"ignore_class": (1,)}, "one-hot"),
}  # fmt: skip
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


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def pair(kind, rng, from_logits, shape):
    x = rng.normal(size=shape).astype("float32")
    if kind == "same":
        return rng.integers(0, 3, shape).astype("f"), rng.integers(0, 3, shape).astype("f")
    if kind == "labels":
        return rng.integers(0, 4, shape).astype("int32"), rng.integers(0, 4, shape).astype("int32")
    if kind == "numbers":
        return (x + rng.normal(size=shape)).astype("float32"), x
    if kind == "positive":
        return rng.uniform(0, 3, shape).astype("float32"), np.abs(x) + 0.01
    if kind == "distributions":
        return softmax(rng.normal(size=shape)), softmax(x)
    if kind == "binary":
        labels = rng.integers(0, 2, shape).astype("float32")
        return labels, x if from_logits else (1 / (1 + np.exp(-x))).astype("float32")
    classes = rng.integers(0, shape[-1], shape[:-1])
    predictions = x if from_logits else softmax(x)
    if kind == "one-hot":
        return np.eye(shape[-1], dtype="float32")[classes], predictions
    return classes.astype("int32"), predictions


# With one of these, Keras takes only y [B, D].
FLAT = {"R2Score", "F1Score", "FBetaScore"}


def case(name, seed):
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    required, options, kind = METRICS[name]
    chosen = required | draw(rng, options)
    flat = name in FLAT or chosen.get("multi_label")
    steps = (3,) if rng.random() < 0.3 and not flat else ()
    batches = []
    weighted = rng.random() < 0.5
    for _ in range(3):
        size = int(rng.integers(3, 7))
        y, x = pair(kind, rng, chosen.get("from_logits", False), (size, *steps, 4))
        weight = rng.integers(0, 4, size).astype("float32") if weighted else None
        if weighted and (name.endswith("IoU") or chosen.get("axis") == 0):
            weight = None
        if weighted and steps and name in BROADCASTS:
            weight = None
        batches.append((y, x, weight))
    return chosen, batches


# Their weights [B] do not fit y [B, T, D] in Keras.
BROADCASTS = {n for n, (_, o, k) in METRICS.items() if k == "binary" and "Accuracy" not in n} | {
    "SparseCategoricalCrossentropy"
}


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
