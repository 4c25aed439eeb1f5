// One moving skeleton.

const previews = new WeakMap();

export default function ({ data, parentElement }) {
  if (!previews.has(parentElement)) previews.set(parentElement, new Figures());
  previews.get(parentElement).show(parentElement.querySelector("canvas"), data);
  return () => {
    previews.get(parentElement)?.close();
    previews.delete(parentElement);
  };
}
