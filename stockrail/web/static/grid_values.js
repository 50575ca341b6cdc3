/* What the cells of grids hold: reading what people type or paste, and writing values. Nothing is guessed: what could mean two things is refused. */

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;
const GROUPED = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const SPACED = /^[-+]?\d{1,3}([ '\u2019\u00a0\u202f\u2009]\d{3})+(\.\d+)?$/;
const DECIMAL_COMMA = /^[-+]?[\d. '\u2019\u00a0\u202f\u2009]*\d,\d+$/;
const DAY = /^\d{4}-\d{2}-\d{2}/;
const YES = new Set(["yes", "true", "1", "y"]);
const NO = new Set(["no", "false", "0", "n"]);
const formats = new Map();

/** What a text means in a column: {value}, null for empty, or {message} that says what may stand there. */
export function parse(text, column) {
  const trimmed = String(text ?? "").replace(/^[\s\u00a0]+|[\s\u00a0]+$/g, "");
  if (trimmed === "" || trimmed === "–") return column.required ? { message: "May not be empty." } : { value: null };
  if (column.type === "number") return parseNumber(trimmed, column);
  if (column.type === "choice") return parseChoice(trimmed, column);
  if (column.type === "date") return parseDay(trimmed, column);
  if (column.type === "flag") return parseFlag(trimmed);
  return { value: trimmed };
}

function parseNumber(text, column) {
  const plain = text.replace(/^[\u2212\u2013]/, "-");
  if (plain.endsWith("%")) return { message: `${text}: write ${column.unit ? `it in ${column.unit}` : "a number"} without a percent sign.` };
  if (!NUMBER.test(plain) && !GROUPED.test(plain) && !SPACED.test(plain)) {
    if (DECIMAL_COMMA.test(plain)) return { message: `${text}: write decimals after a point (1.5); a comma separates thousands (1,234).` };
    return { message: `${text} is not a number.` };
  }
  const value = Number(plain.replace(/[, '\u2019\u00a0\u202f\u2009]/g, ""));
  if (!Number.isFinite(value)) return { message: `${text} is too large.` };
  if (column.whole && !Number.isInteger(value)) return { message: `${text}: whole numbers only.` };
  if (value < (column.minimum ?? -Infinity) || value > (column.maximum ?? Infinity)) return { message: `${text}: allowed is ${range(column)}.` };
  return { value };
}

function parseChoice(text, column) {
  const found = column.choices.find((choice) => choice === text) ?? column.choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  return found === undefined ? { message: `${text}: allowed is ${column.choices.join(", ")}.` } : { value: found };
}

function parseDay(text, column) {
  const day = text.slice(0, 10);
  const isDay = DAY.test(text) && /^([T ]0?0:00(:00)?(\.0+)?)?$/.test(text.slice(10)) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (!isDay) return { message: `${text}: write dates as year-month-day (2026-01-31).` };
  if ((column.minimum && day < column.minimum) || (column.maximum && day > column.maximum)) return { message: `${text}: allowed is ${range(column)}.` };
  return { value: day };
}

function parseFlag(text) {
  const lower = text.toLowerCase();
  if (YES.has(lower)) return { value: true };
  return NO.has(lower) ? { value: false } : { message: `${text}: allowed is yes or no.` };
}

/** The range of a column in words. */
export function range(column) {
  const { minimum, maximum } = column;
  if (minimum !== undefined && minimum !== null && maximum !== undefined && maximum !== null) return `${minimum} to ${maximum}`;
  return minimum !== undefined && minimum !== null ? `${minimum} or more` : `${maximum} or less`;
}

/** A value as it is shown; missing is a dash, not zero. */
export function shown(value, column) {
  if (value === null || value === undefined || value === "") return column.editable ? "" : "–";
  if (column.type === "flag") return value ? "yes" : "no";
  if (column.type === "percent") return `${number(value * 100, column.decimals ?? 1, column.decimals ?? 1)}%`;
  if (column.type === "money") return number(value * (column.factor ?? 1), column.decimals ?? 0, column.decimals ?? 0);
  if (column.type === "number") return number(value, column.decimals ?? 0, column.editable ? 10 : column.decimals ?? 6);
  return String(value);
}

function number(value, least, most) {
  const key = `${least}/${most}`;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most, signDisplay: "negative" }));
  return formats.get(key).format(value);
}

/** A value as text that `parse` reads back as the same value. */
export function raw(value, column) {
  if (value === null || value === undefined) return "";
  return column.type === "flag" ? shown(value, column) : String(value);
}

/** The cells of a block that was copied out of a spreadsheet: rows of texts; quoted cells may hold tabs and line breaks. */
export function block(text) {
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    rows.at(-1).push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] === "") break;
    if (match[3] !== "\t") rows.push([]);
  }
  return rows;
}

/** Values as one line of comma-separated text. A text that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csvLine(values) {
  return values
    .map((value) => (typeof value === "string" && /^[=+\-@\t\r]/.test(value) && !NUMBER.test(value) ? `'${value}` : String(value ?? "")))
    .map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
    .join(",");
}

/** Values as one line of a spreadsheet's clipboard; `block` reads it back. */
export function tsvLine(values) {
  return values.map((value) => (typeof value === "boolean" ? (value ? "yes" : "no") : String(value ?? ""))).map((text) => (/["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join("\t");
}
