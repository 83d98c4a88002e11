// Makes elements; text is always text.

const SHAPES = {
  copy: "M9 9h10v11H9zM5 15V4h10",
  done: "M5 12.500 10 17.500 19.500 7",
  sending: "M12 6.500V12l3.500 2.500M12 3.500a8.500 8.500 0 1 0 .01 0z",
  failed: "M12 7v6M12 16.800v.2M12 3.500a8.500 8.500 0 1 0 .01 0z",
  outside: "M9 6h9v9M18 6 7 17",
  download: "M12 4v11M7 10.500l5 5 5-5M5 19.500h14",
};

/** Make an element: attributes by name, children as elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== "" && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Make one of our line drawings; it means nothing to a screen reader. */
export function makeIcon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  drawing.append(path);
  return drawing;
}
