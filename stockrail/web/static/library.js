/* Vendored libraries, loaded when the first part of a page needs them: pages without charts or grids stay light. */

const loaded = new Map();

/** Load files below this folder in this order, each once; scripts and style sheets. */
export function load(...files) {
  return Promise.all(files.map((file) => loaded.get(file) ?? start(file)));
}

function start(file) {
  const address = new URL(file, import.meta.url).href;
  const isStyle = file.endsWith(".css");
  const element = document.createElement(isStyle ? "link" : "script");
  if (isStyle) {
    element.rel = "stylesheet";
    element.href = address;
  } else {
    element.src = address;
    element.async = false; // scripts that were added in an order run in it
  }
  const done = new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => {
      loaded.delete(file);
      reject(new Error(`${file} could not be loaded: load the page again.`));
    });
  });
  loaded.set(file, done);
  document.head.append(element);
  return done;
}
