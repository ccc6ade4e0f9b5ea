//! The kiosks page of the console: an admin makes one, sees its secret once, and steers it.

use test_support::browser::Device;
use wire::kiosk::{KioskReport, PrinterState};

use super::Cafeteria;

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_a_kiosk_sees_its_secret_once_and_closes_it() {
    let cafeteria = Cafeteria::quick().await;
    let window = cafeteria.admin(Device::DESKTOP, "/admin/kiosks").await;
    window.sees("No kiosks yet").await;
    window.presses("Add a kiosk").await;
    window.presses_in("[data-test=kiosk-form]", "Add a kiosk").await;
    window.sees("Enter 1 to 60 characters.").await;
    window.fills("User name", "kiosk-door").await;
    window.fills("Name", "By the door").await;
    window.presses_in("[data-test=kiosk-form]", "Add a kiosk").await;
    let settings = window.reads("[data-test=kiosk-secret]").await;
    assert_eq!(window.counts("dialog svg.qr path").await, 1);
    let secret = settings.split("secret = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(settings.contains("username = \"kiosk-door\"") && secret.len() == 43, "{settings}");
    window.is_for_everybody("the secret of a kiosk").await;
    window.presses("I have entered it").await;
    window.sees_no(&secret).await;
    window.reloads().await;
    let card = "[data-kiosk=kiosk-door]";
    window.sees_in(card, "Never heard").await;
    window.sees_no(&secret).await;

    let kiosk = cafeteria.program.person("kiosk-door", &secret).await;
    let report = KioskReport {
        version: "0.1.0".to_owned(),
        webview: "WebKitGTK 2.44".to_owned(),
        outbox: 3,
        refused: 1,
        clock: client::now(),
        started_at: client::now(),
        printer: PrinterState::PaperOut,
    };
    kiosk.client().send_kiosk_heartbeat(&report).await.unwrap();
    for words in ["Open", "3 not sent, 1 refused", "out of paper", "WebKitGTK 2.44"] {
        window.sees_in(card, words).await;
    }
    window.is_for_everybody("a kiosk").await;
    window.presses("Close: By the door").await;
    window.sees_in(&format!("{card}[data-state=closed]"), "Closed").await;
    assert!(!kiosk.client().send_kiosk_heartbeat(&report).await.unwrap().open);
    window.presses("Change: By the door").await;
    window.fills("Name", "In the hall").await;
    window.fills("Message in English", "Iftar at 18:10").await;
    window.presses("Save").await;
    window.sees_in(card, "In the hall").await;
    let instruction = kiosk.client().send_kiosk_heartbeat(&report).await.unwrap();
    assert_eq!(instruction.message.unwrap().en, "Iftar at 18:10");
    window.presses("Revoke: In the hall").await;
    window.presses("Revoke In the hall").await;
    window.sees_in(card, "Revoked").await;
    assert!(kiosk.client().send_kiosk_heartbeat(&report).await.is_err());
    window.presses("Admit again: In the hall").await;
    window.sees_no_in(card, "Revoked").await;
    window.closes().await;
    cafeteria.closes().await;
}
