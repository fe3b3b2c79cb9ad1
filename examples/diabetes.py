"""Regression on scikit-learn's diabetes data: which model explains most of the progression?

Each run notes the digest of its data, and keeps its predictions as a table and a picture. A model
that beats all before it takes over the alias `best`; the last run adds small trees to that one.
"""

import argparse

import joblib
from matplotlib.figure import Figure
from sklearn.datasets import load_diabetes
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import BayesianRidge, LassoCV, LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor

import runfolio

MODELS = {
    "mean": DummyRegressor(),
    "least squares": LinearRegression(),
    "lasso": LassoCV(random_state=0),
    "bayesian ridge": BayesianRidge(),
    "neighbours": KNeighborsRegressor(15),
    "forest": RandomForestRegressor(min_samples_leaf=5, random_state=0),
    "boosting": GradientBoostingRegressor(
        n_estimators=60, max_depth=2, learning_rate=0.05, random_state=0
    ),
    "best and trees": GradientBoostingRegressor(
        n_estimators=30, max_depth=1, learning_rate=0.05, random_state=0
    ),
}


def picture(truth, guess):
    """Predicted against true values; a perfect model would lie on the line."""
    figure = Figure(figsize=(4.5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.scatter(truth, guess, s=14, alpha=0.7)
    axes.axline((0, 0), slope=1, color="grey", linewidth=1)
    axes.set(xlabel="progression", ylabel="predicted", xlim=(0, 360), ylim=(0, 360))
    return figure


def train(name, best, store):
    """One run: fit, measure, keep; gives the best share of explained variance so far."""
    x, y = load_diabetes(return_X_y=True)
    model = MODELS[name]
    x, x_test, y, y_test = train_test_split(x, y, test_size=110, random_state=0)
    params = {"model": type(model).__name__, **model.get_params()}
    with runfolio.init("diabetes", name=name, params=params, store=store) as run:
        run.log_dataset((x, y), "diabetes", role="train", source="sklearn.datasets")
        run.log_dataset((x_test, y_test), "diabetes", role="test", source="sklearn.datasets")
        known = known_test = 0
        if name == "best and trees":
            first = joblib.load(run.use_model("diabetes", "best"))
            known, known_test = first.predict(x), first.predict(x_test)
        guess = known_test + model.fit(x, y - known).predict(x_test)
        r2, mse = r2_score(y_test, guess), mean_squared_error(y_test, guess)
        mae = mean_absolute_error(y_test, guess)
        run.log({"test/r2": r2, "test/mae": mae, "test/rmse": mse**0.5})
        run.log_table({"truth": y_test, "predicted": guess}, "predictions")
        run.log_figure(picture(y_test, guess), "predictions", caption="110 patients held out")
        run.log_model(model, "regressor")
        run.set_tag("baseline" if name == "mean" else "candidate")
        if r2 > best and name != "best and trees":
            run.register_model("diabetes", alias="best")
    return max(r2, best)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", help="where the runs go (default: ./runs)")
    parser.add_argument("--fast", action="store_true", help="the first four models and the last")
    options = parser.parse_args()
    best = float("-inf")
    for name in [*list(MODELS)[: 4 if options.fast else -1], "best and trees"]:
        best = train(name, best, options.store)
