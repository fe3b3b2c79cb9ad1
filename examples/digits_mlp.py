"""A neural net in NumPy on scikit-learn's digits: seven learning rates, the largest overflows."""

import argparse
import contextlib

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

import runfolio


def forward(layers, x):
    """What the hidden units say, and the probability of each digit."""
    hidden = np.maximum(0, x @ layers[0])
    scores = hidden @ layers[1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, powers / powers.sum(axis=1, keepdims=True)


def backward(layers, x, y):
    """The gradients of both layers, and the probabilities that they come from."""
    hidden, guess = forward(layers, x)
    delta = (guess - np.eye(10)[y]) / len(y)
    return [x.T @ (delta @ layers[1].T * (hidden > 0)), hidden.T @ delta], guess


def measure(guess, y):
    """Mean cross-entropy and accuracy."""
    return -np.log(guess[range(len(y)), y]).mean(), (guess.argmax(axis=1) == y).mean()


def picture(layer):
    """What each of the 48 hidden units looks for in an image."""
    tiles = layer[:64].T.reshape(6, 8, 8, 8).swapaxes(1, 2).reshape(48, 64)
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    figure.subplots().imshow(tiles, cmap="RdBu")
    return figure


def train(run, rate, epochs):
    """Fill one run: SGD with momentum; FloatingPointError when the loss is no number any more."""
    rng = np.random.default_rng(0)
    x, y = load_digits(return_X_y=True)
    run.log_dataset((x, y), "digits", source="sklearn.datasets.load_digits")
    x = np.hstack([x / 16, np.ones((len(x), 1))])  # the ones are the bias
    layers, speeds = [rng.normal(0, 0.2, (65, 48)), rng.normal(0, 0.2, (48, 10))], [0, 0]
    for step in range(epochs * 26):
        lr = rate * (1 + np.cos(np.pi * step / epochs / 26)) / 2
        batch = rng.choice(1300, 50, replace=False)
        gradients, guess = backward(layers, x[batch], y[batch])
        loss, accuracy = measure(guess, y[batch])
        run.log({"train/loss": loss, "train/accuracy": accuracy, "train/lr": lr}, step)
        run.log({"grad/norm": sum(np.sum(each**2) for each in gradients) ** 0.5}, step)
        if not np.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss} at step {step}")
        speeds = [0.9 * s - lr * g for s, g in zip(speeds, gradients, strict=True)]
        layers = [layer + s for layer, s in zip(layers, speeds, strict=True)]
        if step % 26 == 25:
            loss, accuracy = measure(guess := forward(layers, x[1300:])[1], y[1300:])
            run.log({"val/loss": loss, "val/accuracy": accuracy}, step)
            run.log_histogram(layers[0], "weights", step=step)
    run.log_confusion_matrix(y[1300:], guess.argmax(axis=1), name="val")
    run.log_figure(picture(layers[0]), "hidden units")
    for i in np.flatnonzero(guess.argmax(axis=1) != y[1300:])[:6]:
        image = np.kron(x[1300 + i, :64].reshape(8, 8), np.ones((9, 9)))
        run.log_image(image, f"wrong/{i}", caption=f"a {y[1300 + i]}, not a {guess[i].argmax()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="where the runs go (default: ./runs)")
    parser.add_argument("--fast", action="store_true", help="8 epochs in place of 40")
    options = parser.parse_args()
    for lr in [0.001, 0.003, 0.01, 0.03, 0.1, 1.0, 10.0]:
        params = {"lr": lr, "hidden": 48, "batch": 50, "momentum": 0.9, "seed": 0}
        run = runfolio.init("digits-mlp", name=f"lr {lr:g}", params=params, store=options.store)
        with contextlib.suppress(FloatingPointError), np.errstate(divide="ignore"), run:
            train(run, lr, 8 if options.fast else 40)
