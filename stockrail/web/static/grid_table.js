/* One grid: AG Grid with the edits of its cells, pasting, marks and what it tells the page. grid.js says how pages use it. */
import { Edits } from "./grid_edits.js";
import { columnDefinitions, TEXTS } from "./grid_columns.js";
import { block, csvLine, parse, raw, shown, tsvLine } from "./grid_values.js";
import { load } from "./library.js";

const LIBRARY = [
  "vendor/ag-grid-community-36.2.0/ag-grid.min.css",
  "vendor/ag-grid-community-36.2.0/ag-theme-balham-no-font.min.css",
  "grid.css",
  "vendor/ag-grid-community-36.2.0/ag-grid-community.min.noStyle.js",
];
const MOST_ROWS_WHOLE = 15; // a grid of so few rows is as high as they are

export class Grid {
  constructor(element, configuration) {
    this.element = element;
    this.id = element.dataset.grid;
    this.key = configuration.key;
    const columns = configuration.columns.map((column) => (column.type === "money" ? { ...configuration.money, ...column } : column));
    this.columns = new Map(columns.map((column) => [column.field, column]));
    this.rows = new Map(configuration.rows.map((row) => [String(row[this.key]), row]));
    this.marks = new Map((configuration.marks ?? []).map((mark) => [`${mark.row}\n${mark.column}`, mark.note]));
    this.errors = new Map();
    this.edits = new Edits(this.rows);
    this.isEditable = columns.some((column) => column.editable);
    this.warnsUnsaved = configuration.warn_unsaved ?? true;
    this.label = configuration.label;
    this.file = configuration.file || `${this.id}.csv`;
    this.ready = this.#make(configuration);
  }

  async #make(configuration) {
    await load(...LIBRARY);
    const place = this.element.querySelector(".grid-view");
    if (!this.element.isConnected) return;
    const isWhole = this.rows.size <= MOST_ROWS_WHOLE;
    place.classList.toggle("whole", isWhole);
    this.api = window.agGrid.createGrid(place, {
      theme: "legacy",
      columnDefs: columnDefinitions(this, [...this.columns.values()]),
      rowData: configuration.rows,
      getRowId: ({ data }) => String(data[this.key]),
      defaultColDef: { sortable: true, resizable: true, filter: true, cellDataType: false, minWidth: 70, suppressHeaderMenuButton: true, wrapHeaderText: true, autoHeaderHeight: true },
      domLayout: isWhole ? "autoHeight" : "normal",
      rowHeight: 28,
      headerHeight: 34,
      animateRows: false,
      suppressColumnMoveAnimation: true,
      suppressFieldDotNotation: true,
      suppressDragLeaveHidesColumns: true,
      enableBrowserTooltips: true,
      stopEditingWhenCellsLoseFocus: true,
      enterNavigatesVerticallyAfterEdit: true,
      ensureDomOrder: true,
      tabToNextCell: ({ editing, nextCellPosition }) => (editing && nextCellPosition ? nextCellPosition : false), // false: out of the cells
      tabToNextHeader: () => false,
      localeText: TEXTS,
      onCellKeyDown: ({ event, node, column }) => this.#onKey(event, node, column),
      onCellEditingStarted: ({ column }) => this.#nameEditor(column),
      onModelUpdated: () => this.#count(),
      overlayNoRowsTemplate: "No rows",
    });
    place.querySelector('[role="grid"], [role="treegrid"]')?.setAttribute("aria-label", this.label);
    this.#listen(place);
    this.#draft(configuration.changes ?? []);
    this.element.dataset.ready = "true";
    this.element.dispatchEvent(new CustomEvent("grid:ready", { bubbles: true, detail: { grid: this.id } }));
  }

  changes() {
    return this.edits.changes();
  }

  undo() {
    this.#show(this.edits.undo(), "undo");
  }

  redo() {
    this.#show(this.edits.redo(), "redo");
  }

  markSaved() {
    const cells = this.changes();
    this.edits.markSaved();
    this.errors.clear();
    this.#show(cells, "saved", true);
    this.api?.refreshCells({ force: true });
    this.say("Saved.");
  }

  /** The changes are kept elsewhere as a draft: leaving the page loses nothing. */
  draftKept() {
    window.stockrail.unsaved?.(`grid ${this.id}`, false);
    this.say("Draft kept.");
  }

  setErrors(errors) {
    this.errors = new Map(errors.map(({ row, column, message }) => [`${row}\n${column}`, message]));
    this.api?.refreshCells({ force: true });
    const first = errors.find(({ row }) => this.api?.getRowNode(String(row)));
    if (!first) return;
    this.api.ensureNodeVisible(this.api.getRowNode(String(first.row)));
    if (this.columns.has(first.column)) this.api.ensureColumnVisible(first.column);
    this.say(errors.length === 1 ? `${first.row}, ${this.title(first.column)}: ${first.message}` : `${errors.length} cells need a correction; first ${first.row}, ${this.title(first.column)}: ${first.message}`);
  }

  /** What a cell's editor brought: taken over, or refused with a message at the cell. */
  edit(row, column, text) {
    const found = parse(text, this.columns.get(column));
    if (found.message) {
      this.errors.set(`${row}\n${column}`, found.message);
      this.say(`${row}, ${this.title(column)}: ${found.message} The former value stays.`);
    } else {
      this.#show(this.edits.apply([{ row, column, value: found.value }]), "edit", false, [{ row, column }]);
    }
    setTimeout(() => this.#refresh([{ row, column }])); // after the editor is closed
  }

  /** Write a block of texts at a cell; everything that is allowed is one step. */
  paste(text, rowIndex, columnId) {
    const fields = this.api.getAllDisplayedColumns().map((column) => column.getColId());
    const first = fields.indexOf(columnId);
    const cells = [];
    const refused = [];
    let outside = 0;
    let readOnly = 0;
    const texts = block(text.replace(/(\r\n|\n|\r)$/, ""));
    texts.forEach((line, down) => {
      const data = this.api.getDisplayedRowAtIndex(rowIndex + down)?.data;
      line.forEach((one, across) => {
        const column = this.columns.get(fields[first + across]);
        if (!data || !column) return (outside += 1);
        const row = String(data[this.key]);
        const found = column.editable ? parse(one, column) : {};
        if (!column.editable) readOnly += one.trim() !== raw(data[column.field], column) && one.trim() !== shown(data[column.field], column) ? 1 : 0;
        else if (found.message) refused.push({ row, column: column.field, message: found.message });
        else cells.push({ row, column: column.field, value: found.value });
      });
    });
    const step = this.edits.apply(cells);
    refused.forEach(({ row, column, message }) => this.errors.set(`${row}\n${column}`, message));
    this.#show(step, "paste", false, [...cells, ...refused]);
    const notes = [`Pasted ${count(cells.length, "cell")}, ${step.length} changed.`];
    if (refused.length) notes.push(`${refused.length} refused: ${refused[0].row}, ${this.title(refused[0].column)}: ${refused[0].message}`);
    if (readOnly) notes.push(`${count(readOnly, "cell")} of columns that cannot be edited differ: are the rows in the same order?`);
    if (outside) notes.push(`${count(outside, "cell")} did not fit.`);
    this.say(notes.join(" "));
    return { pasted: cells.length, refused };
  }

  /** The shown rows and columns as comma-separated text: numbers in full, money in the currency it is planned in. */
  csv() {
    const columns = this.#shownColumns();
    const heading = ({ field, currency }) => (currency ? `${field} (${currency})` : field);
    return this.#lines(columns, columns.map(heading), csvLine);
  }

  /** The same for spreadsheets' clipboards, which paste back into the grid. */
  tsv() {
    const columns = this.#shownColumns();
    return this.#lines(columns, null, tsvLine);
  }

  #shownColumns() {
    return this.api.getAllDisplayedColumns().map((column) => this.columns.get(column.getColId()));
  }

  #lines(columns, heading, write) {
    const lines = heading ? [write(heading)] : [];
    this.api.forEachNodeAfterFilterAndSort(({ data }) => lines.push(write(columns.map((column) => data[column.field]))));
    return `${lines.join("\r\n")}\r\n`;
  }

  title(field) {
    return this.columns.get(field)?.title ?? field;
  }

  say(text) {
    const status = this.element.querySelector("[data-grid-status]");
    if (status) status.textContent = text;
  }

  destroy() {
    window.stockrail.unsaved?.(`grid ${this.id}`, false);
    this.api?.destroy();
  }

  #draft(changes) {
    const cells = changes.filter(({ row, column }) => this.rows.has(String(row)) && this.columns.get(column)?.editable);
    const step = this.edits.apply(cells.map((cell) => ({ ...cell, row: String(cell.row) })));
    if (step.length) this.#refresh(step);
    if (cells.length < changes.length) this.say(`${count(changes.length - cells.length, "cell")} of the draft no longer exist.`);
    this.#tell();
  }

  #show(step, kind, isAlways = false, touched = []) {
    touched.forEach(({ row, column }) => kind !== "paste" && this.errors.delete(`${row}\n${column}`));
    step.forEach(({ row, column }) => this.errors.delete(`${row}\n${column}`));
    this.#refresh([...step, ...touched]);
    if (!step.length && !isAlways) return;
    this.#tell();
    if (kind === "undo" || kind === "redo") this.say(`${kind === "undo" ? "Undone" : "Done again"}: ${count(step.length, "cell")}.`);
    const detail = { grid: this.id, changes: this.changes(), kind };
    this.element.dispatchEvent(new CustomEvent("grid:changed", { bubbles: true, detail }));
  }

  #refresh(cells) {
    const nodes = [...new Set(cells.map(({ row }) => row))].map((row) => this.api?.getRowNode(row)).filter(Boolean);
    if (nodes.length) this.api.refreshCells({ rowNodes: nodes, force: true });
  }

  /** Tell the page's own elements what is changed. */
  #tell() {
    const changed = this.edits.count;
    if (this.warnsUnsaved) window.stockrail.unsaved?.(`grid ${this.id}`, changed > 0);
    const name = CSS.escape(this.id);
    for (const field of document.querySelectorAll(`input[data-grid-changes="${name}"]`)) field.value = JSON.stringify(this.changes());
    for (const control of document.querySelectorAll(`[data-grid-needs-changes="${name}"]`)) control.disabled = changed === 0;
    for (const place of document.querySelectorAll(`[data-grid-count="${name}"]`)) place.textContent = changed ? count(changed, "changed cell") : "nothing changed";
    for (const [name, isPossible] of [["undo", this.edits.canUndo], ["redo", this.edits.canRedo]]) {
      const button = this.element.querySelector(`[data-grid-action="${name}"]`);
      button?.setAttribute("aria-disabled", String(!isPossible)); // one that is disabled would lose the keyboard
    }
  }

  #count() {
    const place = this.element.querySelector("[data-grid-rows]");
    const shownRows = this.api?.getDisplayedRowCount() ?? this.rows.size;
    if (place) place.textContent = shownRows === this.rows.size ? count(shownRows, "row") : `${shownRows.toLocaleString("en-US")} of ${count(this.rows.size, "row")}`;
  }

  #nameEditor(column) {
    const editor = this.element.querySelector(".ag-cell-inline-editing :is([role=combobox], input), .ag-popup-editor :is([role=combobox], input)");
    editor?.setAttribute("aria-label", this.title(column.getColId()));
  }

  #listen(place) {
    place.addEventListener("paste", (event) => {
      const at = this.api.getFocusedCell();
      if (!this.isEditable || event.target.closest("input, textarea, select") || !at || at.rowPinned) return;
      event.preventDefault();
      this.paste(event.clipboardData.getData("text/plain"), at.rowIndex, at.column.getColId());
    });
    place.addEventListener("copy", (event) => {
      const at = this.api.getFocusedCell();
      if (event.target.closest("input, textarea, select") || !at || String(getSelection())) return;
      const data = this.api.getDisplayedRowAtIndex(at.rowIndex)?.data;
      const column = this.columns.get(at.column.getColId());
      if (!data || !column) return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", raw(data[column.field], column));
    });
    this.element.addEventListener("keydown", (event) => {
      if (!this.isEditable || !(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select")) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "z" && !event.shiftKey) this.undo();
      else this.redo();
    });
    this.element.addEventListener("input", (event) => {
      if (!event.target.matches("[data-grid-find]")) return;
      clearTimeout(this.finding); // thousands of rows are looked through when typing pauses
      this.finding = setTimeout(() => this.api.setGridOption("quickFilterText", event.target.value), 150);
    });
    this.element.addEventListener("click", (event) => {
      const action = event.target.closest("[data-grid-action]")?.dataset.gridAction;
      if (action === "undo") this.undo();
      else if (action === "redo") this.redo();
      else if (action === "csv") download(this.file, this.csv());
      else if (action === "copy") window.stockrail.copyText(this.tsv()).then((isCopied) => this.say(isCopied ? `Copied ${count(this.api.getDisplayedRowCount(), "row")} without headings.` : "The browser does not allow copying here; use CSV."));
    });
  }

  #onKey(event, node, column) {
    const field = column.getColId();
    if (event.key === "Enter") event.target.closest(".ag-cell")?.querySelector("a[href]")?.click();
    if (event.key !== "Delete" || event.target.closest("input, textarea, select") || !this.columns.get(field)?.editable) return;
    event.preventDefault();
    this.edit(node.id, field, "");
  }
}

function count(number, noun) {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
