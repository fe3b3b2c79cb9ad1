/* Runs as groups: rf.groups. `by` is what the address says (group=…):
     p:NAME a param · seed  all params but the seed · tag:NAME a tag's value · tags · group ·
     experiment · status
   rf.groups.options(runs) → [[by, label]]    rf.groups.of(runs, by) → [{id, name, runs}] */
(function () {
  "use strict";

  const { own, keys } = rf.curves;
  const SEEDS = /(^|[._/-])(random_?)?(seed|state)$/i;
  const MOST = 40; // params that are offered
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
    for (const key of varying.filter((key) => !isSeed(key)).slice(0, MOST)) options.push(["p:" + key, key]);
    if (several((run) => run.payload.group)) options.push(["group", rf.t("group")]);
    if (several((run) => run.experiment)) options.push(["experiment", rf.t("experiment")]);
    if (several((run) => run.status)) options.push(["status", rf.t("status")]);
    const named = new Set(runs.flatMap((run) => (run.payload.tags || []).map((tag) => tag.split("=")[0])));
    for (const name of Array.from(named).sort().slice(0, MOST)) {
      if (several((run) => tagOf(run, name))) options.push(["tag:" + name, rf.t("tag {name}", { name })]);
    }
    return options;
  };

  function namer(runs, by) {
    if (by.startsWith("p:")) return (run) => param(run, by.slice(2)) ?? rf.t("not set");
    if (by.startsWith("tag:")) return (run) => tagOf(run, by.slice(4)) ?? rf.t("without");
    if (by === "group") return (run) => run.payload.group || rf.t("no group");
    if (by === "experiment" || by === "status") return (run) => run[by] || "";
    const varying = groups.varying(runs).filter((key) => !isSeed(key));
    const short = (key) => key.slice(key.lastIndexOf(".") + 1);
    if (!varying.length) return () => rf.t("all runs");
    return (run) => varying.map((key) => short(key) + "=" + (param(run, key) ?? "–")).join(" ");
  }

  const natural = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  };

  groups.of = function (runs, by) {
    const name = namer(runs, by);
    const found = new Map();
    for (const run of runs) {
      const key = String(name(run));
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(run);
    }
    return Array.from(found, ([key, some]) => ({ id: by + "=" + key, name: key, runs: some })).sort((a, b) =>
      natural(a.name, b.name),
    );
  };
})();
