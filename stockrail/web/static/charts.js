/* Draws the charts of a page: <div class="chart-canvas" data-spec="ID"> with its Vega-Lite specification in
   <script type="application/json" id="ID">. Templates write both with parts/chart.html.

   - Found when the page is there and after every htmx swap; drawn when they come near the window, the others when the browser is idle.
   - `data-drawn="true"` when drawn, `data-failed="message"` otherwise; CustomEvent `chart:drawn`.
   - A swapped-in JSON block whose container is already on the page draws it anew, without a moment of emptiness.
   - Colours var(--x): SVG understands them, so the chart follows light, dark and print. Scales that mix colours, and canvases
     (charts of very many marks), get the computed colours and are drawn anew when the scheme changes.
   - Expressions are interpreted (`ast`), so that the page needs no eval. Views whose container is gone are finalized. */
import { load } from "./library.js";

const LIBRARIES = ["vendor/vega-6.4.0/vega.min.js", "vendor/vega-lite-6.4.3/vega-lite.min.js", "vendor/vega-embed-7.3.0/vega-embed.min.js"];
const MOST_SVG_ROWS = 4000; // more marks than that make a page of SVG slow
const NEAR = "400px";

const views = new Map(); // container -> {view, width, text, isFixed}
const waiting = new Set();
const scheme = matchMedia("(prefers-color-scheme: dark)");
const near = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => enqueue(entry.target)),
  { rootMargin: NEAR },
);
const sizes = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
const LOOK = {
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  background: "transparent",
  legend: { labelColor: "var(--muted)", titleColor: "var(--muted)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
  axis: { labelColor: "var(--muted)", titleColor: "var(--muted)", gridColor: "var(--rule)", domainColor: "var(--rule)", tickColor: "var(--rule)" },
  header: { labelColor: "var(--text)", titleColor: "var(--muted)" },
  title: { color: "var(--text)", subtitleColor: "var(--muted)" },
  text: { color: "var(--text)" },
  view: { stroke: null },
}; // where a specification says nothing else
let queue = Promise.resolve();
let isIdleAsked = false;
let tooltipElement;

function find() {
  for (const container of views.keys()) if (!container.isConnected) free(container);
  for (const container of waiting) if (!container.isConnected) forget(container);
  for (const container of document.querySelectorAll(".chart-canvas[data-spec]")) {
    const block = document.getElementById(container.dataset.spec);
    const known = views.get(container);
    if (!block || known?.text === block.textContent || (!known && "failed" in container.dataset)) continue;
    if (known) enqueue(container);
    else {
      waiting.add(container);
      near.observe(container);
    }
  }
  whenIdle();
}

/** One after the other, so that the first is there soon and the page answers in between. */
function enqueue(container) {
  forget(container);
  queue = queue.then(() => draw(container)).then(() => new Promise((resume) => setTimeout(resume)));
  return queue;
}

async function draw(container) {
  forget(container);
  const block = document.getElementById(container.dataset.spec);
  if (!container.isConnected || !block) return;
  if (!container.clientWidth) return sizes.observe(container); // in a closed tab: drawn when it gets a width
  const text = block.textContent;
  const entry = { text, view: null, width: container.clientWidth, isFixed: false };
  const former = views.get(container);
  views.set(container, entry);
  try {
    await load(...LIBRARIES);
    const specification = JSON.parse(text);
    const isLarge = rows(specification) > MOST_SVG_ROWS;
    const colours = getComputedStyle(container);
    entry.isFixed = isLarge;
    const resolved = resolve(specification, isLarge, colours, entry);
    const stage = document.createElement("div");
    stage.className = "chart-view staged";
    container.append(stage);
    const result = await window.vegaEmbed(stage, resolved, {
      mode: "vega-lite",
      renderer: isLarge ? "canvas" : "svg",
      ast: true,
      actions: false,
      config: resolve(LOOK, isLarge, colours, entry),
      defaultStyle: false,
      tooltip: showTooltip,
    });
    entry.view = result;
    stage.classList.remove("staged");
    container.replaceChildren(stage);
    delete container.dataset.failed;
    container.dataset.drawn = "true";
    sizes.observe(container);
    container.dispatchEvent(new CustomEvent("chart:drawn", { bubbles: true }));
  } catch (error) {
    container.textContent = `This chart could not be drawn: ${error.message}`;
    container.dataset.failed = error.message;
    delete container.dataset.drawn;
    console.error(container.dataset.spec, error);
  }
  former?.view?.finalize();
}

function forget(container) {
  waiting.delete(container);
  near.unobserve(container);
}

function free(container) {
  sizes.unobserve(container);
  views.get(container)?.view?.finalize();
  views.delete(container);
}

/** Follow a container that became wider or narrower without the window. */
function fit(container) {
  const entry = views.get(container);
  const width = container.clientWidth;
  if (!entry && width) enqueue(container);
  if (!entry?.view || !width || Math.abs(width - entry.width) < 2) return;
  entry.width = width;
  const { view, vgSpec } = entry.view;
  if (vgSpec.signals?.some((signal) => signal.name === "width" && signal.on)) view.signal("width", width).runAsync();
}

/** The rows of data that a specification carries. */
function rows(part) {
  if (Array.isArray(part)) return part.reduce((sum, one) => sum + rows(one), 0);
  if (!part || typeof part !== "object") return 0;
  return Object.entries(part).reduce((sum, [key, value]) => {
    if ((key === "values" || key === "datasets") && value && typeof value === "object") {
      return sum + (Array.isArray(value) ? value.length : Object.values(value).reduce((all, one) => all + one.length, 0));
    }
    return sum + rows(value);
  }, 0);
}

/** Replace var(--x) by its colour: everywhere, or where colours are mixed and a name would not do. */
function resolve(part, isEverywhere, colours, entry) {
  if (typeof part === "string") {
    if (!isEverywhere || !part.includes("var(")) return part;
    entry.isFixed = true;
    return part.replace(/var\((--[\w-]+)(?:,\s*([^)]*))?\)/g, (_, name, other) => colours.getPropertyValue(name).trim() || other || "currentColor");
  }
  if (Array.isArray(part)) return part.map((one) => resolve(one, isEverywhere, colours, entry));
  if (!part || typeof part !== "object") return part;
  const isMixed = part.type === "quantitative" || part.type === "temporal";
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => {
      if (key === "values" || key === "datasets") return [key, value];
      const isRamp = (isMixed && key === "scale") || ["ramp", "heatmap", "diverging"].includes(key);
      return [key, resolve(value, isEverywhere || isRamp, colours, entry)];
    }),
  );
}

/** Vega's tooltip with text only and the page's own style sheet. */
function showTooltip(_handler, event, _item, value) {
  tooltipElement ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "chart-tooltip" }));
  if (!tooltipElement.isConnected) document.body.append(tooltipElement);
  tooltipElement.hidden = value === null || value === undefined || value === "";
  if (tooltipElement.hidden) return;
  tooltipElement.replaceChildren(typeof value === "object" ? tooltipTable(value) : String(value));
  const { offsetWidth: width, offsetHeight: height } = tooltipElement;
  const left = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  tooltipElement.style.setProperty("translate", `${Math.max(0, left)}px ${Math.max(0, top)}px`);
}

function tooltipTable(value) {
  const table = document.createElement("table");
  for (const [name, text] of Object.entries(value)) {
    if (text === undefined || name === "__proto__") continue;
    const row = table.insertRow();
    row.append(Object.assign(document.createElement("th"), { textContent: name, scope: "row" }));
    row.insertCell().textContent = text === null ? "–" : String(text);
  }
  return table;
}

/** One chart after the other while the browser has nothing else to do, so that pages print and search whole. */
function whenIdle() {
  if (isIdleAsked || !waiting.size) return;
  isIdleAsked = true;
  (window.requestIdleCallback ?? setTimeout)(async () => {
    const container = [...waiting].find((one) => one.isConnected && one.clientWidth);
    if (container) await enqueue(container);
    isIdleAsked = false;
    if (container) whenIdle();
  });
}

scheme.addEventListener("change", () => {
  for (const [container, entry] of views) if (entry.isFixed && container.isConnected) enqueue(container);
});
for (const event of ["htmx:load", "htmx:oobAfterSwap", "htmx:afterSettle"]) document.addEventListener(event, find);
window.addEventListener("beforeprint", () => waiting.forEach(enqueue));
document.addEventListener("scroll", () => tooltipElement && (tooltipElement.hidden = true), { capture: true, passive: true });
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", find);
else find();

const stockrail = (window.stockrail ??= {});
stockrail.charts = { find, count: () => views.size };
