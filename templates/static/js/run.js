/* The page of a run: its curves come in one file and go to the charts inside.
     <div data-rf="run" data-id="…" data-src="…">  around figures of kind curve, system, histogram */
(function () {
  "use strict";

  const { charts, curves } = rf;

  function modelOf(plot, run) {
    const key = plot.data.key === undefined ? plot.title : plot.data.key;
    if (plot.kind === "histogram") {
      const items = curves.own(run.hist, key);
      return items && items.length ? { items, at: items.length - 1, color: run.color } : null;
    }
    const series = curves.read(run, key, plot.kind === "system");
    return series && { series: [series] };
  }

  function fill(element, run) {
    if (rf.chartbar) rf.chartbar.metrics(curves.keys(run.m));
    for (const figure of element.querySelectorAll('[data-rf="chart"]')) {
      const plot = charts.of(figure);
      const model = plot && modelOf(plot, run);
      if (!model) continue;
      charts.set(figure, model);
      if (plot.kind === "histogram") charts.stepSlider(plot);
    }
  }

  rf.part("run", (element) => {
    if (!element.querySelector('[data-rf="chart"]')) return;
    const figure = element.querySelector('[data-rf="chart"]');
    if (figure.getBoundingClientRect().top < innerHeight) charts.expect();
    rf.load("run", element.dataset.id, element.dataset.src).then(
      (run) => fill(element, run),
      (error) => element.prepend(rf.notice(error.message + " " + rf.t("The charts show still pictures."), "warn")),
    );
  });
})();
