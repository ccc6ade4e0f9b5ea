//! Every button sends its action; keys, gestures and errors go where they belong.

use app::{
    kiosk::{Action, Field, Key, Language, Screen, TextSize},
    kiosk_samples,
};
use serde_json::json;

use super::stand_in::{LYING, Panel, UPRIGHT};

fn press(character: char) -> Action {
    Action::Press { key: Key::Character { character } }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_button_sends_its_action() {
    let panel = Panel::start().await;
    let page = panel.page(UPRIGHT).await;
    let item = |id: &str| id.parse().unwrap();
    let order_id = kiosk_samples::all().into_iter().find_map(|(_, snapshot)| match snapshot.screen {
        Screen::Staff(staff) => staff.outbox.first().map(|order| order.order_id.clone()),
        _ => None,
    });
    let order_id = order_id.unwrap();
    let touched: Vec<(&str, &str, Action)> = vec![
        ("attract", "[data-test=begin]", Action::Begin),
        ("attract", "[data-test=language-bn]", Action::ChooseLanguage { language: Language::Bangla }),
        ("attract", "[data-test=text-size]", Action::ChooseTextSize { text_size: TextSize::Large }),
        ("attract", "[data-test=reach]", Action::ChooseReach { low: true }),
        ("sign-in", "[data-test=password]", Action::Focus { field: Field::Password }),
        ("sign-in", "[data-test=username]", Action::Focus { field: Field::Username }),
        ("sign-in", "[data-key=k]", press('k')),
        ("sign-in", "[data-key='7']", press('7')),
        ("sign-in", "[data-key='@']", press('@')),
        ("sign-in", "[data-key=space]", press(' ')),
        ("sign-in", "[data-key=backspace]", Action::Press { key: Key::Backspace }),
        ("sign-in", "[data-test=confirm]", Action::Confirm),
        ("sign-in", "[data-test=back]", Action::Back),
        ("pin", "[data-key='0']", press('0')),
        ("pin", "[data-key=clear]", Action::Press { key: Key::Clear }),
        ("not-known-offline", "[data-test=back]", Action::Back),
        ("menu", "[data-dish=burger] .add", Action::Put { item_id: item("burger"), quantity: 1 }),
        ("menu", "[data-dish=pizza] .tile-picture", Action::Put { item_id: item("pizza"), quantity: 1 }),
        (
            "menu",
            "[data-dish=biryani] .step:last-child",
            Action::Put { item_id: item("biryani"), quantity: 3 },
        ),
        (
            "menu",
            "[data-dish=biryani] .step:first-child",
            Action::Put { item_id: item("biryani"), quantity: 1 },
        ),
        ("menu", "[data-test=show-basket]", Action::ShowBasket),
        ("menu", "[data-test=leave]", Action::Leave),
        ("basket", "[data-dish=soup] .step:first-child", Action::Put { item_id: item("soup"), quantity: 0 }),
        ("basket", "[data-test=place]", Action::Place),
        ("basket", "[data-test=back]", Action::Back),
        ("basket-short", "[data-test=fit]", Action::Fit),
        ("numbered", "[data-test=print-again]", Action::PrintAgain),
        ("numbered", "[data-test=finish]", Action::Finish),
        ("staff-pin", "[data-test=confirm]", Action::Confirm),
        ("staff", "[data-test=send-outbox]", Action::SendOutbox),
        ("staff", "[data-test=test-printer]", Action::TestPrinter),
        ("staff", "[data-test=test-touch]", Action::TestTouch),
        ("staff", "[data-test=back]", Action::Back),
        ("touch-test", "[data-test=back]", Action::Back),
    ];
    for (sample, selector, action) in touched {
        page.shows_sample(sample).await;
        page.touches(selector).await;
        page.has_done(&action).await;
    }

    page.shows_sample("staff").await;
    page.touches(&format!("[data-order='{order_id}'] [data-test=clear]")).await;
    page.touches("[data-test=reason-1]").await;
    page.touches("[data-test=confirm-clear]").await;
    page.has_done(&Action::ClearKept { order_id: order_id.clone(), reason: "Cooked by hand".to_owned() })
        .await;
    page.touches(&format!("[data-order='{order_id}'] [data-test=clear]")).await;
    page.touches("[data-test=reason-3]").await;
    for key in ["shift", "X", "symbols", "!"] {
        page.touches(&format!("[data-key='{key}']")).await;
    }
    page.window.sees_in("[data-test=reason-typed]", "X!").await;
    page.touches("[data-test=confirm-clear]").await;
    page.has_done(&Action::ClearKept { order_id, reason: "X!".to_owned() }).await;

    page.touches("[data-test=exit]").await;
    page.touches("[data-test=cancel]").await;
    page.touches("[data-test=exit]").await;
    page.touches("[data-test=confirm-exit]").await;
    page.has_done(&Action::Exit).await;
    page.window.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_touches_heartbeats_and_errors_reach_the_core() {
    let panel = Panel::start().await;
    let page = panel.page(LYING).await;
    page.shows_sample("sign-in").await;
    page.has_sent("heartbeat", |args| *args == json!({})).await;
    page.has_sent("heartbeat", |args| *args == json!({})).await;

    // A card reader types quickly and ends with Enter, which presses no button, whichever was touched last.
    page.touches("[data-test=confirm]").await;
    page.has_done(&Action::Confirm).await;
    let keys = "['4','2','Enter'].map((key) => document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))";
    assert_eq!(page.run(keys).await, json!([false, false, false]), "the default of every key is prevented");
    page.has_sent("keys", |args| {
        let keys: Vec<_> = args["presses"].as_array().unwrap().iter().map(|press| &press["key"]).collect();
        keys == ["4", "2", "Enter"] && args["presses"][2]["at"].as_f64() >= args["presses"][0]["at"].as_f64()
    })
    .await;
    assert_eq!(page.run("document.activeElement === document.body").await, true, "nothing has the focus");

    for name in ["contextmenu", "dragstart", "selectstart", "dblclick", "gesturestart"] {
        let event = format!(
            "document.body.dispatchEvent(new Event('{name}', {{ bubbles: true, cancelable: true }}))"
        );
        assert_eq!(page.run(&event).await, false, "{name}");
    }
    let zoom = "document.body.dispatchEvent(
        new WheelEvent('wheel', { ctrlKey: true, bubbles: true, cancelable: true }))";
    assert_eq!(page.run(zoom).await, false, "zoom by wheel");

    // A touch of the countdown cancels it and presses nothing behind it.
    page.shows_sample("countdown").await;
    page.touches("[data-test=countdown]").await;
    page.has_done(&Action::Touch).await;

    // A browser hides the message of an error in a script of the driver, so that the events are made by hand.
    page.run("window.dispatchEvent(new ErrorEvent('error', { message: 'lost a screw' }))").await;
    page.has_sent("report", |args| args["text"].as_str().unwrap().contains("lost a screw")).await;
    page.run("window.refused = ['order']").await;
    page.shows_sample("basket").await;
    page.touches("[data-test=place]").await;
    page.has_sent("report", |args| args["text"] == "order: refused by the test").await;

    // The channel numbers its messages, because they may arrive out of order.
    let (first, second) = (kiosk_samples::attract(), kiosk_samples::all().pop().unwrap().1);
    let (first, second) = (page.push_of(&first), page.push_of(&second));
    page.run(&format!("pushSwapped({}, {})", json!(first), json!(second))).await;
    page.window.reads("[data-screen=touch-test]").await;

    page.shows_sample("attract").await;
    page.window.holds("[data-test=logo]", 3_200).await;
    page.has_done(&Action::OpenStaff).await;
    let stored = "localStorage.length + sessionStorage.length + document.cookie.length";
    assert_eq!(page.run(stored).await, 0, "nothing is stored");
}
