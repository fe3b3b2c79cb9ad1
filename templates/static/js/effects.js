/* How params go with a metric, over the runs at hand: rf.effects. Pure functions; the same runs
   always give the same numbers (resampling has a fixed seed).
     levels(values)            a param as groups: its values, or four parts of many numbers
     importance(values, ys)    share of the metric's ranks that the groups explain, or why not
     marginals(values, ys)     the mean of each group with its interval
     gaps(a, b)                combinations of two params that no run has tried
     holm(ps)                  p values corrected for looking at several params
   A high share says that runs differ along the param, not that it is the cause: params that were
   changed together cannot be told apart (`same`). */
(function () {
  "use strict";

  const effects = {};
  rf.effects = effects;

  const FEWEST = 8; // runs; with fewer any split explains much by chance
  const DISTINCT = 6; // more numbers than this are cut into parts
  const PARTS = 4;
  const MOST_LEVELS = 12;
  const DRAWS = 400;
  const SEED = 20260;

  /* Mulberry32: a small generator, the same in every browser. */
  effects.random = function (seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  };

  /* Ranks from 1; equal values share the middle of theirs. */
  effects.ranks = function (values) {
    const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
    const ranks = new Array(values.length);
    for (let from = 0; from < order.length; ) {
      let to = from;
      while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
      for (let at = from; at <= to; at++) ranks[order[at]] = (from + to) / 2 + 1;
      from = to + 1;
    }
    return ranks;
  };

  // ---- a param as groups

  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

  /* {labels, of: for each run the number of its group, or -1}; null where there are too many. */
  effects.levels = function (values) {
    const known = values.filter((value) => value !== null && value !== undefined);
    const distinct = Array.from(new Set(known));
    if (distinct.length > DISTINCT && known.every(isNumber)) return parts(values, known);
    if (distinct.length < 2 || distinct.length > MOST_LEVELS) return null;
    distinct.sort((a, b) => (isNumber(a) && isNumber(b) ? a - b : String(a) < String(b) ? -1 : 1));
    const place = new Map(distinct.map((value, at) => [value, at]));
    const of = values.map((value) => place.get(value) ?? -1);
    return { labels: distinct.map(labelOf(distinct)), of };
  };

  /* Numbers with as many digits as it takes to tell them apart. */
  function labelOf(distinct) {
    const forms = [(x) => rf.number(x), (x) => String(Number(x.toPrecision(8))), String];
    const alone = (form, x) => distinct.filter((one) => isNumber(one) && form(one) === form(x)).length === 1;
    return (value) => (isNumber(value) ? (forms.find((form) => alone(form, value)) || String)(value) : String(value));
  }

  function parts(values, known) {
    const sorted = known.slice().sort((a, b) => a - b);
    const edges = [];
    for (let part = 1; part < PARTS; part++) edges.push(sorted[Math.floor((part * sorted.length) / PARTS)]);
    const cuts = Array.from(new Set(edges));
    const raw = values.map((value) => (isNumber(value) ? cuts.filter((cut) => value >= cut).length : -1));
    const used = Array.from(new Set(raw.filter((at) => at >= 0))).sort((a, b) => a - b);
    const labels = used.map((part) => {
      const inside = values.filter((_, at) => raw[at] === part);
      const [low, high] = [Math.min(...inside), Math.max(...inside)];
      return low === high ? rf.number(low) : rf.number(low) + " – " + rf.number(high);
    });
    return { labels, of: raw.map((at) => used.indexOf(at)), cut: true };
  }

  // ---- how much a param explains

  /* Eta squared: sum of squares between the groups over all of it (Fisher 1925, §38), on ranks, so
     that one diverged run does not decide; corrected for the number of groups as epsilon squared
     (Kelley 1935). Below 0 means less than chance and is shown as 0. */
  effects.share = function (of, ranks) {
    const sums = new Map();
    for (let at = 0; at < of.length; at++) {
      const [sum, count] = sums.get(of[at]) || [0, 0];
      sums.set(of[at], [sum + ranks[at], count + 1]);
    }
    const [n, k] = [of.length, sums.size];
    const mean = ranks.reduce((sum, rank) => sum + rank, 0) / n;
    const total = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0);
    if (!(total > 0) || k < 2 || n <= k) return 0;
    let between = 0;
    for (const [sum, count] of sums.values()) between += count * (sum / count - mean) ** 2;
    return Math.max(0, 1 - ((1 - between / total) * (n - 1)) / (n - k));
  };

  /* {n, levels, share, low, high, p}, or {why} in words. The interval is the 95 % of resampled runs
     (bootstrap percentiles, Efron & Tibshirani 1993, ch. 13); p counts shuffles that explain as
     much, with one added to both counts (Phipson & Smyth 2010). */
  effects.importance = function (values, ys, draws) {
    const levels = effects.levels(values);
    if (!levels) return { why: whyNot(values) };
    const rows = values.map((_, at) => at).filter((at) => levels.of[at] >= 0 && isNumber(ys[at]));
    const of = rows.map((at) => levels.of[at]);
    const kinds = new Set(of).size;
    if (rows.length < FEWEST) return { why: rf.t("needs {n} runs with a value", { n: FEWEST }) };
    if (kinds < 2) return { why: rf.t("does not vary") };
    if (rows.length < 2 * kinds) return { why: rf.t("hardly any value was tried twice") };
    const ranks = effects.ranks(rows.map((at) => ys[at]));
    const share = effects.share(of, ranks);
    return { n: rows.length, levels, share, ...resampled(of, ranks, share, draws || DRAWS) };
  };

  function whyNot(values) {
    const count = new Set(values.filter((value) => value !== null && value !== undefined)).size;
    return count < 2 ? rf.t("does not vary") : rf.t("{n} different texts: too many to group", { n: count });
  }

  function resampled(of, ranks, share, draws) {
    const random = effects.random(SEED);
    const n = of.length;
    const shares = [];
    let asMuch = 0;
    const shuffled = ranks.slice();
    for (let draw = 0; draw < draws; draw++) {
      const picked = Array.from({ length: n }, () => Math.floor(random() * n));
      const again = effects.share(picked.map((at) => of[at]), picked.map((at) => ranks[at]));
      shares.push(again);
      for (let at = n - 1; at > 0; at--) {
        const other = Math.floor(random() * (at + 1));
        [shuffled[at], shuffled[other]] = [shuffled[other], shuffled[at]];
      }
      if (effects.share(of, shuffled) >= share) asMuch++;
    }
    shares.sort((a, b) => a - b);
    const at = (part) => shares[Math.round(part * (draws - 1))];
    return { low: at(0.025), high: at(0.975), p: (asMuch + 1) / (draws + 1) };
  }

  /* Holm (1979): the smallest p times the number of params, the next times one less, never falling. */
  effects.holm = function (ps) {
    const order = ps.map((_, at) => at).sort((a, b) => ps[a] - ps[b]);
    const out = new Array(ps.length);
    let before = 0;
    order.forEach((at, place) => {
      before = Math.max(before, Math.min(1, ps[at] * (ps.length - place)));
      out[at] = before;
    });
    return out;
  };

  // ---- the mean at each value

  /* The 97.5 % point of Student's t (1908) for 1 to 30 degrees of freedom; beyond, a series in 1/df
     around the normal one (Abramowitz & Stegun 26.7.5). */
  const T = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
    2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
  ];
  effects.student = (df) => (df <= 30 ? T[df - 1] : 1.959964 + 2.372271 / df + 2.822499 / (df * df));

  /* For each value [{label, n, mean, low, high}]; no interval where only one run tried it. */
  effects.marginals = function (values, ys) {
    const levels = effects.levels(values);
    if (!levels) return [];
    return levels.labels.map((label, level) => {
      const some = ys.filter((y, at) => levels.of[at] === level && isNumber(y));
      const n = some.length;
      if (!n) return { label, n, mean: null, low: null, high: null };
      const mean = some.reduce((sum, y) => sum + y, 0) / n;
      if (n < 2) return { label, n, mean, low: null, high: null };
      const variance = some.reduce((sum, y) => sum + (y - mean) ** 2, 0) / (n - 1);
      const reach = effects.student(n - 1) * Math.sqrt(variance / n);
      return { label, n, mean, low: mean - reach, high: mean + reach };
    });
  };

  // ---- what was not tried

  /* {all, empty: [[label of a, label of b], …]}; null where one of them cannot be grouped. */
  effects.gaps = function (a, b) {
    const [one, two] = [effects.levels(a), effects.levels(b)];
    if (!one || !two) return null;
    const seen = new Set(one.of.map((level, at) => level + " " + two.of[at]));
    const empty = [];
    one.labels.forEach((left, i) => {
      two.labels.forEach((right, j) => {
        if (!seen.has(i + " " + j)) empty.push([left, right]);
      });
    });
    return { all: one.labels.length * two.labels.length, empty };
  };

  /* Whether two params cut the runs into the same groups: then nobody can say which one it was. */
  effects.same = function (a, b) {
    const [one, two] = [effects.levels(a), effects.levels(b)];
    if (!one || !two || one.labels.length !== two.labels.length) return false;
    const map = new Map();
    return one.of.every((level, at) => {
      if (!map.has(level)) map.set(level, two.of[at]);
      return map.get(level) === two.of[at];
    });
  };
})();
