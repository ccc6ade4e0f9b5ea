//! `backup` and `restore`: what was kept while the program ran is there again after everything was lost.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Everything a student has, and what is left of the dish.
async fn seen(program: &Program) -> (Vec<wire::order::OrderView>, u32) {
    let student = program.student().await;
    (student.all_orders().await, student.dish("burger").await.quantity)
}

/// A command that has to succeed; what it said.
#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, error) = run(folder, arguments, &[]);
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    out
}

/// A command that has to fail with one line that says this.
#[track_caller]
fn fails(folder: &Path, arguments: &[&str], words: &str) {
    let (code, out, line) = run(folder, arguments, &[]);
    assert!(code == 1 && out.is_empty() && line.lines().count() == 1, "{code} {out} {line}");
    assert!(line.contains(words), "{line} should say {words}");
}

const BACKUP: [&str; 4] = ["backup", "kept", "--data-dir", "data"];
const RESTORE: [&str; 4] = ["restore", "kept", "--data-dir", "data"];
const BY_FORCE: [&str; 5] = ["restore", "kept", "--data-dir", "data", "--force"];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_in_a_rush_is_there_again_after_everything_was_lost() {
    let mut program = Program::start(with(&["--cooking-ms", "0..0"])).await;
    let student = program.student().await;
    for n in 0..5 {
        student.orders("burger", &format!("kept-{n}")).await.is_accepted();
        student.sees(&format!("kept-{n}"), OrderStatus::Ready).await;
    }
    let before = seen(&program).await;
    // Others go on ordering meanwhile: each of these may be in the backup or not, but never halfway.
    let admin = program.admin().await;
    let folder = program.folder().to_owned();
    let backup = tokio::task::spawn_blocking(move || succeeds(&folder, &BACKUP));
    for n in 0..100 {
        admin.orders("water", &format!("meanwhile-{n}")).await.is_accepted();
    }
    let said = backup.await.unwrap();
    assert!(said.contains("files with") && said.contains("kept"), "{said}");

    program.kill();
    remove(&program.folder().join("data"));
    let said = succeeds(program.folder(), &RESTORE);
    assert!(said.ends_with("are in data.\n"), "{said}");
    for name in ["identity.db", "stock.db", "secrets", "secrets/order-gateway.key"] {
        let path = program.folder().join("data").join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is nobody else's: {mode:o}", path.display());
    }
    program.restart().await;
    assert_eq!(seen(&program).await, before);
    let admin = program.admin().await;
    let orders = wait::until("what was on its way to end", async || {
        let orders = admin.all_orders().await;
        let open = orders.iter().filter(|order| !order.status.is_settled()).count();
        if open == 0 { Ok(orders) } else { Err(open) }
    })
    .await;
    assert!(orders.iter().all(|order| order.status == OrderStatus::Ready), "{orders:?}");
    assert_eq!(admin.metric(ServiceName::StockService, "stock_oversold").await, 0.0);
    // The same key as before is the same order.
    let student = program.student().await;
    student.orders("burger", "kept-0").await.is_accepted();
    student.orders("burger", "after").await.is_accepted();
    student.sees("after", OrderStatus::Ready).await;
    assert_eq!(student.all_orders().await.len(), before.0.len() + 1);
    assert!(program.stop().await);
}

fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_unless_it_is_asked_for_and_only_what_is_whole_is_restored() {
    let mut program = Program::start(with(&["--cooking-ms", "0..0"])).await;
    let folder = program.folder().to_owned();
    fails(
        &folder,
        &["backup", "elsewhere", "--data-dir", "nothing-here"],
        "is no data folder: it has no queue.db",
    );
    succeeds(&folder, &BACKUP);
    fails(&folder, &BACKUP, "the folder kept is not empty");
    fails(&folder, &BY_FORCE, "another cafeteria is running on the data folder data");
    let student = program.student().await;
    student.orders("burger", "too-late").await.is_accepted();
    student.sees("too-late", OrderStatus::Ready).await;
    assert!(program.ends().await);
    fails(&folder, &RESTORE, "the data folder data is not empty; --force replaces what is in it");

    // Whatever is wrong with the backup, the data folder stays as it is.
    let kept = |name: &str| folder.join("kept").join(name);
    let (manifest, stock) =
        (std::fs::read_to_string(kept("manifest.json")).unwrap(), std::fs::read(kept("stock.db")).unwrap());
    let mut bent = stock.clone();
    bent[5_000] ^= 1;
    std::fs::write(kept("stock.db"), bent).unwrap();
    fails(&folder, &BY_FORCE, "kept/stock.db is not what was backed up: its checksum is another");
    std::fs::write(kept("stock.db"), stock).unwrap();
    for (from, to, words) in [
        ("\"format\": 1", "\"format\": 2", "is of a form that this version does not know"),
        ("secrets/order-gateway.key", "../order-gateway.key", "which is not part of a backup"),
        ("\"queue.db\"", "\"other.db\"", "does not name queue.db"),
    ] {
        std::fs::write(kept("manifest.json"), manifest.replace(from, to)).unwrap();
        fails(&folder, &BY_FORCE, words);
    }
    std::fs::remove_file(kept("manifest.json")).unwrap();
    fails(&folder, &BY_FORCE, "is no backup, or one that was not finished: manifest.json is missing");
    std::fs::write(kept("manifest.json"), manifest).unwrap();
    program.restart().await;
    program.student().await.sees("too-late", OrderStatus::Ready).await;
    assert!(program.ends().await);

    // One that was cut short is no data to start on, and is repeated.
    std::fs::create_dir(folder.join("data/restoring")).unwrap();
    let up = ["up", "--data-dir", "data", "--base-port", "0"];
    fails(&folder, &up, "was not finished; run `cafeteria restore` again");
    succeeds(&folder, &RESTORE);
    program.restart().await;
    assert_eq!(program.student().await.all_orders().await, [], "it was not there yet");
    assert!(program.stop().await);
}
