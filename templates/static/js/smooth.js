/* Numbers of curves, without any page: rf.curves.
     read(run, key) rf "run" payload → series        smooth(xs, ys, weight, way, gap)
     scale(from, to, low, high, log)                  nice(low, high, count)      nearest(xs, x)
     thin(ys, low, high, most)                        at(xs, ys, x)  the value between two points
   A series: {id, name, key, color, dash, step[], time[] (minutes), y[] (null where not finite),
   bad: [[index, kind]], logged, full, run (its payload), mean}. They are in order of step, as the
   build wrote them. `mean` of a reduced series: {step, time, y, lo, hi}, a point a bucket. */
(function () {
  "use strict";

  const curves = {};
  rf.curves = curves;

  // ---- reading

  /* Keyed lookups by names of strangers. A data file is a script, where "__proto__": {…} sets the
     prototype instead of a property; the one name that needs it is found there. */
  const hidden = (map) => {
    const proto = Object.getPrototypeOf(map);
    return proto === Object.prototype ? undefined : proto;
  };

  curves.own = function (map, key) {
    if (!map) return undefined;
    if (Object.hasOwn(map, key)) return map[key];
    return key === "__proto__" ? hidden(map) : undefined;
  };

  curves.keys = function (map) {
    if (!map) return [];
    const keys = Object.keys(map);
    return hidden(map) ? [...keys, "__proto__"] : keys;
  };

  function steps(axis, length) {
    const step = axis.step;
    if (Array.isArray(step)) return step;
    return Array.from({ length: step.n || length }, (_, at) => step.from + at * step.by);
  }

  function fromMetric(run, key) {
    const metric = curves.own(run.m, key);
    if (!metric) return null;
    const axis = run.axes[metric.a];
    const step = steps(axis, metric.v.length);
    return { step, time: axis.t || step, metric };
  }

  function fromSystem(run, key) {
    const metric = curves.own(run.sys, key);
    return metric && { step: metric.t, time: metric.t, metric };
  }

  /* [first, how much more each next one is …] as the numbers themselves. */
  curves.summed = function (differences) {
    const out = new Array(differences.length);
    let sum = 0;
    for (let at = 0; at < out.length; at++) out[at] = sum += differences[at];
    return out;
  };

  curves.stepsOf = (axis, length) => steps(axis, length);
  curves.badOf = (metric) => Object.entries(metric.bad || {}).map(([at, kind]) => [Number(at), kind]);

  /* The lowest and highest of the points around each mean: those nearer to it than to the next. */
  curves.withRange = function (mean, step, y) {
    const lo = mean.y.slice();
    const hi = mean.y.slice();
    let at = 0;
    for (let point = 0; point < step.length; point++) {
      if (y[point] === null) continue;
      while (at + 1 < mean.step.length && mean.step[at + 1] - step[point] < step[point] - mean.step[at]) at++;
      lo[at] = Math.min(lo[at], y[point]);
      hi[at] = Math.max(hi[at], y[point]);
    }
    return Object.assign(mean, { lo, hi });
  };

  function meanOf(run, found) {
    const avg = found.metric.avg;
    if (!avg) return null;
    const axis = run.axes[avg.a];
    const step = steps(axis, avg.v.length);
    return curves.withRange({ step, time: axis.t, y: avg.v }, found.step, found.metric.v);
  }

  curves.read = function (run, key, system) {
    const found = system ? fromSystem(run, key) : fromMetric(run, key);
    if (!found) return null;
    const bad = curves.badOf(found.metric);
    return {
      run,
      mean: system ? null : meanOf(run, found),
      id: run.id,
      name: run.name || run.id,
      key,
      color: run.color,
      dash: 0,
      step: found.step,
      time: found.time,
      y: found.metric.v,
      bad,
      logged: found.metric.n || found.metric.v.length,
      full: found.metric.full !== false,
    };
  };

  // ---- smoothing

  /* `weight` 0..1 says how much: each way looks about weight / (1 - weight) gaps around a point, a
     gap being the mean distance of x. A value counts for the stretch of x since the one before, so
     that series logged at odd steps, or loaded finer in one part, are smoothed alike everywhere.
     Missing values are skipped, not read as 0. */
  curves.smooth = function (xs, ys, weight, way, gap) {
    if (!(weight > 0)) return ys;
    const width = gap || curves.meanGap(xs);
    if (way === "mean") return running(xs, ys, (weight / (1 - weight)) * width, width);
    if (way === "gauss") {
      // Three running means in a row are nearly a Gaussian of the same width (Kovesi 2010).
      let out = ys;
      for (let pass = 0; pass < 3; pass++) out = running(xs, out, (weight / (1 - weight)) * width, width);
      return out;
    }
    return exponential(xs, ys, weight, width);
  };

  /* Sums of a diverged run's values may be more than a number can hold. */
  const finite = (value, otherwise) => (Number.isFinite(value) ? value : otherwise);

  /* Exponential average, debiased: the first values are not pulled towards zero. */
  function exponential(xs, ys, weight, gap) {
    const out = new Array(ys.length).fill(null);
    let sum = 0;
    let mass = 0;
    let before = null;
    for (let at = 0; at < ys.length; at++) {
      const y = ys[at];
      if (y === null) continue;
      const passed = before === null ? 1 : Math.max(0, (xs[at] - before) / gap);
      const decay = Math.pow(weight, passed);
      sum = sum * decay + y * (1 - decay);
      mass = mass * decay + (1 - decay);
      out[at] = finite(sum / mass, y);
      before = xs[at];
    }
    return out;
  }

  /* The mean of what lies within `reach` of each x, in one pass over the series. */
  function running(xs, ys, reach, gap) {
    const out = new Array(ys.length).fill(null);
    const weights = spans(xs, ys, gap);
    let [low, high, sum, mass] = [0, 0, 0, 0];
    for (let at = 0; at < ys.length; at++) {
      if (ys[at] === null) continue;
      for (; high < ys.length && xs[high] <= xs[at] + reach; high++) {
        if (ys[high] === null) continue;
        sum += ys[high] * weights[high];
        mass += weights[high];
      }
      let gone = 0;
      for (; xs[low] < xs[at] - reach; low++) {
        if (ys[low] === null) continue;
        gone = Math.max(gone, Math.abs(ys[low] * weights[low]));
        sum -= ys[low] * weights[low];
        mass -= weights[low];
      }
      if (gone > 1e6 * Math.abs(sum)) sum = summed(ys, weights, low, high); // nothing is left of it
      out[at] = mass > 0 ? finite(sum / mass, ys[at]) : ys[at];
    }
    return out;
  }

  function summed(ys, weights, low, high) {
    let sum = 0;
    for (let at = low; at < high; at++) if (ys[at] !== null) sum += ys[at] * weights[at];
    return sum;
  }

  /* How much of x each value stands for: half of the way to the ones beside it. */
  function spans(xs, ys, gap) {
    const out = new Array(xs.length).fill(0);
    let before = -1;
    for (let at = 0; at < xs.length; at++) {
      if (ys[at] === null) continue;
      const half = before < 0 ? gap / 2 : Math.max(1e-9 * gap, (xs[at] - xs[before]) / 2);
      if (before >= 0) out[before] += half;
      out[at] += half;
      before = at;
    }
    if (before >= 0) out[before] += gap / 2;
    return out;
  }

  curves.meanGap = function (xs) {
    const span = xs.length > 1 ? xs[xs.length - 1] - xs[0] : 0;
    return span > 0 ? span / (xs.length - 1) : 1;
  };

  // ---- thinning

  /* Indexes of at most `most` points between `low` and `high` (exclusive): first, last, and the
     lowest and highest of each stretch, so that a spike of one point is always seen. */
  curves.thin = function (ys, low, high, most) {
    const count = high - low;
    if (count <= most) return Array.from({ length: Math.max(0, count) }, (_, at) => low + at);
    const kept = [low];
    const stretches = Math.max(1, (most - 2) >> 1);
    for (let part = 0; part < stretches; part++) {
      const from = low + 1 + Math.floor((part * (count - 2)) / stretches);
      const to = low + 1 + Math.floor(((part + 1) * (count - 2)) / stretches);
      pushExtremes(kept, ys, from, to);
    }
    kept.push(high - 1);
    return kept;
  };

  function pushExtremes(kept, ys, from, to) {
    let least = -1;
    let most = -1;
    let gap = -1;
    for (let at = from; at < to; at++) {
      const y = ys[at];
      if (y === null) {
        gap = at;
        continue;
      }
      if (least < 0 || y < ys[least]) least = at;
      if (most < 0 || y > ys[most]) most = at;
    }
    // In order, each once; written out, since it is done some ten thousand times a page.
    if (least > most) [least, most] = [most, least];
    if (gap >= 0 && gap < least) kept.push(gap);
    if (least >= 0) kept.push(least);
    if (gap > least && gap < most) kept.push(gap);
    if (most > least) kept.push(most);
    if (gap > most) kept.push(gap);
  }

  // ---- finding

  /* Index of the first x that is not below `x`; xs.length when all are. */
  curves.lower = function (xs, x) {
    let low = 0;
    let high = xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /* Index of the x nearest to `x` among those with a value; -1 when there is none. */
  curves.nearest = function (xs, ys, x) {
    const start = curves.lower(xs, x);
    let left = start - 1;
    let right = start;
    while (left >= 0 && ys[left] === null) left--;
    while (right < xs.length && ys[right] === null) right++;
    if (left < 0) return right < xs.length ? right : -1;
    if (right >= xs.length) return left;
    return x - xs[left] <= xs[right] - x ? left : right;
  };

  /* The value at x on the line between its neighbours; null beyond the ends. */
  curves.at = function (xs, ys, x) {
    const right = curves.lower(xs, x);
    if (right >= xs.length) return null;
    if (xs[right] === x || right === 0) return xs[right] === x ? ys[right] : null;
    const [a, b] = [ys[right - 1], ys[right]];
    if (a === null || b === null) return null;
    return a + ((b - a) * (x - xs[right - 1])) / (xs[right] - xs[right - 1]);
  };

  // ---- scales

  /* Places a value of [low, high] between `from` and `to`; .back undoes it; null has no place. */
  curves.scale = function (low, high, from, to, log) {
    const bend = log ? Math.log10 : (value) => value;
    const unbend = log ? (value) => Math.pow(10, value) : (value) => value;
    // Halves, since the difference of two numbers may be infinite.
    const start = bend(low) / 2;
    const half = bend(high) / 2 - start;
    const size = to - from;
    const place = (value) => (half === 0 ? from + size / 2 : from + ((bend(value) / 2 - start) / half) * size);
    place.back = (at) => (size === 0 ? low : unbend(2 * (start + ((at - from) / size) * half)));
    place.domain = [low, high];
    return place;
  };

  function niceStep(span, count) {
    const rough = span / Math.max(1, count);
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    const lead = rough / power;
    return (lead >= 7.07 ? 10 : lead >= 3.16 ? 5 : lead >= 1.41 ? 2 : 1) * power;
  }

  /* [low, high] widened to round numbers; a single value gets room on both sides. */
  curves.nice = function (low, high, count) {
    if (low === high) {
      const room = low === 0 ? 1 : Math.abs(low) * 0.1;
      return curves.nice(low - room, high + room, count);
    }
    const step = niceStep(high - low, count || 5);
    if (!(step > 0) || !Number.isFinite(step)) return [low, high];
    const digits = Math.max(0, Math.min(100, 2 - Math.floor(Math.log10(step))));
    const round = (value) => Number(value.toFixed(digits));
    return [round(Math.floor(low / step) * step), round(Math.ceil(high / step) * step)];
  };

  /* The same for a log axis: a little room in both directions. */
  curves.niceLog = function (low, high) {
    if (low === high) return [low / 2, high * 2];
    const room = Math.pow(high / low, 0.04);
    return [low / room, high * room];
  };

  /* The domain that 90 % of the values fill, with some room. */
  curves.quantiles = function (values, low, high) {
    const sorted = Float64Array.from(values).sort();
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    return [at(low), at(high)];
  };

  curves.extent = function (values, test) {
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      if (value === null || (test && !test(value))) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? [low, high] : null;
  };

  // ---- time

  /* How a span of minutes is best counted: the unit, its sign, and how many make a minute. */
  curves.timeUnit = function (minutes) {
    if (minutes <= 3) return { sign: "s", word: "seconds", per: 60 };
    if (minutes <= 180) return { sign: "m", word: "minutes", per: 1 };
    if (minutes <= 60 * 72) return { sign: "h", word: "hours", per: 1 / 60 };
    return { sign: "d", word: "days", per: 1 / 1440 };
  };
})();
