"""Which hooks are called, when and with what."""

from __future__ import annotations

import pytest

from tidegate.callbacks import Callback, CallbackList, History, ProgbarLogger

from .common import X, Y, fit, model

HOOKS = [
    "on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
    "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin",
    "on_test_batch_end", "on_predict_begin", "on_predict_end", "on_predict_batch_begin",
    "on_predict_batch_end",
]  # fmt: skip


def recorder():
    calls = []

    def hook(name):
        return lambda self, *args: calls.append((name, *args))

    kind = type("Recorder", (Callback,), {name: hook(name) for name in HOOKS})
    return kind(), calls


def test_order_in_fit():
    callback, calls = recorder()
    fit(
        model(), callback, epochs=1, batch_size=20, validation_data=(X, Y), validation_batch_size=40
    )
    assert [name for name, *_ in calls] == [
        "on_train_begin", "on_epoch_begin",
        "on_train_batch_begin", "on_train_batch_end", "on_train_batch_begin", "on_train_batch_end",
        "on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end",
        "on_epoch_end", "on_train_end",
    ]  # fmt: skip
    by_name = {name: args for name, *args in calls}
    assert by_name["on_train_batch_end"][0] == 1
    assert set(by_name["on_train_batch_end"][1]) == {"loss"}
    assert by_name["on_epoch_end"][0] == 0
    assert list(by_name["on_epoch_end"][1]) == ["loss", "val_loss"]
    assert callback.params == {"verbose": 0, "epochs": 1, "steps": 2}


def test_order_in_predict_and_evaluate():
    callback, calls = recorder()
    net = model()
    net.predict(X, verbose=0, batch_size=40, callbacks=[callback])
    assert [name for name, *_ in calls] == [
        "on_predict_begin", "on_predict_batch_begin", "on_predict_batch_end", "on_predict_end",
    ]  # fmt: skip
    assert calls[2][2]["outputs"].shape == (40, 1)
    calls.clear()
    net.evaluate(X, Y, verbose=0, batch_size=40, callbacks=[callback])
    assert next(name for name, *_ in calls) == "on_test_begin"
    assert callback.model is net


def test_older_names_of_batch_hooks():
    seen = []

    class Old(Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.append(("begin", batch))

        def on_batch_end(self, batch, logs=None):
            seen.append(("end", batch))

    fit(model(), Old(), epochs=1, batch_size=40)
    assert seen == [("begin", 0), ("end", 0)]


def test_stop_training_ends_after_the_batch():
    class Stop(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    history = fit(model(), Stop(), batch_size=10)
    assert history.epoch == [0]


def test_a_list_made_by_hand():
    callback, calls = recorder()
    group = CallbackList([callback], add_history=True, add_progbar=True, model=model(), epochs=1)
    assert [type(c) for c in group][1:] == [ProgbarLogger, History]
    group.on_epoch_begin(3)
    group.on_train_begin(logs={"a": 1})
    assert calls == [("on_epoch_begin", 3, {}), ("on_train_begin", {"a": 1})]
    with pytest.raises(AttributeError, match="on_holiday"):
        group.on_holiday()


def test_what_is_no_callback():
    with pytest.raises(TypeError, match="a callback must be a"):
        fit(model(), object())
    with pytest.raises(TypeError, match="a class in place of an instance"):
        fit(model(), History)


def test_logs_are_a_dict_where_there_are_none():
    seen = []

    class Logs(Callback):
        def on_predict_batch_begin(self, batch, logs=None):
            seen.append(logs)

        on_train_batch_begin = on_test_batch_begin = on_predict_batch_begin

        def on_predict_end(self, logs=None):
            seen.append(logs)

        on_train_begin = on_test_begin = on_predict_begin = on_predict_end

    net = model()
    fit(net, Logs())
    net.predict(X, verbose=0, callbacks=Logs())
    net.evaluate(X, Y, verbose=0, callbacks=Logs())
    assert len(seen) > 6
    assert all(logs == {} for logs in seen)
