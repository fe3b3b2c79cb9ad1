/* Which params go with a metric, as tables: rf.effectTables(values, ys, metric, direction) → nodes.
   The numbers are made in effects.js; here they get bars, words, and what they do not say. */
(function () {
  "use strict";

  const { effects } = rf;
  const WIDTH = 160;
  const GAPS = 8;

  function card(title, note, ...content) {
    return rf.el(
      "section",
      { class: "card effects" },
      rf.el(
        "div",
        { class: "card-head" },
        rf.el("h3", { class: "card-title" }, title),
        rf.el("span", { class: "card-note" }, note),
      ),
      ...content,
    );
  }

  function table(label, heads, rows) {
    const head = rf.el(
      "tr",
      null,
      ...heads.map(([text, look]) => rf.el("th", { scope: "col", class: look || null }, text)),
    );
    return rf.el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
      rf.el(
        "table",
        { class: "data" },
        rf.el("thead", null, head),
        rf.el("tbody", null, ...rows),
      ),
    );
  }

  /* A bar or a dot with the interval as a line, on a scale of its table. */
  function picture(scale, value, low, high, bar) {
    const x = (at) => Math.round(scale(at) * 10) / 10;
    const shapes = [];
    if (bar) shapes.push(rf.svg("rect", { class: "effect-bar", x: 0, y: 4, width: x(value), height: 8 }));
    if (low !== null) {
      shapes.push(rf.svg("line", { class: "effect-line", x1: x(low), x2: x(high), y1: 8, y2: 8 }));
    }
    if (!bar) shapes.push(rf.svg("circle", { class: "effect-dot", cx: x(value), cy: 8, r: 4 }));
    return rf.svg("svg", { class: "effect", width: WIDTH, height: 16, "aria-hidden": "true" }, ...shapes);
  }

  const percent = (share) => rf.number(100 * share, 0) + " %";
  const probability = (p) => (p < 0.001 ? "< 0.001" : rf.number(p, 3));

  // ---- importance

  function measured(values, ys) {
    const found = Array.from(values, ([key, some]) => ({ key, some, ...effects.importance(some, ys) }));
    const known = found.filter((one) => !one.why).sort((a, b) => b.share - a.share);
    const holm = effects.holm(known.map((one) => one.p));
    known.forEach((one, at) => (one.corrected = holm[at]));
    for (const one of known) {
      one.with = found.filter((other) => other !== one && effects.same(one.some, other.some)).map(({ key }) => key);
    }
    return { known, unknown: found.filter((one) => one.why) };
  }

  function importanceRow(one) {
    const scale = (share) => Math.max(0, Math.min(1, share)) * WIDTH;
    const together = one.with.length
      ? rf.el("span", { class: "warn effect-note" }, rf.t("always changed together with {names}", { names: one.with.join(", ") }))
      : null;
    return rf.el(
      "tr",
      null,
      rf.el("th", { scope: "row", class: "mono" }, rf.bdi(one.key), together),
      rf.el("td", { class: "num" }, percent(one.share)),
      rf.el("td", null, picture(scale, one.share, one.low, one.high, true)),
      rf.el("td", { class: "num" }, percent(one.low) + " – " + percent(one.high)),
      rf.el("td", { class: "num" }, probability(one.corrected)),
      rf.el("td", { class: "num" }, one.n),
    );
  }

  function importanceCard(known, unknown, metric) {
    const heads = [
      [rf.t("Param")],
      [rf.t("Share"), "num"],
      [rf.t("Drawn")],
      [rf.t("95 % interval"), "num"],
      [rf.t("p (Holm)"), "num"],
      [rf.t("Runs"), "num"],
    ];
    const title = rf.t("Which params go with {metric}", { metric });
    const words = rf.t(
      "Share of the ranks of {metric} that the values of a param explain (epsilon squared; many numbers in " +
        "four parts). Intervals from resampled runs, p from shuffles, corrected for {n} params. It is what " +
        "these runs show, not a cause: params that were changed together cannot be told apart.",
      { metric, n: known.length },
    );
    const left = unknown.map(({ key, why }) => key + ": " + why).join("; ");
    return card(
      title,
      "",
      known.length ? table(title, heads, known.map(importanceRow)) : null,
      rf.el("p", { class: "muted effect-words" }, known.length ? words : rf.t("Too few runs to say.")),
      left ? rf.el("p", { class: "muted effect-words" }, rf.t("Not judged: {names}.", { names: left })) : null,
    );
  }

  // ---- marginal means

  function marginRows(key, some, ys, decimals, scale, best) {
    const found = effects.marginals(some, ys);
    return found.map((one, at) => {
      const cells = [
        at === 0 ? rf.el("th", { scope: "rowgroup", rowspan: found.length, class: "mono" }, rf.bdi(key)) : null,
        rf.el("td", { class: "mono" }, rf.bdi(one.label)),
        rf.el("td", { class: one.mean === best ? "num best" : "num" }, one.n ? rf.number(one.mean, decimals) : "–"),
        rf.el("td", null, one.n ? picture(scale, one.mean, one.low, one.high) : null),
        rf.el(
          "td",
          { class: one.low === null ? "num faint" : "num" },
          one.low === null
            ? rf.t("one run")
            : rf.number(one.low, decimals) + " – " + rf.number(one.high, decimals),
        ),
        rf.el("td", { class: "num" }, one.n),
      ];
      return rf.el("tr", null, ...cells);
    });
  }

  function marginsCard(params, ys, metric, direction) {
    const all = params.flatMap(({ some }) => effects.marginals(some, ys)).filter((one) => one.n);
    if (!all.length) return null;
    // An interval from two runs may be ten times as wide as all the data: the picture ends there.
    const seen = ys.filter((y) => y !== null);
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    const room = (high - low) * 0.15 || 1;
    const place = rf.curves.scale(low - room, high + room, 5, WIDTH - 5);
    const scale = (value) => Math.max(0, Math.min(WIDTH, place(value)));
    const decimals = rf.decimalsFor(all.map((one) => one.mean));
    const rows = params.flatMap(({ key, some }) => {
      const means = effects.marginals(some, ys)
        .map((one) => one.mean)
        .filter((mean) => mean !== null);
      const best = direction > 0 ? Math.max(...means) : direction < 0 ? Math.min(...means) : null;
      return marginRows(key, some, ys, decimals, scale, means.length > 1 ? best : null);
    });
    const title = rf.t("{metric} at each value", { metric });
    const heads = [
      [rf.t("Param")],
      [rf.t("Value")],
      [rf.t("Mean"), "num"],
      [rf.t("Drawn")],
      [rf.t("95 % interval"), "num"],
      [rf.t("Runs"), "num"],
    ];
    const words = rf.t(
      "Means over all runs with that value, whatever their other params; intervals from Student's t.",
    );
    return card(title, "", table(title, heads, rows), rf.el("p", { class: "muted effect-words" }, words));
  }

  // ---- what was not tried

  function gapsCard(params) {
    const items = [];
    for (let a = 0; a < params.length; a++) {
      for (let b = a + 1; b < params.length; b++) {
        const found = effects.gaps(params[a].some, params[b].some);
        if (!found || !found.empty.length || effects.same(params[a].some, params[b].some)) continue;
        items.push({ pair: [params[a].key, params[b].key], ...found });
      }
    }
    if (!items.length) return null;
    items.sort((x, y) => y.empty.length / y.all - x.empty.length / x.all);
    const rows = items.slice(0, GAPS).map(({ pair, all, empty }) => {
      const some = empty.slice(0, 4).map(([left, right]) => left + " × " + right);
      const rest = empty.length - some.length;
      const text = some.join(", ") + (rest > 0 ? " … " + rf.t("{n} more", { n: rest }) : "");
      return rf.el(
        "tr",
        null,
        rf.el("th", { scope: "row", class: "mono" }, rf.bdi(pair.join(" × "))),
        rf.el("td", { class: "num" }, rf.t("{n} of {all}", { n: empty.length, all })),
        rf.el("td", { class: "mono" }, rf.bdi(text)),
      );
    });
    const title = rf.t("Combinations without a value");
    const heads = [[rf.t("Params")], [rf.t("Without a value"), "num"], [rf.t("Which")]];
    return card(title, "", table(title, heads, rows));
  }

  rf.effectTables = function (values, ys, metric, direction) {
    if (!values.size) return [rf.notice(rf.t("No param varies between these runs."), "info")];
    const { known, unknown } = measured(values, ys);
    // The telling ones first, and those with too few runs to judge still have means.
    const judged = known.length ? known : unknown.filter(({ some }) => effects.levels(some));
    const telling = judged.filter(({ some }) => effects.levels(some)).slice(0, 6);
    return [importanceCard(known, unknown, metric), marginsCard(telling, ys, metric, direction), gapsCard(telling)].filter(
      Boolean,
    );
  };
})();
