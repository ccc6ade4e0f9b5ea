//! The pages in a real browser: size of a first visit, time until the menu is usable, delay of the tracker, dropped frames
//! of a long menu.

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use system_tests::{
    people::Person,
    system::{Options, Program},
    wait,
};
use test_support::browser::{Browser, Device, Loaded, Window, pages};
use wire::{OrderStatus, ops::ServiceName};

use crate::{
    Profile,
    report::{Report, Section, number},
};

/// Students who use the pages.
const STUDENTS: usize = 5;
/// Factor by which the main thread of the phone is slowed down. Drawing and compiling on other threads is not.
const SLOW_DOWN: f64 = 4.0;
/// The line of the phone: megabits a second, and milliseconds until the first byte of an answer.
const LINE: (f64, f64) = (1.6, 40.0);
/// Dishes of a long menu.
const DISHES: usize = 500;
/// Speed of scrolling, in CSS pixels a second.
const SCROLL_SPEED: u64 = 4_000;
/// Duration of a frame in milliseconds, at the 60 a second that a headless browser draws.
const FRAME: f64 = 1000.0 / 60.0;

/// Notes in the page, from its very start, when a dish could be chosen: after the frame that shows it.
const NOTE_USABLE: &str = "
    const seen = new MutationObserver(() => {
        if (!document.querySelector('[data-dish] button')) return;
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.noted = performance.now(); }));
    });
    seen.observe(document, { childList: true, subtree: true });";

/// Notes when the tracker said that an order is ready: after the frame that shows it.
const NOTE_READY: &str = "
    const seen = new MutationObserver(() => {
        if (!document.querySelector('[data-status=ready]')) return;
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.noted = Date.now(); }));
    });
    seen.observe(document, { childList: true, subtree: true, attributes: true });";

/// Waits for what was noted.
const NOTED: &str = "
    const done = arguments[0];
    const look = () => (window.noted ? done(window.noted) : setTimeout(look, 10));
    look();";

/// Notes how long each frame is.
const NOTE_FRAMES: &str = "
    const done = arguments[0];
    window.frames = [];
    let last = performance.now();
    const frame = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); done(true); });";

/// Measures the section.
pub(crate) async fn measure(profile: &Profile, report: &mut Report) {
    let pages = pages();
    let arguments = ["--cooking", "staff", "--web-root", pages.to_str().unwrap()].map(str::to_owned).to_vec();
    let options = Options { arguments, ..Options::default() };
    let (program, browser) = tokio::join!(Program::start(options), Browser::start());
    let site = format!("http://127.0.0.1:{}", program.base_port());
    let place = Place { students: program.students(STUDENTS).await, browser, site };
    first_visit(&place, report).await;
    usable_menu(profile, &place, report).await;
    ready_to_tracker(profile, &program, &place, report).await;
    scrolling(&program, &place, report).await;
}

/// Site, browser and students.
struct Place {
    browser: Browser,
    site: String,
    students: Vec<Person>,
}

impl Place {
    /// Opens the phone of a student, and signs in. Each call names another student, since each may sign in three times a
    /// minute.
    async fn phone(&self, student: usize) -> Window {
        let window = self.browser.window(Device::PHONE, &self.site).await;
        window.goes_to("/").await;
        window.fills("User name", &format!("crowd-{student}")).await;
        window.fills("Password", &format!("crowd-password-{student}")).await;
        window.presses("Sign in").await;
        window.sees("Classic Beef Burger").await;
        window
    }
}

/// Measures the bytes that a first visit loads until the menu is there.
async fn first_visit(place: &Place, report: &mut Report) {
    let window = place.phone(0).await;
    wait::until("the pictures of the menu", async || {
        let all = window.has_loaded().await;
        if all.iter().any(|one| one.url.contains("/dishes-")) { Ok(()) } else { Err(all) }
    })
    .await;
    // The browser has begun with a page of its own.
    let mut all = window.has_loaded().await;
    all.retain(|one| one.url.starts_with(&place.site));
    let mut table = Section::new(
        "A first visit",
        "What the browser has loaded, from the address of the page until the menu is there, after signing in: bytes \
         on the wire with their headers, in English, on a phone.",
        &["", "files", "bytes"],
    );
    let of = |name: &str| all.iter().filter(|one| kind(one) == name).map(|one| one.bytes).collect::<Vec<_>>();
    for name in ["page", "program", "scripts", "styles", "fonts", "pictures", "answers of services"] {
        let bytes = of(name);
        table.row([name.to_owned(), number(bytes.len() as f64), number(bytes.iter().sum::<u64>() as f64)]);
    }
    let total = all.iter().map(|one| one.bytes).sum::<u64>();
    table.row(["all".to_owned(), number(all.len() as f64), number(total as f64)]);
    report.add(table);
    let kilobytes = |bytes: u64| number(bytes as f64 / 1000.0);
    report.sums_up(
        "a student's first visit, KB",
        "199",
        "≤ 200, of it WebAssembly ≤ 150",
        format!("{}, of it WebAssembly {}", kilobytes(total), kilobytes(of("program").iter().sum())),
    );
    window.closes().await;
}

/// Returns the kind of a file by its name.
fn kind(loaded: &Loaded) -> &'static str {
    let path = loaded.url.splitn(4, '/').nth(3).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    if path.starts_with("api/") || path.starts_with("socket.io/") {
        return "answers of services";
    }
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("wasm") => "program",
        Some("js") => "scripts",
        Some("css") => "styles",
        Some("woff2") => "fonts",
        Some("svg" | "png" | "webp" | "ico") => "pictures",
        _ => "page",
    }
}

/// Measures the time from the navigation until a dish can be chosen, on a slow phone and a slow network.
async fn usable_menu(profile: &Profile, place: &Place, report: &mut Report) {
    let window = place.phone(1).await;
    window.prepares(NOTE_USABLE).await;
    window.command("Emulation.setCPUThrottlingRate", json!({ "rate": SLOW_DOWN })).await;
    let bytes_a_second = LINE.0 * 1_000_000.0 / 8.0;
    window.command("Network.enable", json!({})).await;
    let line = json!({
        "offline": false, "latency": LINE.1,
        "downloadThroughput": bytes_a_second, "uploadThroughput": bytes_a_second,
    });
    window.command("Network.emulateNetworkConditions", line).await;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..profile.of(7, 1) {
        window.command("Network.clearBrowserCache", json!({})).await;
        for visits in [&mut cold, &mut warm] {
            window.goes_to("/").await;
            visits.push(window.works_out(NOTED).await.as_f64().unwrap() / 1000.0);
        }
    }
    let mut table = Section::new(
        "Until the menu can be used",
        format!(
            "Seconds from the navigation until a dish of the menu can be chosen and the frame with it is drawn. \
             Somebody is signed in; the page's own thread is {SLOW_DOWN} times slower than here, the line has {} Mbit/s and \
             {} ms. Cold is with an empty cache, warm the next visit.",
            LINE.0, LINE.1
        ),
        &["visit", "median s", "fastest s", "slowest s"],
    );
    for (name, visits) in [("cold", &mut cold), ("warm", &mut warm)] {
        visits.sort_by(f64::total_cmp);
        let [median, fastest, slowest] = [visits.len() / 2, 0, visits.len() - 1].map(|at| number(visits[at]));
        table.row([name.to_owned(), median, fastest, slowest]);
    }
    report.add(table);
    report.sums_up(
        "usable menu, s, on a slow phone",
        "not measured",
        "≤ 3 cold, ≤ 1 warm",
        format!("{} cold, {} warm", number(cold[cold.len() / 2]), number(warm[warm.len() / 2])),
    );
    window.closes().await;
}

/// Measures the time from the kitchen's "ready" until the tracker shows it.
async fn ready_to_tracker(profile: &Profile, program: &Program, place: &Place, report: &mut Report) {
    let (window, student) = (place.phone(2).await, &place.students[2]);
    window.prepares(NOTE_READY).await;
    let (staff, orders) = (program.staff().await, profile.of(200, 5));
    staff.restocks("water", orders, "for-the-watched").await.is(200);
    let mut times = Histogram::<u64>::new(3).unwrap();
    for n in 0..orders {
        let name = format!("watched-{n}");
        student.orders("water", &name).await.is_accepted();
        student.sees(&name, OrderStatus::StockVerified).await;
        window.goes_to(&format!("/orders/{name}")).await;
        window.sees_in("[data-status=stock_verified] [data-test=steps]", "cooking…").await;
        window.sees_in("[data-test=line]", "Live").await;
        let order = student.client().order(&name.parse().unwrap()).await.unwrap();
        staff.moves(order.ticket.unwrap(), OrderStatus::Ready).await;
        let order = student.sees(&name, OrderStatus::Ready).await;
        let ready = order.history.iter().find(|step| step.status == OrderStatus::Ready).unwrap();
        let shown = window.works_out(NOTED).await.as_f64().unwrap();
        let took = shown - ready.at.as_millis() as f64;
        assert!(took >= 0.0, "shown {took} ms after it was ready");
        times.record(took as u64).unwrap();
    }
    let mut table = Section::new(
        "Ready, until the tracker shows it",
        "Milliseconds from the kitchen's time of an order's \"ready\" until the frame with it is drawn on the student's \
         phone; each order by itself.",
        &["orders", "p50 ms", "p99 ms", "slowest ms"],
    );
    let at = |part: f64| number(times.value_at_quantile(part) as f64);
    table.row([number(times.len() as f64), at(0.5), at(0.99), number(times.max() as f64)]);
    report.add(table);
    report.sums_up("\"ready\" on the tracker, p99 ms", "not measured", "≤ 100", at(0.99));
    window.closes().await;
}

/// Measures dropped frames while a long menu is scrolled.
async fn scrolling(program: &Program, place: &Place, report: &mut Report) {
    let admin = program.admin().await;
    let pictures: Vec<_> = admin.menu().await.into_iter().map(|item| item.picture).collect();
    let dishes = (0..DISHES).map(|n| {
        let picture = &pictures[n % pictures.len()];
        json!({ "id": format!("dish-{n}"), "name": format!("Dish number {n}"), "quantity": 50, "picture": picture })
    });
    let items = json!({ "items": dishes.collect::<Vec<_>>() });
    admin.post(ServiceName::StockService, "/seed", &items).await.is(200);
    let mut table = Section::new(
        format!("A menu of {} dishes, scrolled", DISHES + pictures.len()),
        format!(
            "A wheel moves it at {} pixels a second, to the end. A frame takes {} ms; one that takes longer has \
             dropped others.",
            number(SCROLL_SPEED as f64),
            number(FRAME)
        ),
        &["the page's own thread", "pixels", "frames", "dropped", "longest ms"],
    );
    let mut said = Vec::new();
    for (student, slow_down) in [(3, 1.0), (4, SLOW_DOWN)] {
        let window = place.phone(student).await;
        window.command("Emulation.setCPUThrottlingRate", json!({ "rate": slow_down })).await;
        window.works_out(NOTE_FRAMES).await;
        let height = "arguments[0](document.documentElement.scrollHeight - innerHeight)";
        let pixels = window.works_out(height).await.as_f64().unwrap();
        let wheel = json!({
            "x": 195, "y": 600, "yDistance": -pixels, "speed": SCROLL_SPEED, "gestureSourceType": "mouse",
            "preventFling": true,
        });
        window.command("Input.synthesizeScrollGesture", wheel).await;
        let frames = window.works_out("arguments[0](window.frames)").await;
        let frames: Vec<_> = frames.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        let dropped: f64 = frames.iter().map(|time| ((time / FRAME).round() - 1.0).max(0.0)).sum();
        let reached = window.works_out("arguments[0](scrollY)").await.as_f64().unwrap();
        assert!(reached > 0.9 * pixels, "of {pixels} pixels, {reached} were scrolled");
        table.row([
            if slow_down == 1.0 { "as it is here".to_owned() } else { format!("{slow_down} times slower") },
            number(reached.round()),
            number(frames.len() as f64),
            number(dropped),
            number(frames.iter().copied().fold(0.0, f64::max)),
        ]);
        said.push(format!("{} of {}", number(dropped), number(frames.len() as f64 + dropped)));
        window.closes().await;
    }
    report.add(table);
    report.sums_up(
        "dropped frames, a long menu scrolled",
        "not measured",
        "none",
        format!("{}; on a slow phone {}", said[0], said[1]),
    );
}
