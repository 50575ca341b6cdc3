/* Grids of many rows, read or edited: AG Grid Community around <div class="grid" data-grid="ID"> as parts/grid.html writes it.

   For pages, without a script of their own:
   - input[data-grid-changes="ID"]    always holds the changed cells as JSON: [{row, column, value, before}]; a form or htmx sends it
   - [data-grid-needs-changes="ID"]   is disabled while nothing is changed
   - [data-grid-count="ID"]           says how many cells are changed
   - hx-trigger="grid:changed from:#ID delay:1s" on a form keeps a draft: the event bubbles from the grid's element
   - an answer with <script type="application/json" data-grid-errors="ID">[{row, column, message}]</script> marks cells
   - an answer with the header HX-Trigger {"grid:saved": {"grid": "ID"}} (or {"grids": ["ID", ...]}) or {"grid:draft": {"grid": "ID"}} or {"grid:errors": {"grid": "ID", "errors": [...]}}

   For scripts: window.stockrail.grid(ID) -> {changes(), setErrors([{row, column, message}]), markSaved(), undo(), redo(), ready, api};
   CustomEvent `grid:changed`, detail {grid, changes, kind}: kind is edit, paste, clear, undo, redo or saved.

   Keys: arrows move, Enter or F2 or typing edits, Escape gives up, Delete empties, Ctrl+V pastes a block at the cell, Ctrl+C copies the cell, Enter follows a link,
   Ctrl+Z, Ctrl+Y and Ctrl+Shift+Z undo and redo; Tab leaves the grid, while editing it goes to the next cell. */
import { Grid } from "./grid_table.js";

const grids = new Map();

function find() {
  for (const [id, grid] of grids) {
    if (grid.element.isConnected) continue;
    grid.destroy();
    grids.delete(id);
  }
  for (const element of document.querySelectorAll(".grid[data-grid]:not([data-made])")) {
    const block = document.getElementById(`${element.dataset.grid}-grid`);
    element.dataset.made = "true";
    const grid = new Grid(element, JSON.parse(block.textContent));
    grids.set(grid.id, grid);
    grid.ready.catch((error) => {
      element.querySelector(".grid-view").textContent = `This table could not be shown: ${error.message}`;
      element.dataset.failed = error.message;
      console.error(grid.id, error);
    });
  }
  for (const errors of document.querySelectorAll("script[data-grid-errors]:not([data-taken])")) {
    errors.dataset.taken = "true";
    const grid = grids.get(errors.dataset.gridErrors);
    grid?.ready.then(() => grid.setErrors(JSON.parse(errors.textContent)));
  }
}

const stockrail = (window.stockrail ??= {});
stockrail.grid = (id) => grids.get(id);
document.addEventListener("grid:saved", ({ detail }) => (detail.grids ?? [detail.grid]).forEach((id) => grids.get(id)?.markSaved()));
document.addEventListener("grid:draft", ({ detail }) => grids.get(detail.grid)?.draftKept());
document.addEventListener("grid:errors", ({ detail }) => grids.get(detail.grid)?.setErrors(detail.errors));
for (const event of ["htmx:load", "htmx:afterSettle"]) document.addEventListener(event, find);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", find);
else find();
