const ICON = "M5 20h14v-2H5zM19 9h-4V3H9v6H5l7 7z";

function link({ text, kind, url, of }) {
  const anchor = document.createElement("a");
  anchor.href = new URL(url, document.baseURI); // below whatever path a proxy gave this server
  anchor.download = ""; // the server gives the name
  // For browser_tab.js, which asks who leaves without a copy.
  const saved = new CustomEvent("harec-saved", { detail: of });
  anchor.addEventListener("click", () => window.dispatchEvent(saved));
  anchor.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICON}"/></svg><span></span><small></small>`;
  anchor.querySelector("span").textContent = text;
  anchor.querySelector("small").textContent = kind;
  return anchor;
}

export default function ({ data, parentElement }) {
  parentElement.querySelector(".hd-row").replaceChildren(...data.map(link));
}
