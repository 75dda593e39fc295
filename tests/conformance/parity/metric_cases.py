"""Random arguments of every metric, with batches of labels and predictions that it takes."""

from __future__ import annotations

import zlib

import numpy as np
from labelled import pair
from sampling import draw

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
