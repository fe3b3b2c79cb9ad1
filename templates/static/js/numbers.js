/* How numbers are written: the twin of site/numbers.py, tested against the same cases
   (tests/data/number_cases.json), so no number changes when a script takes over a table. */
(function () {
  "use strict";

  const SIGNIFICANT = 4;
  const MOST_DECIMALS = 6;
  const PLAIN_BELOW = 1e12;
  const PLAIN_FROM = 1e-4;
  const BYTE_UNITS = ["kB", "MB", "GB", "TB", "PB"];

  // Powers of ten as literals: Math.pow may be off in the last bit.
  const tenth = (decimals) => Number("1e-" + decimals);

  // The shortest decimal text of a number says its exponent and its digits exactly.
  function shortest(x) {
    const [mantissa, exponent] = Math.abs(x).toExponential().split("e");
    return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
  }

  const exponentOf = (x) => shortest(x).exponent;

  function decimalsOf(x) {
    const { digits, exponent } = shortest(x);
    return Math.max(0, digits.length - 1 - exponent);
  }

  const strip = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

  function fixed(x, decimals) {
    const [whole, part] = x.toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return part ? grouped + "." + part : grouped;
  }

  function scientific(x, digits) {
    const [mantissa, exponent] = x.toExponential(digits).split("e");
    return strip(mantissa) + "e" + Number(exponent);
  }

  function decimalsFor(values) {
    const finite = values.filter((v) => Number.isFinite(v)).sort((a, b) => a - b);
    if (finite.every((v) => v === Math.floor(v))) return 0;
    const sizes = finite.filter((v) => v !== 0).map(Math.abs).sort((a, b) => a - b);
    const largest = sizes[sizes.length - 1];
    if (largest < PLAIN_FROM) return null;
    let wanted = SIGNIFICANT - 1 - exponentOf(sizes[(sizes.length - 1) >> 1]);
    const edge = Math.floor(finite.length / 10);
    const spread = finite[finite.length - 1 - edge] - finite[edge];
    if (spread >= tenth(MOST_DECIMALS)) wanted = Math.max(wanted, 2 - exponentOf(spread));
    const most = sizes.reduce((sofar, v) => Math.max(sofar, decimalsOf(v)), 0);
    return Math.max(0, Math.min(wanted, MOST_DECIMALS, most));
  }

  function number(x, decimals) {
    if (x === null || x === undefined) return "";
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "inf" : "-inf";
    if (x === 0) return fixed(0, decimals || 0);
    const size = Math.abs(x);
    if (size >= PLAIN_BELOW) return scientific(x, 4);
    if (decimals === null || decimals === undefined) {
      if (x === Math.floor(x)) return fixed(x, 0);
      if (size < PLAIN_FROM) return scientific(x, 4);
      return strip(fixed(x, Math.max(0, 4 - exponentOf(x))));
    }
    if (size < tenth(decimals + 1) * 5) return scientific(x, 2);
    return fixed(x, decimals);
  }

  const pair = (big, bigUnit, small, smallUnit) =>
    big + bigUnit + (small ? " " + small + smallUnit : "");

  function duration(seconds) {
    if (!Number.isFinite(seconds)) return "";
    if (seconds <= 0) return "0s";
    if (seconds < 0.9995) return Math.floor(seconds * 1000 + 0.5) + "ms";
    if (seconds < 9.95) {
      const tenths = Math.floor(seconds * 10 + 0.5);
      return Math.floor(tenths / 10) + "." + (tenths % 10) + "s";
    }
    const whole = Math.floor(seconds + 0.5);
    if (whole < 60) return whole + "s";
    if (whole < 3600) return pair(Math.floor(whole / 60), "m", whole % 60, "s");
    if (whole < 86400) {
      return pair(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "m");
    }
    return pair(Math.floor(whole / 86400), "d", Math.floor((whole % 86400) / 3600), "h");
  }

  function bytes(count) {
    if (!Number.isFinite(count)) return "";
    if (count < 1000) return Math.floor(count) + " B";
    let value = count;
    for (const unit of BYTE_UNITS) {
      value /= 1000;
      const tenths = Math.floor(value * 10 + 0.5);
      if (tenths < 1000) return Math.floor(tenths / 10) + "." + (tenths % 10) + " " + unit;
      const whole = Math.floor(value + 0.5);
      if (whole < 1000 || unit === BYTE_UNITS[BYTE_UNITS.length - 1]) return whole + " " + unit;
    }
    return "";
  }

  function time(seconds) {
    if (seconds === null || seconds === undefined) return "";
    const date = new Date(Math.floor(seconds) * 1000);
    return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 16).replace("T", " ");
  }

  /* A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay.
     The twin of query/cells.py. */
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
  const PLAIN_NUMBER = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$/i;
  const harmless = (text) => (FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? "'" + text : text);

  Object.assign(rf, { number, decimalsFor, duration, bytes, time, harmless });
})();
