/* Runs as groups: rf.groups. `by` is what the address says (group=…), several with commas:
     p:NAME a param · seed  all params but the seed · tag:NAME a tag's value · tags · group ·
     experiment · status · origin
   rf.groups.options(runs) → [[by, label]]    rf.groups.label(by) → what an option is called
   rf.groups.of(runs, by) → [{id, name, exact, runs}]: the name has numbers in short, as the names
   of groups on leaderboards (site/labels.py); exact has every digit. */
(function () {
  "use strict";

  const { own, keys } = rf.curves;
  const SEEDS = /(^|[._/-])(random_?)?(seed|state)$/i;
  const MOST = 40; // params that are offered
  const MOST_LETTERS = 40; // of a name; a longer one is cut
  const groups = {};
  rf.groups = groups;

  const param = (run, key) => own(run.payload.params, key);
  const isSeed = (key) => SEEDS.test(key);

  /* Params with more than one value among the runs, by name. */
  groups.varying = function (runs) {
    const found = new Set(runs.flatMap((run) => keys(run.payload.params)));
    const differs = (key) => new Set(runs.map((run) => param(run, key))).size > 1;
    return Array.from(found).filter(differs).sort();
  };

  const tagOf = (run, name) => {
    const found = (run.payload.tags || []).find((tag) => tag.split("=")[0] === name);
    return found === undefined ? undefined : found.slice(name.length + 1) || found;
  };

  groups.options = function (runs) {
    const varying = groups.varying(runs);
    const options = [];
    const several = (read) => new Set(runs.map(read)).size > 1;
    if (runs.length > 1) options.push(["seed", rf.t("all params but the seed")]);
    for (const key of varying.filter((key) => !isSeed(key)).slice(0, MOST)) options.push([rf.join(["p:" + key]), key]);
    if (several((run) => run.payload.group)) options.push(["group", rf.t("group")]);
    if (several((run) => run.experiment)) options.push(["experiment", rf.t("experiment")]);
    if (several((run) => run.status)) options.push(["status", rf.t("status")]);
    const named = new Set(runs.flatMap((run) => (run.payload.tags || []).map((tag) => tag.split("=")[0])));
    for (const name of Array.from(named).sort().slice(0, MOST)) {
      if (several((run) => tagOf(run, name))) options.push([rf.join(["tag:" + name]), rf.t("tag {name}", { name })]);
    }
    return options;
  };

  const LABELS = /* said: */ { group: "group", experiment: "experiment", status: "status", origin: "origin" };
  groups.label = (by) =>
    rf.split(by).map((one) => (Object.hasOwn(LABELS, one) ? rf.t(LABELS[one]) : one.replace(/^\w+:/, ""))).join(", ");

  // ---- names

  const NONE = "–";
  const NOTHING = '""'; // a param that is an empty text
  const short = (key) => key.slice(key.lastIndexOf(".") + 1);

  /* What tells the groups apart: [{label, of: run → text}], without a label where it is the only one. */
  function columnsOf(runs, by) {
    const asked = rf.split(by);
    if (asked.length === 1 && asked[0] === "seed") {
      const varying = groups.varying(runs).filter((key) => !isSeed(key));
      return varying.map((key) => ({ label: short(key), of: (run) => param(run, key) ?? NONE }));
    }
    return asked.map((one) => ({ label: groups.label(rf.join([one])), of: reader(one, asked.length === 1) }));
  }

  function reader(by, alone) {
    const none = (words) => (alone ? words : NONE);
    if (by.startsWith("p:")) return (run) => param(run, by.slice(2)) ?? none(rf.t("not set"));
    if (by.startsWith("tag:")) return (run) => tagOf(run, by.slice(4)) ?? none(rf.t("without"));
    if (by === "group") return (run) => run.payload.group || none(rf.t("no group"));
    if (by === "origin") return (run) => run.payload.origin || none(rf.t("here"));
    return (run) => run[by] || "";
  }

  const FLOAT = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/;
  const digits = (text) => text.replace(".", "").replace(/^[-0]+/, "").length;
  const long = (text) => FLOAT.test(text) && (/e/.test(text) || (text.includes(".") && digits(text) > 6));

  /* Each text in the first of the forms that no other text has, too; else as it is. */
  function distinct(texts, forms) {
    const names = new Map(texts.map((text) => [text, text]));
    let left = [...names.keys()];
    for (const form of forms) {
      const made = left.map(form);
      const alone = (name) => made.indexOf(name) === made.lastIndexOf(name);
      left.forEach((text, at) => alone(made[at]) && names.set(text, made[at]));
      left = left.filter((_, at) => !alone(made[at]));
    }
    return new Set(names.values()).size === names.size ? texts.map((text) => names.get(text)) : texts;
  }

  const plain = (text) => rf.number(Number(text)).replaceAll(",", "");
  const closer = (text) => String(Number(Number(text).toPrecision(8)));
  const rounded = (texts) => distinct(texts, [plain, closer].map((form) => (text) => (long(text) ? form(text) : text)));

  const cut = (most) => (text) =>
    text.length > most ? text.slice(0, (most - 1) >> 1) + "…" + text.slice(-((most - 1) >> 1)) : text;

  /* [[label, texts by group]] as names: where one is too long, all lose what they can spare. */
  function named(columns, alone) {
    const join = (some) =>
      some[0][1].map((_, row) => some.map(([label, texts]) => (alone ? "" : label + "=") + texts[row]).join(", "));
    const names = join(columns);
    if (!names.some((name) => name.length > MOST_LETTERS)) return names;
    const telling = columns.filter(([, texts]) => new Set(texts).size > 1);
    const kept = telling.length ? telling : columns;
    const labels = distinct(kept.map(([label]) => label), [short]);
    return join(kept.map(([, texts], at) => [labels[at], distinct(texts, [20, 32, 48].map(cut))]));
  }

  /* An order of texts in which numbers are numbers. */
  groups.natural = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  };

  groups.of = function (runs, by) {
    const columns = columnsOf(runs, by);
    const found = new Map();
    for (const run of runs) {
      const texts = columns.map((column) => String(column.of(run)));
      const key = JSON.stringify(texts);
      if (!found.has(key)) found.set(key, { texts, runs: [] });
      found.get(key).runs.push(run);
    }
    const all = [...found.values()];
    if (!columns.length) return [{ id: by + "=", name: rf.t("all runs"), exact: rf.t("all runs"), runs }];
    const alone = columns.length === 1 && by !== "seed";
    const given = columns.map(({ label }, at) => [label, all.map(({ texts }) => texts[at])]);
    const names = named(given.map(([label, texts]) => [label, rounded(texts)]), alone);
    const id = rf.split(by).join(",") + "=";
    return all
      .map(({ texts, runs: some }, row) => {
        const exact = texts.map((text, at) => (alone ? text : columns[at].label + "=" + text)).join(by === "seed" ? " " : ", ");
        return { id: id + exact, name: names[row] || NOTHING, exact: exact || NOTHING, texts, runs: some };
      })
      .sort((a, b) => a.texts.map((text, at) => groups.natural(text, b.texts[at])).find(Boolean) || 0);
  };
})();
