/* Columns of a grid as AG Grid wants them: alignment, filter, editor, marks of changed and wrong cells. */
import { range, raw, shown } from "./grid_values.js";

/** The grid's own words. */
export const TEXTS = { ariaLabelColumnFilter: "Filter of the column", noRowsToShow: "No rows", filterOoo: "Filter" };

const WIDTHS = { number: 110, money: 120, percent: 100, date: 115, flag: 80, choice: 130, text: 170 };

export function columnDefinitions(grid, columns) {
  return columns.map((column) => definition(grid, column));
}

function definition(grid, column) {
  const isNumber = ["number", "money", "percent"].includes(column.type);
  const made = {
    field: column.field,
    colId: column.field,
    headerName: column.unit ? `${column.title} (${column.unit})` : column.title,
    headerTooltip: help(column),
    pinned: column.pinned && grid.element.clientWidth > 600 ? "left" : undefined,
    width: column.width ?? Math.max(WIDTHS[column.type] ?? WIDTHS.text, widest(column)),
    flex: column.flex,
    type: isNumber ? "rightAligned" : undefined,
    filter: isNumber ? "agNumberColumnFilter" : "agTextColumnFilter",
    valueFormatter: ({ value }) => shown(value, column),
    getQuickFilterText: ({ value }) => `${raw(value, column)} ${shown(value, column)}`,
    tooltipValueGetter: ({ node }) => note(grid, node.id, column),
    cellClassRules: {
      "cell-changed": ({ node }) => grid.edits.isChanged(node.id, column.field),
      "cell-error": ({ node }) => grid.errors.has(`${node.id}\n${column.field}`),
      "cell-marked": ({ node }) => grid.marks.has(`${node.id}\n${column.field}`),
    },
    // What colours say is said to screen readers too; other cells stay plain text, which scrolls fastest.
    cellRendererSelector: ({ node, value }) => {
      const words = note(grid, node.id, column);
      if (words) return { component: NotedCell, params: { note: words } };
      return column.link && value !== null && value !== undefined ? { component: LinkCell, params: { link: column.link } } : undefined;
    },
    cellClass: [isNumber ? "ag-right-aligned-cell" : "", column.editable ? "cell-editable" : ""].filter(Boolean),
  };
  return column.editable ? { ...made, ...editing(grid, column) } : made;
}

/** Pixels for the longest word of a heading, its margins, and the sign of how it is sorted. */
function widest(column) {
  return Math.max(...`${column.title} (${column.unit ?? ""})`.split(/[\s-]/).map((word) => word.length)) * 8 + 42;
}

function editing(grid, column) {
  const choices = column.type === "flag" ? ["yes", "no"] : column.choices;
  return {
    editable: true,
    valueSetter: ({ node, newValue }) => {
      grid.edit(node.id, column.field, newValue);
      return false; // the grid's edits hold the value
    },
    ...(choices
      ? { cellEditor: "agSelectCellEditor", cellEditorParams: { values: column.required ? choices : ["", ...choices] } }
      : { cellEditor: "agTextCellEditor" }),
  };
}

/** What there is to say of a cell: what is wrong, what it was, what it is marked for. */
function note(grid, row, column) {
  const key = `${row}\n${column.field}`;
  const parts = [];
  if (grid.errors.has(key)) parts.push(grid.errors.get(key));
  if (grid.edits.isChanged(row, column.field)) parts.push(`changed from ${shown(grid.edits.before(row, column.field), column) || "nothing"}`);
  if (grid.marks.has(key)) parts.push(grid.marks.get(key));
  return parts.join("; ");
}

function help(column) {
  const allowed = column.editable && column.type === "number" && [column.minimum, column.maximum].some((end) => end !== undefined && end !== null) ? `Allowed: ${range(column)}.` : "";
  return [column.help, allowed].filter(Boolean).join(" ") || undefined;
}

class NotedCell {
  init({ valueFormatted, value, note: words }) {
    this.element = document.createElement("span");
    const hidden = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` (${words})` });
    this.element.append(valueFormatted ?? value ?? "", hidden);
  }

  getGui() {
    return this.element;
  }

  refresh() {
    return false;
  }
}

class LinkCell {
  init({ value, link }) {
    this.element = document.createElement("a");
    this.element.href = link + encodeURIComponent(value);
    this.element.textContent = value;
    this.element.tabIndex = -1; // cells are reached with the arrows; Enter follows the link
  }

  getGui() {
    return this.element;
  }

  refresh() {
    return false;
  }
}
