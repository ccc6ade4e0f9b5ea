// What a person finds on a page. Run by the tests through WebDriver; no page has it.
const [task, ...rest] = arguments;
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const isShown = (element) =>
  element.getClientRects().length > 0 && element.checkVisibility({ visibilityProperty: true });
// While a question is in front of the page, there is nothing else to find.
const front = [...document.querySelectorAll("dialog:modal")].pop() ?? document.documentElement;

const nameOf = (element) => {
  const by = element.getAttribute("aria-labelledby");
  const labels = by ? by.split(" ").map((id) => document.getElementById(id)) : [...(element.labels ?? [])];
  const label = element.getAttribute("aria-label") ?? labels.map((label) => label?.innerText).join(" ");
  return tidy(label) || tidy(element.innerText) || tidy(element.value) || tidy(element.title);
};

const tasks = {
  // The address and the words of the page.
  look: () => ({ url: location.href, title: document.title, text: tidy(document.body?.innerText) }),
  // The words of the part of the page that a selector names; null where there is none. Scrolls to it, as one does
  // who reads.
  words: (selector) => {
    const part = [...document.querySelectorAll(selector)].find(isShown);
    if (part && part !== document.body) part.scrollIntoView({ block: "nearest", behavior: "instant" });
    return part ? tidy(part.innerText) : null;
  },
  // The shown elements of a kind that are called so, or else whose name has these words in it; the first of them.
  find: (kind, name, within) => {
    const places = within ? [...document.querySelectorAll(within)].filter(isShown) : [front];
    const all = places.flatMap((place) => [...place.querySelectorAll(kind)]).filter(isShown);
    const called = all.find((element) => nameOf(element) === name);
    const found = called ?? all.find((element) => nameOf(element).includes(name));
    if (!found) return { there: all.map(nameOf) };
    if (found.disabled) return { there: [`${nameOf(found)}, which is disabled`] };
    // As a hand does it: what sticks to an edge of the window is in nobody's way in its middle.
    found.scrollIntoView({ block: "center", behavior: "instant" });
    return { found };
  },
  option: (select, name) => [...select.options].find((option) => tidy(option.text) === name) ?? null,
  count: (selector) => [...document.querySelectorAll(selector)].filter(isShown).length,
  style: (selector, property) => {
    const part = document.querySelector(selector);
    return part ? getComputedStyle(part).getPropertyValue(property) : null;
  },
  attribute: (selector, name) => document.querySelector(selector)?.getAttribute(name) ?? null,
  kept: (name) => localStorage.getItem(name),
  // How far the page goes beyond the window to the side, and what does.
  overhang: () => {
    const width = document.documentElement.clientWidth;
    const beyond = document.documentElement.scrollWidth - width;
    const what = beyond <= 0 ? [] : [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName}.${element.className}`);
    return { beyond, what: what.slice(0, 8) };
  },
};
return tasks[task](...rest);
