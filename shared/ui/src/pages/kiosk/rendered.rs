//! Tests of the kiosk's screens rendered to HTML without a browser.

use std::{collections::BTreeSet, rc::Rc};

use app::{
    kiosk::{Action, KeyPress, Language, Push, Screen, Snapshot, TextSize},
    kiosk_samples,
    menu::Menu,
};
use yew::{Callback, LocalServerRenderer};

use super::{Frame, HostHandle, Kiosk, KioskHost, frame::screen_name};
use crate::components::qr::qr_path;

/// Core that takes everything and answers nothing.
struct SilentHost;

impl KioskHost for SilentHost {
    fn subscribe(&self, _: Callback<Push>) {}

    fn send(&self, _: Action) {}

    fn keys(&self, _: Vec<KeyPress>) {}
}

async fn rendered(snapshot: Snapshot) -> String {
    let mut menu = Menu::default();
    menu.snapshot(menu.epoch(), kiosk_samples::dishes());
    let kiosk = Kiosk { host: HostHandle::new(SilentHost), snapshot: Rc::new(snapshot), menu: Rc::new(menu) };
    LocalServerRenderer::<Frame>::with_props(kiosk).hydratable(false).render().await
}

fn sample(name: &str) -> Snapshot {
    let all = kiosk_samples::all();
    all.into_iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no sample {name}")).1
}

async fn rendered_in(name: &str, language: Language) -> String {
    rendered(Snapshot { language, ..sample(name) }).await
}

/// Returns the texts between the tags, and those that screen readers read.
fn texts(html: &str) -> Vec<String> {
    let between = html.split('>').filter_map(|part| part.split('<').next());
    let labels = html.split("aria-label=\"").skip(1).filter_map(|part| part.split('"').next());
    let texts = between.chain(labels).map(|text| text.trim().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

/// Returns all texts that are data of the samples, which no catalogue has.
fn data() -> BTreeSet<String> {
    let mut data: BTreeSet<String> = kiosk_samples::all()
        .into_iter()
        .flat_map(|(_, snapshot)| strings(&serde_json::to_value(snapshot).unwrap()))
        .collect();
    // The other language by its own name, and the sentence that stands in both languages.
    data.extend([
        "English".to_owned(),
        "This kiosk is out of order. Please order at the counter.".to_owned(),
    ]);
    data
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(values) => values.iter().flat_map(strings).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn no_screen_has_a_text_field_or_an_inline_style() {
    for (name, snapshot) in kiosk_samples::all() {
        for low_reach in [false, true] {
            let html = rendered(Snapshot { low_reach, ..snapshot.clone() }).await;
            for forbidden in ["<input", "<textarea", "<select", "contenteditable", " style="] {
                assert!(!html.contains(forbidden), "{forbidden} on {name}: {html}");
            }
            let attribute = format!(r#"data-screen="{}""#, screen_name(&snapshot.screen));
            assert!(html.contains(&attribute), "{attribute} on {name}: {html}");
            assert_eq!(html.matches("<h1").count(), 1, "one heading on {name}: {html}");
        }
    }
}

#[tokio::test]
async fn every_screen_is_in_the_chosen_language() {
    let data = data();
    let mut longest_first: Vec<_> = data.iter().filter(|known| known.len() > 1).collect();
    longest_first.sort_by_key(|known| std::cmp::Reverse(known.len()));
    for (name, _) in kiosk_samples::all() {
        let html = rendered_in(name, Language::Bangla).await;
        for text in texts(&html) {
            // Keys of the keyboard are Latin letters.
            let is_key = text.chars().count() == 1;
            let mut rest = text.clone();
            for known in &longest_first {
                rest = rest.replace(known.as_str(), "");
            }
            let is_english = rest.chars().any(|c| c.is_ascii_alphabetic());
            assert!(is_key || !is_english, "\"{text}\" on {name} in Bangla");
        }
        let html = rendered_in(name, Language::English).await;
        let known = [&data, &BTreeSet::from(["বাংলা".to_owned()])];
        for text in texts(&html) {
            let is_bangla = text.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c) && c != '৳');
            let is_data = known.iter().any(|known| known.contains(&text));
            let is_bilingual = matches!(sample(name).screen, Screen::OutOfOrder { .. });
            assert!(!is_bangla || is_data || is_bilingual, "\"{text}\" on {name} in English");
        }
    }
}

#[tokio::test]
async fn a_password_is_never_on_the_page_but_its_length_is() {
    let html = rendered_in("sign-in-typed", Language::English).await;
    assert!(html.contains("••••••") && html.contains("6 characters"), "{html}");
    assert!(html.contains(r#"aria-pressed="true""#), "{html}");
}

#[tokio::test]
async fn a_failed_sign_in_says_the_next_step() {
    for (name, text) in [
        ("sign-in-wrong", "User name and password do not match. Check both and try again."),
        ("sign-in-wait", "You can sign in again in 0:42."),
        ("sign-in-card", "Sign in with your user name, or ask at the counter."),
        ("pin-wrong", "That is not the PIN of this card. Try again."),
    ] {
        let html = rendered_in(name, Language::English).await;
        assert!(html.contains(text), "{text} on {name}: {html}");
    }
    let html = rendered_in("sign-in-wait", Language::English).await;
    assert!(
        html.split(r#"data-test="confirm""#).next().unwrap().ends_with(r#"aria-busy="false" "#),
        "{html}"
    );
    assert!(button(&html, "confirm").contains("disabled"), "{html}");
}

/// Returns the opening tag of the button with this hook.
fn button<'a>(html: &'a str, test: &str) -> &'a str {
    let at = html.find(&format!(r#"data-test="{test}""#)).unwrap_or_else(|| panic!("no {test}: {html}"));
    let start = html[..at].rfind("<button").unwrap();
    let end = html[start..].find('>').unwrap();
    &html[start..start + end]
}

#[tokio::test]
async fn a_shortage_is_struck_through_and_offers_to_take_the_rest() {
    let html = rendered_in("basket-short", Language::English).await;
    for part in [
        "Tomato Soup sold out a moment ago.",
        "Only 1 left",
        "Take what is left · ৳275",
        "line-item short sold-out",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(button(&html, "fit").contains("primary") && !html.contains(r#"data-test="place""#), "{html}");
    let html = rendered_in("basket-busy", Language::English).await;
    assert!(html.contains("Very busy right now.") && button(&html, "place").contains("primary"), "{html}");
}

#[tokio::test]
async fn a_kept_order_has_no_number_and_says_so() {
    let html = rendered_in("kept", Language::English).await;
    assert!(html.contains("Kept here, not sent yet") && !html.contains(r#"data-test="number""#), "{html}");
    let html = rendered_in("numbered", Language::Bangla).await;
    assert!(html.contains(">107<"), "a number is called in Latin digits: {html}");
    let Screen::Placed(placed) = sample("numbered").screen else { panic!("it is placed") };
    let (_, code) = qr_path(&placed.tracker_url).unwrap();
    assert!(html.contains(&code), "the code leads to the order's page: {html}");
    let html = rendered_in("numbered-no-slip", Language::English).await;
    assert!(html.contains("The slip could not be printed.") && html.contains("Print again"), "{html}");
}

#[tokio::test]
async fn low_stock_and_sold_out_are_on_the_tiles() {
    let html = rendered_in("menu", Language::English).await;
    for part in [">3 left<", ">Sold out<", "tile sold-out", "4 items", "৳565", "Sign out"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("12 left"), "only few are counted: {html}");
    let html = rendered_in("menu-offline", Language::English).await;
    for part in
        ["No connection. You can still order", "as of 17:10", "No printed slips", "Iftar boxes are ready"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[tokio::test]
async fn a_configuration_error_names_file_line_fault_and_remedy_for_staff() {
    let html = rendered_in("trouble-configuration", Language::English).await;
    for part in ["config.toml", ">12<", "is not a URL", "as in https://", "অনুগ্রহ করে কাউন্টারে অর্ডার করুন।"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[tokio::test]
async fn the_choices_of_a_student_show_what_they_change() {
    let mut snapshot = sample("menu");
    let html = rendered(snapshot.clone()).await;
    assert!(html.contains("Larger text") && html.contains("Move down"), "{html}");
    snapshot.text_size = TextSize::Large;
    snapshot.low_reach = true;
    let html = rendered(snapshot).await;
    assert!(html.contains("Normal text") && html.contains("Move back up"), "{html}");
    assert!(html.contains(r#"data-reach="low""#), "{html}");
}
