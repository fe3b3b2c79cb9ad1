"""Six families of classifiers on scikit-learn's digits: 36 settings, three seeds each.

Two processes train side by side and log into one store; neither knows of the other. A seed draws
which images are trained on and which validate; the 450 test images are the same for every run.
"""

import argparse
import time

from joblib import Parallel, delayed
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier as Boosting
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import ParameterGrid, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

import runfolio

FAMILIES = {
    "logistic": (LogisticRegression, {"C": [0.01, 0.1, 1, 10, 30, 100], "max_iter": [500]}),
    "knn": (KNeighborsClassifier, {"n_neighbors": [1, 3, 9], "weights": ["uniform", "distance"]}),
    "svm": (SVC, {"C": [1, 10], "gamma": [0.001, 0.02, 0.1]}),
    "forest": (RandomForestClassifier, {"n_estimators": [20, 100], "max_depth": [4, 8, None]}),
    "boosting": (Boosting, {"learning_rate": [0.05, 0.1, 0.3], "max_iter": [15, 30]}),
    "mlp": (MLPClassifier, {"hidden_layer_sizes": [8, 16, 32], "learning_rate_init": [0.01, 0.03]}),
}


def scores(split, truth, probabilities):
    """Accuracy, macro F1 and log-loss under the names by which they are logged."""
    guess = probabilities.argmax(axis=1)
    return {
        f"{split}/accuracy": accuracy_score(truth, guess),
        f"{split}/f1": f1_score(truth, guess, average="macro"),
        f"{split}/log_loss": log_loss(truth, probabilities),
    }


def train(store, family, setting, seed):
    """One run: fit one model, log how it does on images that it has not seen."""
    x, y = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x / 16, y, test_size=450, random_state=0)
    x, x_val, y, y_val = train_test_split(x, y, test_size=300, random_state=seed)
    build, grid = FAMILIES[family]
    varied = [str(value) for key, value in setting.items() if len(grid[key]) > 1]
    group = " ".join([family, *varied])
    name, params = f"{group} #{seed}", {"family": family, "seed": seed, **setting}
    runfolio.seed_everything(seed)
    with runfolio.init("digits", name=name, group=group, params=params, store=store) as run:
        run.set_tag(family)
        if name == "logistic 1 #0":
            run.set_tag("baseline")
            run.note("What scikit-learn does by default, and quick to train.")
        model = build(**setting)
        if family == "svm":
            model = CalibratedClassifierCV(model, ensemble=False)  # scores become probabilities
        run.log_dataset((x, y), "digits", role="train", source="sklearn.datasets.load_digits")
        run.log_dataset((x_test, y_test), "digits", role="test")
        start = time.perf_counter()
        model.fit(x, y)
        run.log({"fit/seconds": time.perf_counter() - start}, step=0)
        run.log(scores("val", y_val, model.predict_proba(x_val)), step=0)
        run.log(scores("test", y_test, model.predict_proba(x_test)), step=0)
        run.log_confusion_matrix(y_test, model.predict(x_test), name="test")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="where the runs go (default: ./runs)")
    parser.add_argument("--fast", action="store_true", help="one seed in place of three")
    options = parser.parse_args()
    seeds = range(1 if options.fast else 3)
    trials = [(f, s, i) for f in FAMILIES for s in ParameterGrid(FAMILIES[f][1]) for i in seeds]
    Parallel(n_jobs=2)(delayed(train)(options.store, *trial) for trial in trials)
