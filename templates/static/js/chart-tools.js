/* Small tools in the head of each chart: its values as a table, a larger picture, a file to keep.
   Beside them stand remarks: values that are not finite, or hidden on a log scale. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const ROWS = 20;

  // ---- values as a table

  function tableOfLines(plot) {
    const { lines } = plot.drawing;
    const longest = lines.reduce((a, b) => (b.xs.length > a.xs.length ? b : a));
    const every = Math.max(1, Math.ceil(longest.xs.length / (ROWS - 1)));
    const places = longest.xs.filter((_, at) => at % every === 0 || at === longest.xs.length - 1);
    const head = [charts.axisName(plot.drawing.axis), ...lines.map((line) => line.series.name)];
    const rows = places.map((x) => [
      plot.drawing.axis === "step" ? rf.number(Math.round(x * 1e6) / 1e6) : charts.xText(plot, x),
      ...lines.map(({ xs, raw }) => {
        const at = curves.nearest(xs, raw, x);
        const inside = at >= 0 && x >= xs[0] && x <= xs[xs.length - 1];
        return inside ? rf.number(raw[at]) : "";
      }),
    ]);
    return { head, rows, note: every > 1 ? rf.t("One in {n} values that the chart holds.", { n: every }) : "" };
  }

  function tableOfPoints(plot) {
    const { points } = plot.drawing;
    const shown = points.slice(0, ROWS);
    const labels = shown.length ? shown[0].lines.map(([label]) => label) : [];
    return {
      head: ["", ...labels],
      rows: shown.map((point) => [point.name, ...labels.map((_, at) => (point.lines[at] || ["", ""])[1])]),
      note: points.length > ROWS ? rf.t("The first {n} of {all}.", { n: ROWS, all: rf.number(points.length) }) : "",
    };
  }

  function tableNode(plot) {
    const { head, rows, note } = plot.drawing.lines ? tableOfLines(plot) : tableOfPoints(plot);
    const headRow = rf.el(
      "tr",
      null,
      ...head.map((text, at) => rf.el("th", { scope: "col", class: at ? "num" : null }, rf.bdi(text))),
    );
    const body = rows.map((cells) =>
      rf.el(
        "tr",
        null,
        ...cells.map((text, at) =>
          rf.el(at ? "td" : "th", { class: at ? "num" : null, scope: at ? null : "row" }, rf.bdi(text)),
        ),
      ),
    );
    const table = rf.el(
      "table",
      { class: "data" },
      rf.el("thead", null, headRow),
      rf.el("tbody", null, ...body),
    );
    return rf.el(
      "div",
      {
        class: "scroll chart-table",
        tabindex: "0",
        role: "region",
        "aria-label": rf.t("{title} as a table", plot),
      },
      table,
      note ? rf.el("p", { class: "chart-remark" }, note) : null,
    );
  }

  function toggleTable(plot, button) {
    const old = plot.figure.querySelector(".chart-table");
    if (old) old.remove();
    else if (plot.drawing) plot.body.after(tableNode(plot));
    button.setAttribute("aria-pressed", String(!old));
    plot.figure.classList.toggle("as-table", !old);
  }

  // ---- a larger picture

  function toggleSize(plot, button) {
    const large = plot.figure.classList.toggle("large");
    button.setAttribute("aria-pressed", String(large));
    plot.figure.scrollIntoView({ block: "nearest" });
  }

  // ---- a file to keep

  /* Gives the browser a file to save; the address of the page does not change. */
  charts.save = function (name, type, content) {
    const link = rf.el("a", {
      href: URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type })),
      download: name,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const fileName = (plot, ending) => plot.title.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 60) + ending;

  /* The picture on its own: colours are written out, since the page's tokens stay here. */
  const svgText = async (plot) =>
    (await plot.view.toSVG()).replace(/var\((--[\w-]+)\)/g, (_, name) => rf.color(name));

  async function saveSvg(plot) {
    charts.save(fileName(plot, ".svg"), "image/svg+xml", await svgText(plot));
  }

  const SHARP = 2; // pixels of the file for one of the page

  async function savePng(plot) {
    const picture = new Image();
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await svgText(plot));
    await picture.decode();
    const canvas = rf.el("canvas", { width: picture.width * SHARP, height: picture.height * SHARP });
    const context = canvas.getContext("2d");
    context.fillStyle = rf.color("--surface");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && charts.save(fileName(plot, ".png"), "image/png", blob), "image/png");
  }

  const quote = (text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);

  rf.csvCell = function (value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    return quote(rf.harmless(String(value)));
  };

  rf.csvText = (rows) => rows.map((row) => row.map(rf.csvCell).join(",")).join("\r\n") + "\r\n";

  /* Every point of the lines that are drawn, within the zoom. */
  function csvOfLines(plot) {
    const { lines, axis } = plot.drawing;
    const rows = [["series", axis.startsWith("m:") ? axis.slice(2) : axis, "value", "smoothed", "low", "high"]];
    for (const { series, xs, raw, ys, smoothed, band, low, high } of lines) {
      for (let at = low; at < high; at++) {
        if (raw[at] === null) continue;
        const range = band ? [band.lo[at], band.hi[at]] : [null, null];
        rows.push([series.name, xs[at], raw[at], smoothed ? ys[at] : null, ...range]);
      }
    }
    return rows;
  }

  function csvOfPoints(plot) {
    const { points } = plot.drawing;
    const labels = points.length ? points[0].lines.map(([label]) => label) : [];
    const cells = (point) => labels.map((_, at) => (point.lines[at] || ["", ""])[1]);
    return [["name", ...labels], ...points.map((point) => [point.name, ...cells(point)])];
  }

  async function saveCsv(plot) {
    const rows = plot.drawing.lines ? csvOfLines(plot) : csvOfPoints(plot);
    charts.save(fileName(plot, ".csv"), "text/csv", rf.csvText(rows));
  }

  const FILES = [
    ["SVG", saveSvg],
    ["PNG", savePng],
    ["CSV", saveCsv],
  ];

  function saveMenu(plot) {
    const items = FILES.map(([kind, save]) => {
      const label = rf.t("Save {title} as {kind}", { title: plot.title, kind });
      const button = rf.el("button", { type: "button", class: "btn btn-quiet btn-small", "aria-label": label }, kind);
      button.addEventListener("click", () => {
        menu.open = false;
        if (plot.view && plot.drawing) save(plot).catch((error) => rf.say(error.message));
      });
      return button;
    });
    const label = rf.t("Save {title}", { title: plot.title });
    const summary = rf.el(
      "summary",
      { class: "btn btn-quiet btn-icon btn-small", "aria-label": label, title: label },
      rf.icon("download"),
    );
    const menu = rf.el("details", { class: "chart-save" }, summary, rf.el("div", { class: "chart-save-body" }, ...items));
    menu.addEventListener("focusout", (event) => {
      if (!menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        summary.focus();
      }
    });
    return menu;
  }

  // ---- the head

  function tool(icon, label, pressed, act) {
    const button = rf.el(
      "button",
      {
        class: "btn btn-quiet btn-icon btn-small",
        type: "button",
        "aria-label": label,
        title: label,
        "aria-pressed": pressed ? "false" : null,
      },
      rf.icon(icon),
    );
    button.addEventListener("click", () => act(button));
    return button;
  }

  charts.tools = function (plot) {
    const head = plot.figure.querySelector(".card-head");
    if (!head) return;
    const tools = rf.el(
      "span",
      { class: "chart-tools no-print" },
      tool("rows", rf.t("Show {chart} as a table", { chart: plot.title }), true, (button) => toggleTable(plot, button)),
      tool("expand", rf.t("Enlarge {chart}", { chart: plot.title }), true, (button) => toggleSize(plot, button)),
      saveMenu(plot),
    );
    // Before the value, so that numbers stay at the right edge whether or not tools are seen.
    head.insertBefore(tools, head.querySelector(".chart-value"));
  };

  charts.axisName = (axis) =>
    axis.startsWith("m:")
      ? axis.slice(2)
      : { step: rf.t("Step"), time: rf.t("Time"), wall: rf.t("Date") }[axis];

  /* How much of a long series is seen; it takes the place of what the page said without scripts. */
  charts.showTier = function (plot) {
    const text = plot.drawing.tier || "";
    let place = plot.figure.querySelector(".chart-tier");
    if (!place && !text) return;
    if (!place) {
      place = rf.el("span", { class: "chart-tier card-note" });
      const note = plot.figure.querySelector(".card-note");
      if (note && charts.alone(plot)) note.replaceWith(place);
      else plot.figure.querySelector(".card-title").after(place);
    }
    const bad = charts.alone(plot) ? badOf(plot.model.series[0]) : 0;
    place.textContent = [text, bad ? rf.t("{n} not finite", { n: rf.number(bad) }) : ""]
      .filter(Boolean)
      .join(" · ");
  };

  /* Counted over all points, also those that the reduced series leaves out. */
  const badOf = ({ run, key }) => ((run && curves.own(run.summary, key)) || { bad: 0 }).bad;

  charts.showRemarks = function (plot) {
    const texts = plot.drawing.lines ? charts.remarks(plot) : [plot.drawing.remark].filter(Boolean);
    let place = plot.figure.querySelector(".chart-remarks");
    if (!texts.length && !place) return;
    if (!place) {
      place = rf.el("span", { class: "chart-remarks warn" });
      const title = plot.figure.querySelector(".card-title");
      if (title) title.after(place);
    }
    place.textContent = texts.join(" · ");
  };
})();
