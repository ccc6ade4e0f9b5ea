//! Every screen in both sizes, languages and themes: nothing is cut, everything that is touched is large enough, and
//! axe has nothing to complain about. Pictures of all of them are taken on request.

use app::{
    kiosk::{Language, Snapshot, TextSize, Theme},
    kiosk_samples,
};
use serde_json::{Value, json};
use system_tests::pictures_folder;
use test_support::browser::Device;

use super::stand_in::{LYING, Page, Panel, UPRIGHT};

/// Script that finds touched elements that are too small, outside of the window, covered, or cut, and text fields.
const FAULTS: &str = r#"
const done = arguments[0];
const low = document.querySelector(".kiosk").dataset.reach === "low";
const faults = [];
const shown = (element) => {
  // Beyond the edge of a list that scrolls, an element is not touched yet.
  let box = element.getBoundingClientRect();
  for (let parent = element.parentElement; parent; parent = parent.parentElement) {
    if (!["auto", "scroll"].includes(getComputedStyle(parent).overflowY)) continue;
    const edge = parent.getBoundingClientRect();
    if (box.top < edge.top - 1 || box.bottom > edge.bottom + 1) return false;
  }
  return true;
};
for (const element of document.querySelectorAll("button")) {
  const box = element.getBoundingClientRect();
  const name = element.dataset.test ?? element.dataset.key ?? element.dataset.category ?? element.className;
  if (box.width < 63.5 || box.height < 63.5) faults.push(`${name} is ${box.width} × ${box.height}`);
  if (!shown(element)) continue;
  if (box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight)
    faults.push(`${name} is outside: ${box.left}..${box.right}, ${box.top}..${box.bottom}`);
  if (low && box.top < innerHeight / 2 - 1) faults.push(`${name} is above the lower half: ${box.top}`);
  if (element.classList.contains("primary") && box.top < innerHeight / 2)
    faults.push(`${name} is a primary button in the upper half: ${box.top}`);
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (!element.contains(at) && !at?.closest(".countdown")) faults.push(`${name} is covered by ${at?.className}`);
}
for (const element of document.querySelectorAll("h1, h2, h3, p, button, dd, td, strong")) {
  if (element.closest(".hidden") || !shown(element)) continue;
  const box = element.getBoundingClientRect();
  if (box.width === 0) continue;
  const what = `${element.tagName} “${element.innerText.slice(0, 30)}”`;
  if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
    faults.push(`${what} is wider than its place: ${element.scrollWidth} > ${element.clientWidth}`);
  if (box.right > innerWidth + 1 || box.left < -1 || box.bottom > innerHeight + 1 || box.top < -1)
    faults.push(`${what} is outside: ${box.left}..${box.right}, ${box.top}..${box.bottom}`);
}
for (const heading of document.querySelectorAll("h1")) {
  const box = heading.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (!heading.closest(".act") && at?.closest(".banner, .act"))
    faults.push(`the heading is covered by ${at.className}`);
}
const show = document.querySelector(".show");
if (show && show.scrollHeight > show.clientHeight + 2) faults.push(`.show is cut: ${show.scrollHeight} > ${show.clientHeight}`);
const act = document.querySelector(".act");
if (act && act.scrollHeight > act.clientHeight + 2) faults.push(`.act is cut: ${act.scrollHeight} > ${act.clientHeight}`);
const fields = document.querySelectorAll("input, textarea, select, [contenteditable]").length;
if (fields > 0) faults.push(`${fields} text fields`);
done(faults);
"#;

/// Script that waits until fonts are there and the page is drawn.
const DRAWN: &str = "const done = arguments[0]; document.fonts.ready.then(() =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";

async fn is_sound(page: &Page, what: &str) -> Vec<String> {
    let found = page.window.works_out(FAULTS).await;
    let found: Vec<Value> = serde_json::from_value(found).unwrap();
    found.iter().map(|fault| format!("{what}: {}", fault.as_str().unwrap_or_default())).collect()
}

/// Shows all samples in this dress, and returns what is wrong.
async fn looks(
    page: &Page,
    device: Device,
    dress: impl Fn(&Snapshot) -> Snapshot,
    name: &str,
    axe: bool,
) -> Vec<String> {
    let mut faults = Vec::new();
    let size = if device.height > device.width { "upright" } else { "lying" };
    for (sample, snapshot) in kiosk_samples::all() {
        page.shows(&dress(&snapshot)).await;
        page.window.works_out(DRAWN).await;
        let what = format!("{size}-{name}-{sample}");
        if let Some(folder) = pictures_folder() {
            let folder = folder.join("kiosk");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{what}.png")), page.window.picture().await).unwrap();
        }
        faults.extend(is_sound(page, &what).await);
        if axe {
            page.window.is_for_everybody(&what).await;
        }
    }
    faults
}

async fn looks_on(device: Device) {
    let panel = Panel::start().await;
    let page = panel.page(device).await;
    let mut faults = Vec::new();
    for language in [Language::English, Language::Bangla] {
        for theme in [Theme::Light, Theme::Dark] {
            let dress = |snapshot: &Snapshot| Snapshot { language, theme, ..snapshot.clone() };
            let name = format!("{}-{}", json!(language).as_str().unwrap(), json!(theme).as_str().unwrap());
            faults.extend(looks(&page, device, dress, &name, true).await);
        }
        let name = json!(language).as_str().unwrap().to_owned();
        let low = |snapshot: &Snapshot| Snapshot { language, low_reach: true, ..snapshot.clone() };
        faults.extend(looks(&page, device, low, &format!("{name}-low"), false).await);
        let large =
            |snapshot: &Snapshot| Snapshot { language, text_size: TextSize::Large, ..snapshot.clone() };
        faults.extend(looks(&page, device, large, &format!("{name}-large"), false).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    page.window.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_fits_an_upright_panel() {
    looks_on(UPRIGHT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_fits_a_lying_panel() {
    looks_on(LYING).await;
}
