//! Draws the pick-up board when something changed, at most four times a second, and tells everybody.

use std::time::Duration;

use wire::event::Event;

use crate::App;

/// The shortest time between two drawings.
const PERIOD: Duration = Duration::from_millis(250);
/// The longest: ready tickets leave the board as time passes, and other replicas change it too.
const LONGEST: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App) {
    let mut changes = app.changed.subscribe();
    while app.may_work().await {
        changes.mark_unchanged();
        let now = app.service.clock.now();
        let ready_after = now.minus(Duration::from_secs(app.config.board_minutes * 60));
        match app.ports.store.board(ready_after).await {
            Ok(board) => {
                let differs = |old: &wire::kitchen::Board| {
                    old.preparing != board.preparing || old.ready != board.ready || old.seq == 0
                };
                if differs(&app.board.borrow()) {
                    app.board.send_replace(board.clone());
                    // The next drawing is told again; who missed one catches up.
                    let _ = app.ports.fanout.publish(vec![Event::Board(board)]).await;
                }
            }
            Err(error) => {
                if !app.rest("board", &error).await {
                    return;
                }
                continue;
            }
        }
        if !app.service.tasks.pause(PERIOD).await {
            return;
        }
        tokio::select! {
            () = app.service.tasks.stopping() => return,
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(LONGEST) => {}
        }
    }
}
