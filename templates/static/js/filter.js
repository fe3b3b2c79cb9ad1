/* The filter language: `tag:baseline lr<1e-3 val/accuracy>0.9 status:failed,killed -rf*`.

   The twin of query/filter.py and query/filter_sql.py, which explain it; both are held to the
   cases in tests/data/filter_cases.json.

   rf.filter.parse(text) → terms; throws { message, column } at a mistake.
   rf.filter.compile(text, source) → test(row). A source answers for a row:
     words(row) texts that free text is looked for in      tags(row) [[name, value], …]
     lower(row) the same in lower case with \u0000 between them; may be left out
     run(column, row), param(key, row), metric(key, row)
       → { text, number } (either may be null), or null where the run has none                  */
(function () {
  "use strict";

  const RUN_KEYS = new Map([
    ...["run_id", "name", "experiment", "group", "parent", "status", "started", "ended", "seconds"].map((k) => [k, k]),
    ...["user", "host", "command", "script", "python", "git_commit", "git_branch"].map((k) => [k, k]),
    ...["git_dirty", "git_remote", "seed", "points", "exit_code", "error", "note", "origin"].map((k) => [k, k]),
    ["id", "run_id"],
    ["commit", "git_commit"],
    ["branch", "git_branch"],
    ["dirty", "git_dirty"],
  ]);
  const TIME_KEYS = new Set(["started", "ended"]);
  const OPERATORS = ["<=", ">=", "!=", "==", "<", ">", "=", "~", ":"];
  const ORDERING = new Set(["<", "<=", ">", ">="]);
  const SEVERAL = new Set([":", "=", "==", "!="]);
  const NUMBER = /^(?:[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?)$/i;
  const DATE = /^\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d(?::\d\d(?::\d\d)?)?)?)?)?$/;
  const REGEX_LIMITS = /\(\?(?!:)|\\[1-9AZzQE]|[*+?}]\+/;
  const BLANK = /[\s\u001c-\u001f\u0085]/;

  function numberOf(text) {
    if (!NUMBER.test(text)) return null;
    if (/inf/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    return Number(text.replace(/_/g, ""));
  }

  // ---- reading

  class Mistake extends Error {
    constructor(what, at) {
      super(what);
      this.column = at + 1;
    }
  }

  /* Reads from left to right; `at` counts characters as Python does (a pair is one). */
  class Reader {
    constructor(text) {
      this.signs = Array.from(text);
      this.at = 0;
    }

    terms() {
      const terms = [];
      this.skipBlanks();
      while (this.at < this.signs.length) {
        terms.push(this.term());
        this.skipBlanks();
      }
      return terms;
    }

    term() {
      const negated = this.signs[this.at] === "-" && !this.blankAt(this.at + 1);
      if (negated) this.at++;
      const start = this.at;
      const [key, quoted] = this.word({ stopAtOperator: true });
      if (!quoted && (key === "param" || key === "metric") && this.operatorHere() === ":") {
        return this.scoped(key, negated);
      }
      const operator = this.operatorAhead();
      if (!operator) {
        if (!key && !quoted) throw new Mistake(rf.t("a term is missing"), start);
        return { kind: "words", text: key, negated };
      }
      if (!key) throw new Mistake(rf.t("the name before {sign} is missing", { sign: operator }), start);
      return this.comparison(key === "tag" && !quoted ? "tag" : "", key, operator, negated);
    }

    /* What follows `param:` or `metric:`. */
    scoped(scope, negated) {
      this.at++;
      const start = this.at;
      const [key] = this.word({ stopAtOperator: true });
      if (!key) throw new Mistake(rf.t("the name after {scope}: is missing", { scope }), start);
      const operator = this.operatorAhead();
      if (!operator) return { kind: "has", scope, key, negated };
      return this.comparison(scope, key, operator, negated);
    }

    comparison(scope, key, sign, negated) {
      const start = this.at;
      const values = this.values(sign);
      const operator = sign === "==" ? "=" : sign;
      if (scope === "tag") {
        if (operator !== ":" && operator !== "=") {
          throw new Mistake(rf.t("a tag cannot be compared with {sign}; write tag:x=y", { sign: operator }), start);
        }
        return { kind: "tagged", values, negated };
      }
      const column = scope ? undefined : RUN_KEYS.get(key);
      if (ORDERING.has(operator)) checkOrder(column, values[0], operator, start);
      if (operator === "~") checkRegex(values[0].text, start);
      return { kind: "compare", scope: column ? "run" : scope || "any", key: column || key, operator, values, negated };
    }

    values(operator) {
      const several = SEVERAL.has(operator);
      const found = [this.value(operator, several)];
      while (several && (this.signs[this.at] === "," || this.signs[this.at] === "|")) {
        this.at++;
        found.push(this.value(operator, several));
      }
      return found;
    }

    value(operator, several) {
      const start = this.at;
      const [text, quoted] = this.word({ stopAt: several ? ",|" : "" });
      if (!text && !quoted) throw new Mistake(rf.t("a value is missing after {sign}", { sign: operator }), start);
      return { text, number: quoted ? null : numberOf(text), quoted };
    }

    /* Text up to a blank (or an operator), or what stands between quotes; and which it was. */
    word({ stopAtOperator = false, stopAt = "" }) {
      if (this.signs[this.at] === '"') return [this.quote(), true];
      const start = this.at;
      while (this.at < this.signs.length && !this.blankAt(this.at)) {
        if (stopAt.includes(this.signs[this.at]) || (stopAtOperator && this.operatorHere())) break;
        this.at++;
      }
      return [this.signs.slice(start, this.at).join(""), false];
    }

    quote() {
      const start = this.at;
      let found = "";
      this.at++;
      while (this.at < this.signs.length) {
        let sign = this.signs[this.at++];
        if (sign === '"') return found;
        const next = this.signs[this.at];
        if (sign === "\\" && (next === '"' || next === "\\")) {
          sign = next;
          this.at++;
        }
        found += sign;
      }
      throw new Mistake(rf.t("the quote is not closed"), start);
    }

    operatorHere() {
      const two = (this.signs[this.at] || "") + (this.signs[this.at + 1] || "");
      return OPERATORS.find((sign) => two.startsWith(sign)) || "";
    }

    /* The operator here or behind blanks (but `:` only here), and go behind it; or ''. */
    operatorAhead() {
      const before = this.at;
      if (this.operatorHere() !== ":") {
        this.skipBlanks();
        if (this.operatorHere() === ":") {
          this.at = before;
          return "";
        }
      }
      const operator = this.operatorHere();
      if (!operator) {
        this.at = before;
        return "";
      }
      this.at += operator.length;
      if (operator !== ":") this.skipBlanks();
      return operator;
    }

    blankAt(index) {
      return index >= this.signs.length || (BLANK.test(this.signs[index]) && this.signs[index] !== "\ufeff");
    }

    skipBlanks() {
      while (this.at < this.signs.length && this.blankAt(this.at)) this.at++;
    }
  }

  function checkOrder(column, value, operator, start) {
    if (TIME_KEYS.has(column)) {
      if (!DATE.test(value.text)) throw new Mistake(rf.t("{sign} needs a date here, such as 2026-11-01", { sign: operator }), start);
    } else if (value.number === null) {
      throw new Mistake(rf.t("{sign} needs a number, such as 0.1 or 1e-3", { sign: operator }), start);
    }
  }

  function regex(text) {
    try {
      return new RegExp(text, "u");
    } catch {
      return new RegExp(text); // the u flag refuses harmless escapes such as \-
    }
  }

  function checkRegex(text, start) {
    try {
      regex(text);
    } catch {
      throw new Mistake(rf.t("the regular expression is wrong"), start);
    }
    if (REGEX_LIMITS.test(text)) {
      throw new Mistake(rf.t("the regular expression may not look around, refer back or take flags"), start);
    }
  }

  // ---- answering

  /* A function of a text: equal but for case; `*` and `?` stand for text unless quoted. */
  function like(value) {
    if (!value.quoted && /[*?]/.test(value.text)) {
      const pattern = value.text.replace(/[\\^$.+()[\]{}|/]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
      const whole = new RegExp("^(?:" + pattern + ")$", "isu");
      return (text) => whole.test(text);
    }
    const wanted = value.text.toLowerCase();
    return (text) => text.toLowerCase() === wanted;
  }

  function equal(value, exact) {
    const same = exact ? (text) => text === value.text : like(value);
    return ({ text, number }) =>
      (text !== null && same(text)) || (value.number !== null && number === value.number);
  }

  const ORDERS = {
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };

  /* A function of { text, number }. */
  function comparer({ operator, values, key, scope }) {
    const ordered = ORDERS[operator];
    if (ordered && scope === "run" && TIME_KEYS.has(key)) {
      // A date compares by what was typed of it: started<=2026-11 takes all of November in.
      const typed = values[0].text.replace("T", " ");
      return ({ text }) => text !== null && ordered(text.slice(0, typed.length), typed);
    }
    if (ordered) {
      const limit = values[0].number;
      return ({ number }) => number !== null && !Number.isNaN(number) && ordered(number, limit);
    }
    if (operator === "~") {
      const wanted = regex(values[0].text);
      return ({ text }) => text !== null && wanted.test(text);
    }
    const tests = values.map((value) => equal(value, operator !== ":"));
    if (operator === "!=") return (found) => found.text !== null && !tests.some((test) => test(found));
    return (found) => tests.some((test) => test(found));
  }

  function comparison(term, source) {
    const test = comparer(term);
    const within = (found) => found !== null && test(found);
    if (term.scope !== "any") return (row) => within(source[term.scope](term.key, row));
    return (row) => {
      const param = source.param(term.key, row);
      return param !== null ? test(param) : within(source.metric(term.key, row));
    };
  }

  function tagged(term, source) {
    const tests = term.values.map(like);
    return (row) =>
      source.tags(row).some(([name, value]) =>
        tests.some((test) => test(name) || (value !== "" && test(name + "=" + value))),
      );
  }

  function answer(term, source) {
    if (term.kind === "words") {
      const wanted = term.text.toLowerCase();
      // All texts of a row as one; none of them holds the sign between them.
      if (source.lower && !wanted.includes("\u0000")) return (row) => source.lower(row).includes(wanted);
      return (row) => source.words(row).some((text) => text.toLowerCase().includes(wanted));
    }
    if (term.kind === "has") return (row) => source[term.scope](term.key, row) !== null;
    return term.kind === "tagged" ? tagged(term, source) : comparison(term, source);
  }

  function parse(text) {
    return new Reader(text).terms();
  }

  function compile(text, source) {
    const tests = parse(text).map((term) => {
      const test = answer(term, source);
      return term.negated ? (row) => !test(row) : test;
    });
    return (row) => tests.every((test) => test(row));
  }

  rf.filter = { parse, compile };
})();
