"""Gradients, optimizers and one step of every repair strategy, by PyTorch in double precision, rounded to f32.

Run from anywhere: `python make.py`. Writes beside itself:

    operations.h5   gradients of every operation                    operations.py
    gradients.h5    gradients of whole tiny towers                  gradients.py
    optimizers.h5   optimizers, clipping, schedules, averages       optimizers.py
    strategies.h5   the inputs (batches.py) and one step of every strategy (steps.py, edits.py, losses.py)

`strategies.h5` has a group `inputs/MODEL` and a group `steps/STRATEGY/MODEL` with each loss term as a number, whatever
the strategy chose on the way, and digest rows of the `updates`: weights after the step minus weights before it, a row
for each of `tensors/MODEL`; a row of zeros must not move.
Attributes state every hyperparameter. `start` is `shifted` (towers.py says how) or `received`.

Every step is taken in f32 as well. A step that f32 cannot repeat to a fifth of the 1e-3 that the tests ask is no test:
then this script fails.
"""

from pathlib import Path

import h5py
import numpy as np
import torch

import batches
import gradients
import losses
import operations
import optimizers
from edits import EDITS, TASK_RATE, TASK_SHARE, TASK_STEPS
from steps import EPS, RATE, TRAINED, Step, take
from towers import digest, parameter_keys, received, write, write_digests, write_keys

HERE = Path(__file__).resolve().parent
MODELS = ("vit", "resnet")
KEYS = {name: parameter_keys(received(name)) for name in MODELS}


def trained(strategy, name, arrays, dtype):
    step = Step(name, arrays, dtype)
    terms, updates, length = take(step, strategy)
    return {**terms, "gradient_norm": length, **step.notes}, updates


def edited(strategy, name, arrays, dtype):
    return EDITS[strategy][0](name, arrays, dtype)


def same_in_single(answers, updates, single_answers, single_updates):
    """The largest difference of f32 from f64: numbers relative to their largest, updates relative to their norm."""
    errors = [((single_answers[name].double() - value).abs().max() / value.abs().max()).item()
              for name, value in answers.items() if torch.is_tensor(value) and value.is_floating_point()]
    largest = max(value.norm() for value in updates.values())
    for name, value in updates.items():
        rows = digest(value), digest(single_updates[name])
        errors.append(float(np.abs(rows[0] - rows[1]).max() / max(rows[0][0], 1e-2 * largest)))
    return max(errors)


def record(store, strategy, name, arrays, run, attributes):
    answers, updates = run(strategy, name, arrays, torch.float64)
    worst = same_in_single(answers, updates, *run(strategy, name, arrays, torch.float32))
    print(f"{strategy:26s} {name:8s} f32 differs by {worst:.1e}")
    assert worst < 2e-4, (strategy, name)
    group = store.create_group(f"steps/{strategy}/{name}")
    group.attrs.update(attributes)
    for key, value in answers.items():
        if torch.is_tensor(value):
            write(group, **{key: value})
        else:
            group.attrs[key] = value
    write_digests(group, "updates", updates, KEYS[name])


def make_strategies(store, arrays):
    for name in MODELS:
        batches.store(store.create_group(f"inputs/{name}"), arrays[name])
        write_keys(store, name, received(name))
    for strategy, (_, _, betas, decay, clip) in TRAINED.items():
        for name in MODELS:
            attributes = {"start": "shifted", "rate": RATE, "eps": EPS, "beta1": betas[0], "beta2": betas[1],
                          "weight_decay": decay, "clip": clip or 0.0}
            record(store, strategy, name, arrays[name], trained, attributes)
    for strategy, (_, names) in EDITS.items():
        for name in names:
            attributes = {"start": "received"}
            if strategy == "task-vector":
                attributes |= {"rate": TASK_RATE, "eps": EPS, "beta1": 0.9, "beta2": 0.999, "weight_decay": 0.1,
                               "steps": TASK_STEPS, "share": TASK_SHARE}
            record(store, strategy, name, arrays[name], edited, attributes)


def main():
    losses.check()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    arrays = {"vit": batches.make(32, 77, 1), "resnet": batches.make(64, 32, 5)}
    for name, fill in (("operations", operations.make), ("optimizers", optimizers.make),
                       ("gradients", lambda store: gradients.make(store, arrays)),
                       ("strategies", lambda store: make_strategies(store, arrays))):
        with h5py.File(HERE / (name + ".h5"), "w") as store:
            fill(store)


if __name__ == "__main__":
    main()
