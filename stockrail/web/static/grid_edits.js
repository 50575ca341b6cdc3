/* The edits of a grid: what was changed from what, and steps to undo; knows nothing of how cells are shown. */

export class Edits {
  #rows;
  #original = new Map(); // row -> column -> value that is saved
  #steps = [];
  #at = 0;

  /** @param rows Map of row key -> the row's object, whose values are changed in place. */
  constructor(rows) {
    this.#rows = rows;
  }

  /** Change cells as one step: [{row, column, value}]. Returns the cells whose value is new. */
  apply(cells) {
    const step = cells
      .map(({ row, column, value }) => ({ row, column, before: this.#value(row, column), after: value }))
      .filter(({ before, after }) => before !== after);
    if (!step.length) return [];
    this.#steps.length = this.#at;
    this.#steps.push(step);
    this.#at += 1;
    step.forEach(({ row, column, after }) => this.#set(row, column, after));
    return step;
  }

  /** Take the last step back; the cells it touched. */
  undo() {
    if (!this.canUndo) return [];
    this.#at -= 1;
    const step = this.#steps[this.#at];
    step.toReversed().forEach(({ row, column, before }) => this.#set(row, column, before));
    return step;
  }

  /** Do the step again that was taken back last; the cells it touched. */
  redo() {
    if (!this.canRedo) return [];
    const step = this.#steps[this.#at];
    this.#at += 1;
    step.forEach(({ row, column, after }) => this.#set(row, column, after));
    return step;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#steps.length;
  }

  /** Every cell that differs from what is saved: [{row, column, value, before}]. */
  changes() {
    return [...this.#original].flatMap(([row, columns]) =>
      [...columns].map(([column, before]) => ({ row, column, value: this.#value(row, column), before })),
    );
  }

  get count() {
    return this.#original.values().reduce((sum, columns) => sum + columns.size, 0);
  }

  /** Whether a cell differs from what is saved. */
  isChanged(row, column) {
    return this.#original.get(row)?.has(column) ?? false;
  }

  /** What is saved of a changed cell. */
  before(row, column) {
    return this.#original.get(row)?.get(column);
  }

  /** What there is now is saved: nothing is changed and nothing can be undone. */
  markSaved() {
    this.#original.clear();
    this.#steps = [];
    this.#at = 0;
  }

  #value(row, column) {
    return this.#rows.get(row)[column] ?? null;
  }

  #set(row, column, value) {
    const columns = this.#original.get(row) ?? new Map();
    if (!columns.has(column)) columns.set(column, this.#value(row, column));
    if (columns.get(column) === value) columns.delete(column);
    if (columns.size) this.#original.set(row, columns);
    else this.#original.delete(row);
    this.#rows.get(row)[column] = value;
  }
}
