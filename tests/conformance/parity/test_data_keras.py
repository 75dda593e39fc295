"""The same data in every form that Keras takes: the same history, weights and predictions."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import torch
from sampling import same_error, seeds

import tidegate

FORMS = ("arrays", "PyDataset", "generator", "loader")


def samples(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(23, 4)).astype("float32")
    labels = rng.integers(0, 2, 23)
    weights = rng.uniform(0.5, 2, 23).astype("float32")
    return x, labels, weights


def given(form, module, x, y, weights, size):
    """``fit``'s arguments for one form of the data."""
    batches = [
        tuple(part[i : i + size] for part in (x, y, *([] if weights is None else [weights])))
        for i in range(0, len(x), size)
    ]
    if form == "arrays":
        return {"x": x, "y": y, "sample_weight": weights, "batch_size": size}
    if form == "PyDataset":

        class Batches(module.utils.PyDataset):
            def __len__(self):
                return len(batches)

            def __getitem__(self, index):
                return batches[index]

        return {"x": Batches()}
    if form == "generator":

        def forever():
            while True:
                yield from batches

        return {"x": forever(), "steps_per_epoch": len(batches)}
    data = torch.utils.data.TensorDataset(
        *(torch.tensor(part) for part in (x, y, *([] if weights is None else [weights])))
    )
    return {"x": torch.utils.data.DataLoader(data, batch_size=size)}


def nets(seed):
    made = []
    for module in (tidegate, keras):
        made.append(
            module.Sequential(
                [
                    module.Input((4,)),
                    module.layers.Dense(5, activation="tanh"),
                    module.layers.Dense(1, activation="sigmoid"),
                ]
            )
        )
    keras.utils.set_random_seed(seed)
    made[1] = keras.models.clone_model(made[1])
    made[0].set_weights(made[1].get_weights())
    for module, net in zip((tidegate, keras), made):
        net.compile(
            module.optimizers.Adam(0.01), "binary_crossentropy", metrics=["acc"],
            weighted_metrics=["mae"],
        )  # fmt: skip
    return made


@pytest.mark.parametrize("form", FORMS)
@seeds(fast=2, everything=12)
def test_every_form_of_data(form, seed):
    x, labels, weights = samples(seed)
    weights = weights if seed % 2 else None
    y = labels.astype("float32")[:, None]
    size = (4, 8, 23)[seed % 3]
    by_class = {0: 0.5, 1: 2.0} if weights is None and form in ("arrays", "PyDataset") else None
    found = []
    for module, net in zip((tidegate, keras), nets(seed)):
        arguments = given(form, module, x, y, weights, size)
        history = net.fit(
            **arguments, epochs=3, shuffle=False, class_weight=by_class, verbose=0,
            validation_data=(x[:9], y[:9]),
        ).history  # fmt: skip
        scores = net.evaluate(x, y, batch_size=size, verbose=0)
        found.append((history, scores, net.get_weights(), net.predict(x, verbose=0)))
    ours, theirs = found
    assert list(ours[0]) == list(theirs[0])
    for name, values in ours[0].items():
        np.testing.assert_allclose(values, theirs[0][name], rtol=2e-4, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=2e-4, atol=1e-5)
    for mine, their in zip(ours[2], theirs[2]):
        np.testing.assert_allclose(mine, their, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours[3], theirs[3], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize(
    "more",
    [
        {"y": np.zeros((23, 1))}, {"sample_weight": np.ones(23)}, {"validation_split": 0.5},
        {"class_weight": {0: 1.0}, "form": "loader or generator"},
    ],
    ids=["y", "sample_weight", "validation_split", "class_weight"],
)  # fmt: skip
def test_what_does_not_go_together(form, more):
    if more.get("form") and form not in more["form"]:
        more = {"y": np.zeros((23, 1))}
    more = {key: value for key, value in more.items() if key != "form"}
    x, labels, _ = samples(0)

    def attempt(module, net):
        arguments = given(form, module, x, labels[:, None].astype("f"), None, 8)
        net.fit(**{**arguments, **more}, verbose=0)

    ours, theirs = nets(0)
    same_error(lambda: attempt(tidegate, ours), lambda: attempt(keras, theirs))
