//! Counter with its kiosk: server, network, screen and app.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use client::Client;
use system_tests::{
    people::Person,
    system::{Options, Program, binary},
};
use tempfile::TempDir;
use test_support::{
    browser::desktop::{App, Screen},
    servers::Proxy,
    wait,
};
use wire::{
    identity::Secret,
    kiosk::{CreateKiosk, Kiosk, KioskSecret},
    order::OrderView,
};

/// PIN of the staff.
pub(crate) const PIN: &str = "471100";
/// Name of the demo student, as shown.
pub(crate) const STUDENT: &str = "Student One";

/// Returns the program of the kiosk.
pub(crate) fn kiosk_binary() -> PathBuf {
    let path = binary().with_file_name("cafeteria-kiosk");
    assert!(path.is_file(), "build it first: cargo build -p kiosk-app");
    path
}

/// Returns the hash of [`PIN`], as the program makes it for an administrator.
fn pin_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let mut command = Command::new(kiosk_binary());
        command.arg("--hash-pin").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        program.stdin.take().unwrap().write_all(format!("{PIN}\n").as_bytes()).unwrap();
        let output = program.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}

/// Server with a network in front of it, and a kiosk that is set up.
pub(crate) struct Counter {
    pub(crate) program: Program,
    pub(crate) proxy: Proxy,
    pub(crate) screen: Screen,
    pub(crate) kiosk: Kiosk,
    secret: Secret,
    folder: TempDir,
    /// Further lines of the configuration.
    pub(crate) further: String,
}

impl Counter {
    /// Opens a counter with a standing screen where orders are ready at once.
    pub(crate) async fn opens() -> Self {
        Self::opens_with("", 1080, 1920, &["--cooking-ms", "0..0"]).await
    }

    /// The same with these further lines of the configuration, this screen, and these arguments of the server.
    pub(crate) async fn opens_with(further: &str, width: u32, height: u32, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let options = Options { arguments, ..Options::default() };
        let (program, screen) = tokio::join!(Program::start(options), Screen::start(width, height));
        let proxy = Proxy::start(vec![format!("127.0.0.1:{}", program.base_port())]).await;
        let admin = program.admin().await;
        let wanted =
            CreateKiosk { username: "kiosk-north".parse().unwrap(), name: "North counter".to_owned() };
        let KioskSecret { kiosk, secret } = admin.client().create_kiosk(&wanted).await.unwrap();
        let folder = TempDir::with_prefix("kiosk-").unwrap();
        let counter = Self { program, proxy, screen, kiosk, secret, folder, further: further.to_owned() };
        counter.configures();
        counter
    }

    /// Writes the configuration.
    pub(crate) fn configures(&self) {
        let Self { kiosk, secret, further, .. } = self;
        let (origin, data) = (self.proxy.address(), self.data().display().to_string());
        let (username, secret, pin_hash) = (&kiosk.username, &secret.0, pin_hash());
        let text = format!(
            "[server]\norigin = \"http://{origin}\"\n\n[kiosk]\nusername = \"{username}\"\nsecret = \"{secret}\"\n\n\
             [staff]\npin_hash = \"{pin_hash}\"\n\n[data]\nfolder = \"{data}\"\n\n{further}\n"
        );
        std::fs::write(self.config(), text).unwrap();
        std::fs::create_dir_all(self.data()).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// Folder of outbox, key and webview.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the app and waits for its first screen.
    pub(crate) async fn starts(&self) -> Visit {
        let visit = self.starts_without_waiting().await;
        visit.shows("attract").await;
        visit
    }

    /// Starts the app.
    pub(crate) async fn starts_without_waiting(&self) -> Visit {
        let config = self.config().display().to_string();
        let runtime = self.folder.path().display().to_string();
        let environment = [("RUNTIME_DIRECTORY", runtime.as_str()), ("RUST_LOG", "info,kiosk_core=debug")];
        Visit(self.screen.open(&kiosk_binary(), &["--config", &config], &environment).await)
    }

    /// Client of an admin.
    pub(crate) async fn admin(&self) -> Client {
        self.program.admin().await.client().clone()
    }

    /// Demo student, at home.
    pub(crate) async fn student(&self) -> Person {
        self.program.student().await
    }

    /// Waits until the kiosk as the server sees it satisfies a condition.
    pub(crate) async fn server_sees(&self, what: &str, is_so: impl Fn(&Kiosk) -> bool) {
        let admin = self.admin().await;
        wait::until(what, async || {
            let kiosks = admin.kiosks().await.map_err(|failure| failure.to_string())?.kiosks;
            let kiosk = kiosks.into_iter().find(|it| it.kiosk_id == self.kiosk.kiosk_id);
            let kiosk = kiosk.ok_or("no such kiosk")?;
            if is_so(&kiosk) { Ok(()) } else { Err(format!("{kiosk:?}")) }
        })
        .await;
    }

    /// Returns the demo student's orders, oldest first, once there are so many and each is ready.
    pub(crate) async fn ready_orders(&self, count: usize) -> Vec<OrderView> {
        let student = self.student().await;
        wait::until("the orders to be ready", async || {
            let mut orders = student.all_orders().await;
            orders.reverse();
            let statuses: Vec<_> = orders.iter().map(|order| order.status).collect();
            let is_ready = statuses.iter().all(|status| *status == wire::OrderStatus::Ready);
            if statuses.len() == count && is_ready { Ok(orders) } else { Err(format!("{statuses:?}")) }
        })
        .await
    }

    /// Closes everything.
    pub(crate) async fn closes(self) {
        assert!(self.program.stop().await, "the server had to be cut off");
    }
}

/// App at the counter, with the hands of the person in front of it.
pub(crate) struct Visit(pub(crate) App);

impl Visit {
    /// Waits for a screen by its name.
    pub(crate) async fn shows(&self, screen: &str) {
        self.0.sees(&format!("[data-screen={screen}]"), "").await;
    }

    /// Touches an element by its `data-test`.
    pub(crate) async fn touches(&self, name: &str) {
        self.0.touches(&format!("[data-test={name}]"), "").await;
    }

    /// Touches keys of the screen's keyboard or keypad.
    pub(crate) async fn types(&self, text: &str) {
        for character in text.chars() {
            self.0.touches(&format!("[data-key=\"{character}\"]"), "").await;
        }
    }

    /// Signs the demo student in.
    pub(crate) async fn signs_in(&self) {
        self.tries_to_sign_in("student1", "password123").await;
        self.shows("menu").await;
    }

    /// Types and sends these credentials.
    pub(crate) async fn tries_to_sign_in(&self, username: &str, password: &str) {
        self.touches("begin").await;
        self.types(username).await;
        self.touches("confirm").await;
        self.types(password).await;
        self.touches("confirm").await;
    }

    /// Puts one portion into the basket.
    pub(crate) async fn puts(&self, dish: &str) {
        self.0.touches(&format!("[data-dish={dish}] .step:last-child"), "").await;
        self.0.sees("[data-test=basket-bar]", "").await;
    }

    /// Goes to the basket and places the order.
    pub(crate) async fn places(&self) {
        self.touches("show-basket").await;
        self.touches("place").await;
    }

    /// Waits for the number of the placed order, and returns it.
    pub(crate) async fn gets_a_number(&self) -> u32 {
        self.0
            .until("a number", async || {
                let text = self.0.run("return document.querySelector('[data-state=numbered] [data-test=number]')?.innerText", &[]).await?;
                let text = text.as_str().ok_or("no number yet")?;
                text.trim().parse().map_err(|_| format!("{text} is no number"))
            })
            .await
    }

    /// Enters the staff's screen with this PIN.
    pub(crate) async fn opens_staff(&self, pin: &str) {
        // The logo is held for three seconds; the driver's click is shorter.
        let hold = "const logo = document.querySelector('[data-test=logo]');
            logo.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));";
        self.0.run(hold, &[]).await.unwrap();
        self.shows("staff-pin").await;
        self.types(pin).await;
        self.touches("confirm").await;
    }
}

/// Returns the files below a folder that contain one of these texts.
pub(crate) fn files_with(folder: &Path, texts: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
        } else if let Ok(bytes) = std::fs::read(&path)
            && texts.iter().any(|text| contains(&bytes, text.as_bytes()))
        {
            found.push(path);
        }
    }
    found
}

/// Returns whether `bytes` contains `wanted`.
pub(crate) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}
