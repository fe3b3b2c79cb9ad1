/* Finer tiers of long series, loaded when a zoom asks for them: charts.closeup(series, axis, zoom).
   A run's data file holds ≤ 1,000 points of a series. Beside it lie a middle picture (16,000) and
   every point in stretches of 50,000 (site/full.py); run.full says where. A window that touches few
   stretches is shown with every point, a wider one with the middle picture.
     → {tier: "all" | "middle" | "reduced", step, time, y, bad, mean, loading} for the whole series:
       outside of the window the reduced points stay, so that smoothing has a past. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const AT_ONCE = 3; // stretches of one series (site/full.py has the same)
  const BUDGET = 24; // stretches of all series of a chart
  const FOLDER = "data/full/";

  /* Where the finer tiers of a series lie; null where there are none. */
  function placeOf(series) {
    if (series.full || !series.run || !series.run.full) return null;
    if (series.place === undefined) {
      const found = curves.own(series.run.full.m, series.key);
      series.place = found ? { ...found, spans: series.run.full.axes[found.a] } : null;
    }
    return series.place;
  }

  const loaded = new Map(); // name → payload, or Error

  function load(series, name, hash) {
    const id = series.run.id + "/" + name;
    if (!loaded.has(id)) {
      loaded.set(id, null);
      const src = rf.link(FOLDER + encodeURIComponent(series.run.id) + "/" + name + "-" + hash + ".js");
      rf.load("full", id, src).then(
        (payload) => loaded.set(id, payload),
        (error) => loaded.set(id, error),
      );
    }
    return loaded.get(id);
  }

  /* The payloads of these files; null while some are on the way. */
  function files(plot, series, wanted) {
    const found = wanted.map(([name, hash]) => load(series, name, hash));
    const failed = found.find((each) => each instanceof Error);
    if (failed) {
      series.place = null;
      series.lost = failed.message;
      return null;
    }
    if (found.every(Boolean)) return found;
    const jobs = wanted.map(([name]) => rf.load("full", series.run.id + "/" + name));
    Promise.allSettled(jobs).then(() => setTimeout(() => charts.touch(plot)));
    return null;
  }

  // ---- which tier

  const bounds = { step: [0, 1], time: [2, 3] };

  function touched(place, axis, [from, to]) {
    const [low, high] = bounds[axis];
    const found = [];
    place.spans.forEach((span, at) => {
      // One stretch more on each side where the window begins between two of them.
      if (span[high] >= from && span[low] <= to) found.push(at);
    });
    return found;
  }

  /* The window in steps or minutes; null where finer points cannot be placed on the axis. */
  function windowOf(series, axis, zoom) {
    if (axis === "step" || axis === "time") return [axis, [zoom.from, zoom.to]];
    if (axis !== "wall") return null;
    const start = (series.run.started || 0) * 1000;
    return ["time", [(zoom.from - start) / 60000, (zoom.to - start) / 60000]];
  }

  charts.closeup = function (plot, series, axis, zoom, count) {
    const place = zoom && placeOf(series);
    const asked = place && windowOf(series, axis, zoom);
    if (!asked) return reduced(series);
    const at = touched(place, ...asked);
    if (!at.length) return reduced(series);
    const most = Math.max(1, Math.min(AT_ONCE, Math.floor(BUDGET / count)));
    if (at.length <= most) return everything(plot, series, place, at) || loading(series);
    return (place.mid && middle(plot, series, place)) || loading(series, !place.mid);
  };

  const reduced = (series) => ({
    tier: series.full ? "all" : "reduced",
    step: series.step,
    time: series.time,
    y: series.y,
    bad: series.bad,
    mean: series.mean,
    name: "reduced",
  });

  const loading = (series, never) => Object.assign(reduced(series), { loading: !never && !series.lost });

  // ---- the tiers

  /* Made once and kept, with the window it was made for. */
  function kept(series, name, make) {
    if (!series.closeup || series.closeup.name !== name) series.closeup = { ...make(), name };
    return series.closeup;
  }

  function middle(plot, series, place) {
    const found = files(plot, series, [["m" + place.i, place.mid]]);
    if (!found) return null;
    return kept(series, "middle", () => {
      const metric = found[0];
      const step = curves.stepsOf(metric, metric.v.length);
      const mean = { step: metric.avg.step, time: metric.avg.t, y: metric.avg.v };
      return {
        tier: "middle",
        step,
        time: metric.t,
        y: metric.v,
        bad: curves.badOf(metric),
        mean: curves.withRange(mean, step, metric.v),
      };
    });
  }

  function everything(plot, series, place, at) {
    const wanted = at.flatMap((number) => [
      [place.a + "-" + number, place.spans[number][5]],
      ["m" + place.i + "-" + number, place.h[number]],
    ]);
    const found = files(plot, series, wanted);
    if (!found) return null;
    return kept(series, "all" + at.join(), () => spliced(series, found));
  }

  function stretch(axis, metric) {
    const step = Array.isArray(axis.step) ? curves.summed(axis.step) : curves.stepsOf(axis, metric.v.length);
    const time = curves.summed(axis.t).map((milliseconds) => milliseconds / 60000);
    return { step, time, y: metric.v, bad: curves.badOf(metric) };
  }

  /* The reduced series with every point in its midst. */
  function spliced(series, found) {
    const base = series.mean || series;
    const out = { tier: "all", step: [], time: [], y: [], bad: [], mean: null };
    const add = (part, low, high) => {
      // Not push(...part): a hundred thousand arguments are too many for a call.
      for (let at = low; at < high; at++) {
        out.step.push(part.step[at]);
        out.time.push(part.time[at]);
        out.y.push(part.y[at]);
      }
    };
    const parts = [];
    for (let at = 0; at < found.length; at += 2) parts.push(stretch(found[at], found[at + 1]));
    const last = parts[parts.length - 1];
    const [from, to] = [parts[0].step[0], last.step[last.step.length - 1]];
    add(base, 0, curves.lower(base.step, from));
    for (const part of parts) {
      const offset = out.step.length;
      add(part, 0, part.step.length);
      for (const [at, kind] of part.bad) out.bad.push([at + offset, kind]);
    }
    let rest = curves.lower(base.step, to);
    while (rest < base.step.length && base.step[rest] <= to) rest++;
    add(base, rest, base.step.length);
    return out;
  }

  // ---- what is said beside the chart

  /* '998 of 1,000,000 points', 'every point', or that they are on the way; '' for short series. */
  charts.tierText = function (lines) {
    const long = lines.filter((line) => line.series.run && !line.series.full);
    if (!long.length) return "";
    const lost = long.find((line) => line.series.lost);
    if (lost) return rf.t("finer points could not be read");
    if (long.some((line) => line.view.loading)) return rf.t("loading finer points …");
    if (long.every((line) => line.view.tier === "all")) return rf.t("every point");
    if (long.length > 1) return rf.t("reduced: min, max and mean of each stretch");
    const [{ view, series }] = long;
    return rf.t("{n} of {all} points", { n: rf.number(view.y.length), all: rf.number(series.logged) });
  };
})();
