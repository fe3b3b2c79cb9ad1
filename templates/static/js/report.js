/* Charts of reports.
     <div data-rf="vega" data-id data-src>    the author's Vega-Lite over its still
     <div data-rf="curves"> [data-id][data-src] … figures of kind curve   chosen runs, one curve each
   A spec comes from its data file, dressed and checked by the build; nothing is fetched beside it.
   The still picture stays where the library cannot be read, on paper, and until the chart nears. */
(function () {
  "use strict";

  const own = document.currentScript.dataset;
  const NEAR = "240px";

  // ---- the library, once a page

  let loading = null;

  function library() {
    loading =
      loading ||
      rf.script(own.vega, "vega").catch(() => {
        throw new Error(rf.t("The chart library could not be read."));
      });
    return loading;
  }

  /* A chart asks nobody for anything: what it shows is in its spec. */
  const refused = () => Promise.reject(new Error(rf.t("A chart of this site loads nothing.")));
  const loader = { load: refused, sanitize: refused, http: refused, file: refused };

  // ---- the tooltip, in the page's own looks

  function tooltip() {
    let box = null;
    const hide = () => {
      if (box) box.remove();
      box = null;
    };
    return (handler, event, item, value) => {
      hide();
      if (value === null || value === undefined || value === "") return;
      const rows =
        typeof value === "object" ? Object.entries(value) : [["", value]];
      const body = rows.slice(0, 20).map(([key, text]) =>
        rf.el("tr", null, rf.el("th", { scope: "row" }, rf.bdi(key)), rf.el("td", null, rf.bdi(String(text)))),
      );
      box = rf.el("div", { class: "tip report-tip", role: "tooltip" }, rf.el("table", null, rf.el("tbody", null, ...body)));
      document.body.append(box);
      const left = Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8);
      const below = event.clientY + 16;
      const top = below + box.offsetHeight > innerHeight ? event.clientY - box.offsetHeight - 12 : below;
      box.style.left = Math.max(8, left) + "px";
      box.style.top = Math.max(8, top) + "px";
    };
  }

  // ---- one chart

  async function draw(place) {
    const { id, src } = place.dataset;
    const [payload] = await Promise.all([rf.load("vega", id, src), library()]);
    const font = JSON.stringify(getComputedStyle(document.body).fontFamily);
    const spec = JSON.parse(JSON.stringify(payload.spec).replaceAll('"rf-font"', () => font));
    const target = rf.el("div", { class: "part-plot" });
    place.append(target);
    try {
      await rf.vega.draw(spec, target, null, { tooltip: tooltip(), loader });
    } catch (error) {
      target.remove();
      throw error;
    }
    const still = place.querySelector(".report-still");
    if (still) still.remove();
    place.dataset.drawn = "vega";
  }

  function failed(place, error) {
    console.warn(error);
    place.before(rf.notice(rf.t("This chart cannot be drawn; its still picture is shown.") + " " + error.message, "warn"));
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        draw(entry.target).catch((error) => failed(entry.target, error));
      }
    },
    { rootMargin: NEAR },
  );

  rf.part("vega", (place) => {
    // Paper shows what is there: a chart that was not near yet keeps its still.
    near.observe(place);
  });

  // ---- curves of chosen runs

  function series(runs, key) {
    const found = [];
    for (const { payload, color, dash } of runs) {
      const one = rf.curves.read(payload, key, false);
      if (one) found.push(Object.assign(one, { name: payload.name || payload.id, color, dash }));
    }
    return found;
  }

  rf.part("curves", (place) => {
    const items = Array.from(place.querySelectorAll(".part-legend [data-src]"));
    const loads = items.map((item) => rf.load("run", item.dataset.id, item.dataset.src));
    Promise.all(loads).then(
      (payloads) => {
        const runs = payloads.map((payload, at) => ({
          payload,
          color: Number(items[at].dataset.color),
          dash: Number(items[at].dataset.dash),
        }));
        for (const figure of place.querySelectorAll('[data-rf="chart"]')) {
          const plot = rf.charts.of(figure);
          if (plot) rf.charts.set(figure, { series: series(runs, plot.data.key) });
        }
      },
      (error) => place.prepend(rf.notice(error.message, "warn")),
    );
  });
})();
