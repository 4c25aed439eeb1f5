// Set in front of the components that draw with plotly. Its script is asked for once by all of
// them together, a few times where it doesn't come, and then only by who presses the button.

const PAUSES_MS = [1000, 4000]; // before the second and third try

function addScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      script.remove();
      reject(new Error("plotly could not be loaded"));
    };
    document.head.append(script);
  });
}

async function tryPlotly(address) {
  for (const pause of PAUSES_MS) {
    try {
      return await addScript(address);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return addScript(address);
}

// Addresses are relative to the page: a proxy may have put this server below any path.
function addressOf(url) {
  return new URL(url, document.baseURI).href;
}

function loadPlotly(url, again = false) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  if (again || !window.harecPlotly) window.harecPlotly = tryPlotly(addressOf(url));
  return window.harecPlotly;
}

// Says into an element what didn't come, from where, and what may help.
function showProblem(element, what, url, help, retry) {
  const address = document.createElement("code");
  address.textContent = addressOf(url);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Try again";
  button.addEventListener("click", retry);
  const below = addressOf("harec/");
  const proxy = ` A proxy before this server must pass on everything below ${below}, too.`;
  element.replaceChildren(`${what} could not be loaded from `, address, `. ${help}${proxy} `, button);
}
