/* What stands at a place of a chart of curves, and the tooltip that says it:
     charts.valuesAt(plot, x) → [{series, at, x, y, smooth, ended}], the largest first
     charts.xText(plot, x)    'step 120' or '3.5 minutes'
     charts.fillTip(tip, plot, x, values), charts.placeTip(tip, plot, left, top) */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const ROWS = 12;

  // ---- what stands at x

  charts.valuesAt = function (plot, x) {
    const found = [];
    for (const { series, xs, ys, raw, smoothed, band, n } of plot.drawing.lines) {
      if (!xs.length || x < xs[0] - slack(plot)) continue;
      const at = curves.nearest(xs, ys, x);
      if (at < 0) continue;
      found.push({
        series,
        at,
        x: xs[at],
        y: raw[at],
        smooth: smoothed ? ys[at] : null,
        range: band && band.lo[at] !== band.hi[at] ? [band.lo[at], band.hi[at]] : null,
        n: n ? n[at] : 0,
        ended: x > xs[xs.length - 1] + slack(plot),
      });
    }
    return found.sort((a, b) => b.y - a.y);
  };

  /* Four pixels: a run that ends beside the crosshair has not ended before it. */
  function slack(plot) {
    const [low, high] = plot.drawing.x.domain;
    return ((high - low) * 4) / Math.max(1, plot.box.width);
  }

  charts.xText = function (plot, x) {
    const { axis, unit } = plot.drawing;
    if (axis === "step") return rf.t("step {n}", { n: rf.number(Math.round(x * 1e6) / 1e6) });
    if (axis === "wall") return rf.time(x / 1000) + " UTC";
    if (axis.startsWith("m:")) return axis.slice(2) + " " + rf.number(x);
    const value = x * unit.per;
    return rf.number(value, value < 10 ? 2 : value < 100 ? 1 : 0) + " " + unit.word;
  };

  // ---- the tooltip

  const number = (look, text) => rf.el("td", { class: "num " + look }, text);

  function row(found, decimals) {
    const { series, ended, smooth, range, n } = found;
    const swatch = rf.el("span", { class: "swatch c" + (series.color % 8) });
    const several = n ? rf.el("span", { class: "faint" }, " n=" + n) : null;
    const name = rf.el("th", { scope: "row" }, swatch, rf.bdi(series.name), several, ended ? " " + rf.t("(ended)") : null);
    const cells = [name, number("strong", rf.number(found.y, decimals))];
    if (smooth !== null) cells.push(number("muted", rf.number(smooth, decimals)));
    if (range) cells.push(number("muted", rangeText(range, decimals)));
    return rf.el("tr", { class: ended ? "ended" : null }, ...cells);
  }

  const rangeText = (range, decimals) => range.map((y) => rf.number(y, decimals)).join(" – ");

  function headRow(smoothed) {
    const cells = [rf.el("td"), number("", rf.t("value")), smoothed ? number("", rf.t("smooth")) : null];
    return rf.el("thead", null, rf.el("tr", null, ...cells));
  }

  /* One run: its name is the page's title, so the value alone. */
  function fillSmall(tip, head, value) {
    const smooth = value.smooth === null ? "" : rf.t("smooth {y}", { y: rf.number(value.smooth) });
    const range = value.range ? rf.t("mean; {range}", { range: rangeText(value.range) }) : "";
    tip.replaceChildren(
      head,
      rf.el("div", { class: "tip-value num strong" }, rf.number(value.y)),
      rf.el("div", { class: "num muted" }, range),
      rf.el("div", { class: "num muted" }, smooth),
    );
  }

  charts.fillTip = function (tip, plot, x, values) {
    const alone = charts.alone(plot) && values.length === 1;
    const head = rf.el("div", { class: "tip-head num" }, charts.xText(plot, alone ? values[0].x : x));
    if (alone) {
      fillSmall(tip, head, values[0]);
      return;
    }
    const shown = values.slice(0, ROWS);
    const decimals = rf.decimalsFor(values.map((each) => each.y));
    const body = rf.el("tbody", null, ...shown.map((each) => row(each, decimals)));
    const smoothed = shown.some((each) => each.smooth !== null);
    tip.replaceChildren(head, rf.el("table", null, smoothed ? headRow(true) : null, body));
    const rest = values.length - shown.length;
    if (rest > 0) tip.append(rf.el("div", { class: "tip-rest" }, rf.t("{n} more", { n: rest })));
  };

  /* On the roomier side of the place, as wide as that side allows. Nothing is measured: asking for
     a size in each move would make the browser lay out the page each time. */
  charts.placeTip = function (tip, plot, left, top) {
    const outer = plot.box.outer;
    const after = left + 14 <= outer * 0.6;
    tip.style.left = after ? left + 14 + "px" : "auto";
    tip.style.right = after ? "auto" : outer - left + 14 + "px";
    tip.style.maxWidth = Math.min(340, after ? outer - left - 14 : left - 14) + "px";
    tip.style.top = top + "px";
    tip.hidden = false;
  };
})();
