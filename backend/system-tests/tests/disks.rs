//! Disks that are full, or cannot be written: a clear error, no 202, and everything heals by itself.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot go on has failed")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;
use system_tests::{
    FULL, PICTURES,
    people::Person,
    stock::{self, Portions},
    stored,
    system::{self, Options, Program},
    wait,
};
use wire::{
    ErrorCode,
    ops::{HealthReport, ServiceName, Up},
};

/// Says how long a file of the program may grow: from now on, no write goes beyond it.
fn limit_files(program: &Program, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let done = Command::new("prlimit").args(["--pid", &program.pid().to_string(), &limit]).status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "prlimit is missing; install it: apt-get install util-linux"
    );
}

async fn health(person: &Person, service: ServiceName) -> (u16, HealthReport) {
    let answer = person.get(service, "/health").await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_clearly_and_heals_by_itself() {
    // Without the signal, a write that would go beyond the limit is an error, as on a disk that is full.
    let wrapper = ["sh", "-c", r#"trap "" XFSZ; exec "$0" "$@""#].map(str::to_owned).to_vec();
    let arguments = vec!["--cooking-ms".to_owned(), "0..50".to_owned()];
    let mut program = Program::start(Options { arguments, wrapper, ..Options::default() }).await;
    let (student, staff) = (program.student().await, program.staff().await);
    let before = stock::left(&staff).await;
    let mut accepted = Vec::new();
    for n in 0..5 {
        let order_id = format!("before-{n}");
        student.orders("burger", &order_id).await.is_accepted();
        accepted.push(order_id);
    }

    limit_files(&program, "1");
    let first = student.orders("burger", "in-between").await.is(503).problem();
    assert!(matches!(first.code, ErrorCode::OutcomeUnknown | ErrorCode::QueueUnavailable), "{first:?}");
    for n in 0..20 {
        let refused = student.orders("burger", &format!("in-between-{n}")).await;
        refused.is_problem(ErrorCode::QueueUnavailable);
        assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    }
    // A report that all is well is shared for half a second.
    let report = wait::until("the gateway to be down", async || {
        match health(&student, ServiceName::OrderGateway).await {
            (503, report) if report.status == Up::Down => Ok(report),
            other => Err(other),
        }
    })
    .await;
    assert_eq!(report.dependencies["queue"], Up::Down);
    staff.restocks("burger", 10, "full").await.is_problem(ErrorCode::DependencyDown);
    let login = json!({ "username": "student1", "password": "password123" });
    let nobody = Person::anonymous(&program);
    nobody.post(ServiceName::IdentityProvider, "/login", &login).await.is_problem(ErrorCode::DependencyDown);

    limit_files(&program, "unlimited");
    program.up().await;
    staff.restocks("burger", 10, "full").await.is(200);
    for order_id in ["in-between", "after"] {
        let order = json!({ "orderId": order_id, "itemId": "burger" });
        wait::until("orders to be accepted again", async || {
            let answer = student.places(&order).await;
            if answer.status.as_u16() == 202 { Ok(()) } else { Err(answer) }
        })
        .await;
        accepted.push(order_id.to_owned());
    }
    for order_id in &accepted {
        student.sees_the_end_of(order_id).await;
    }
    let orders = student.all_orders().await;
    let added = Portions::from([("burger".to_owned(), 10)]);
    stock::is_conserved(&before, &added, &stock::left(&staff).await, &stock::taken(&orders));
    assert!(program.ends().await, "{}", program.log());
    for sign in ["panicked", "not everything ended in time"] {
        assert!(!program.log().contains(sign), "{sign}: {}", program.log());
    }
    stored::is_settled(&program.folder().join("data")).await;
}

/// Runs `cafeteria up` by a command of this kind to its end, and returns exit code and errors.
fn start_to_its_end(folder: &Path, by: &[&str], program: &Path) -> (i32, String) {
    let output = Command::new("timeout")
        .arg("30")
        .args(by)
        .arg(program)
        .args(["up", "--base-port", "0", "--data-dir", "data"])
        .env("CAFETERIA_LOG", "error")
        .env_remove(FULL)
        .env_remove(PICTURES)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The same as somebody whom the permissions of files bind.
fn start_as_somebody(folder: &Path) -> (i32, String) {
    let program = folder.join("cafeteria");
    if !program.exists() {
        fs::copy(system::binary(), &program).unwrap();
    }
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    start_to_its_end(folder, if is_root { &nobody } else { &[] }, &program)
}

fn is_one_line_about(what: &str, (code, errors): (i32, String)) {
    assert_ne!(code, 0, "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.starts_with("cafeteria: ") && errors.contains(what), "{what}: {errors}");
}

/// Takes the right to write away, or gives it to everybody, for everything in a folder.
fn set_writable(folder: &Path, writable: bool) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_writable(&path, writable);
        } else {
            fs::set_permissions(&path, Permissions::from_mode(if writable { 0o666 } else { 0o444 })).unwrap();
        }
    }
    fs::set_permissions(folder, Permissions::from_mode(if writable { 0o777 } else { 0o555 })).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_refused_in_one_line() {
    let mut program = Program::start(Options::default()).await;
    assert!(program.ends().await);
    let (folder, data) = (program.folder(), program.folder().join("data"));
    fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
    set_writable(&data, false);
    is_one_line_about("data", start_as_somebody(folder));
    for database in ["queue.db", "identity.db", "stock.db", "kitchen.db"] {
        set_writable(&data, true);
        fs::set_permissions(data.join(database), Permissions::from_mode(0o444)).unwrap();
        is_one_line_about(database, start_as_somebody(folder));
    }
    set_writable(&data, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_is_refused_in_one_line() {
    let program = Program::start(Options::default()).await;
    let second = start_to_its_end(program.folder(), &[], &system::binary());
    is_one_line_about("another cafeteria is running on the data folder", second);
    let student = program.student().await;
    student.orders("burger", "undisturbed").await.is_accepted();
    student.sees_the_end_of("undisturbed").await;
}
