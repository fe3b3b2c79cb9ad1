/* A metric that no chosen run has logged more than once is no curve: its values beside each other,
   a dot for each column on one scale, the best first; a group shows its members and their mean.
     rf.compareValues.byMetric()                  whether the x axis is a metric: then none is
     rf.compareValues.fits(columns, key)          whether it is such a metric
     rf.compareValues.fill(figure, columns, key)  fills the figure; gives the columns that it shows */
(function () {
  "use strict";

  const { charts, curves } = rf;
  const byMetric = () => charts.options.x.startsWith("m:");
  const place = (value, [low, high]) => (100 * (value - low)) / (high - low) + "%";

  function at(node, side, value, domain) {
    node.style[side] = place(value, domain);
    return node;
  }

  /* Against another metric even single values make a picture: one dot each. */
  function fits(columns, key) {
    if (byMetric()) return false;
    const found = columns.flatMap((column) => column.runs.map((run) => curves.own(run.payload.m, key))).filter(Boolean);
    return found.every((one) => (one.n || one.v.length) <= 1) && found.some((one) => Number.isFinite(one.v[0]));
  }

  const valuesOf = (column, key) =>
    column.runs.map((run) => rf.valueOf(run, key, "last", 0)).filter((value) => Number.isFinite(value));

  function sorted(columns, key) {
    const rows = columns.map((column) => {
      const values = valuesOf(column, key);
      return { column, values, mean: values.reduce((sum, one) => sum + one, 0) / values.length };
    });
    const direction = rf.directionOf(columns, key);
    return rows.filter((row) => row.values.length).sort((a, b) => direction * (b.mean - a.mean));
  }

  function track({ column, values, mean }, domain) {
    const node = rf.el("div", { class: "values-track c" + column.color, "aria-hidden": "true" });
    if (values.length > 1) {
      const range = rf.el("span", { class: "values-range" });
      at(range, "left", Math.min(...values), domain);
      range.style.width = parseFloat(place(Math.max(...values), domain)) - parseFloat(range.style.left) + "%";
      node.append(range, ...values.map((value) => at(rf.el("span", { class: "values-member" }), "left", value, domain)));
    }
    node.append(at(rf.el("span", { class: "values-dot" }), "left", mean, domain));
    return node;
  }

  function line(row, domain, decimals) {
    const { column, values, mean } = row;
    const name = rf.el(
      "span",
      { class: "run-head" },
      rf.el("span", { class: "swatch c" + column.color }),
      rf.el("span", { class: "trunc", title: column.name }, rf.bdi(column.name)),
    );
    const many = values.length > 1 && rf.el("span", { class: "faint" }, " ×" + values.length);
    return rf.el(
      "tr",
      null,
      rf.el("th", { scope: "row" }, name),
      rf.el("td", null, track(row, domain)),
      rf.el("td", { class: "num" }, rf.number(mean, decimals), many),
    );
  }

  function fill(figure, columns, key) {
    const rows = sorted(columns, key);
    const all = rows.flatMap((row) => row.values);
    const domain = curves.nice(Math.min(...all), Math.max(...all), 5);
    const decimals = rf.decimalsFor(all);
    const ends = rf.el("div", { class: "values-ends num" }, ...domain.map((edge) => rf.el("span", null, rf.number(edge))));
    const foot = rf.el("tr", { "aria-hidden": "true" }, rf.el("td"), rf.el("td", null, ends), rf.el("td"));
    const table = rf.el(
      "table",
      { class: "values-table", "aria-label": rf.t("Values of {metric}", { metric: key }) },
      rf.el("tbody", null, ...rows.map((row) => line(row, domain, decimals))),
      rf.el("tfoot", null, foot),
    );
    figure.querySelector(".values-body").replaceChildren(table);
    return rows.map((row) => row.column);
  }

  rf.compareValues = { byMetric, fits, fill };
})();
