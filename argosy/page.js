// What a table of a report can do beyond being read: search, filters, sorting, rows that open. Without scripts the page
// shows everything, in the order it was written.
"use strict";

// Rows that are shown at first: a browser takes seconds to lay out thousands.
const FIRST = 100;

for (const table of document.querySelectorAll("table[data-find]")) {
  const body = table.tBodies[0];
  const rows = [...body.rows].filter((row) => !row.classList.contains("more"));
  const details = new Map(rows.map((row) => [row, row.nextElementSibling?.matches(".more") ? row.nextElementSibling : null]));
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const bar = element("div", "find");
  const search = Object.assign(element("input"), { type: "search", placeholder: table.dataset.find });
  search.setAttribute("aria-label", `${table.dataset.find}: ${table.caption.textContent}`);
  const said = Object.assign(element("output"), { ariaLive: "polite" });
  const filters = JSON.parse(table.dataset.filters).flatMap(([tag, label]) => {
    const count = rows.filter((row) => tagged(row).includes(tag)).length;
    if (!count) return [];
    const button = Object.assign(element("button"), { type: "button", textContent: `${label} (${count})` });
    button.dataset.tag = tag;
    pressed(button, false);
    button.addEventListener("click", () => { pressed(button, !isPressed(button)); show(); });
    return button;
  });
  bar.append(search, ...filters, said);
  if (rows.length > 2) table.parentElement.before(bar);
  search.addEventListener("input", show);
  const rest = Object.assign(element("button", "rest"), { type: "button" });
  table.parentElement.append(rest);
  let order = rows, limit = FIRST;
  rest.addEventListener("click", () => { limit = Infinity; show(); });

  for (const [row, more] of details) {
    if (!more) continue;
    const heading = row.cells[0];
    const button = Object.assign(element("button", "open"), { type: "button", ariaExpanded: "false" });
    button.append(...heading.childNodes);
    heading.append(button);
    more.hidden = true;
    button.addEventListener("click", () => {
      more.hidden = !more.hidden;
      button.ariaExpanded = String(!more.hidden);
      if (!more.hidden) enlarge(row, more);
    });
  }

  for (const heading of table.tHead.rows[0].cells) {
    if (!body.querySelector(`:scope > tr:not(.more) > :nth-child(${heading.cellIndex + 1})[data-order]`)) continue;
    const button = Object.assign(element("button", "sort"), { type: "button" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(heading));
  }

  show();

  function show() {
    const wanted = search.value.trim().toLowerCase();
    const tags = filters.filter(isPressed).map((button) => button.dataset.tag);
    const found = order.filter((row) => texts.get(row).includes(wanted) && tags.every((tag) => tagged(row).includes(tag)));
    const shown = new Set(found.slice(0, limit));
    for (const row of rows) {
      row.hidden = !shown.has(row);
      const more = details.get(row);
      if (more) more.hidden = row.hidden || row.querySelector(".open").ariaExpanded !== "true";
    }
    said.textContent = found.length === rows.length ? "" : `${found.length} of ${rows.length}`;
    rest.hidden = found.length <= limit;
    rest.textContent = `Show all ${found.length}`;
  }

  // Names rise first, figures fall first: of those one looks for the largest.
  function sort(heading) {
    const at = heading.cellIndex;
    const first = heading.classList.contains("num") ? "descending" : "ascending";
    const second = first === "ascending" ? "descending" : "ascending";
    const direction = heading.ariaSort === first ? second : first;
    for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
    heading.ariaSort = direction;
    const keys = new Map(rows.map((row) => [row, key(row.cells[at])]));
    const sign = direction === "ascending" ? 1 : -1;
    order = [...rows].sort((one, other) => compare(keys.get(one), keys.get(other), sign));
    body.append(...order.flatMap((row) => (details.get(row) ? [row, details.get(row)] : [row])));
    show();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector(".find input");
  if (search) { event.preventDefault(); search.focus(); }
});

// The row's pictures once more, large, in the places that its details have for them.
function enlarge(row, more) {
  const pictures = row.querySelectorAll("svg");
  for (const place of more.querySelectorAll(".picture:empty")) {
    const picture = pictures[Number(place.dataset.of)];
    if (picture) place.append(picture.cloneNode(true));
  }
}

function key(cell) {
  const text = cell.dataset.order;
  if (text === undefined) return null;
  return text === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

// What has no value comes last, whichever way.
function compare(one, other, sign) {
  if (one === null || other === null) return (one === null) - (other === null);
  if (typeof one === "number" && typeof other === "number") return sign * (one - other);
  return sign * String(one).localeCompare(String(other), undefined, { numeric: true });
}

function element(name, className = "") { return Object.assign(document.createElement(name), { className }); }
function tagged(row) { return (row.dataset.tags ?? "").split(" "); }
function pressed(button, on) { button.ariaPressed = String(on); }
function isPressed(button) { return button.ariaPressed === "true"; }
