//! `GET /board`: the pick-up board, for everybody.

use axum::{Json, extract::State};
use service_kit::http::{Access, Docs as _, Routes, get};
use wire::kitchen::Board;

use crate::App;

pub(crate) fn routes() -> Routes<App> {
    Routes::new().route(
        get("/board", Access::Public, "The pick-up board: ticket numbers only").gives::<Board>(),
        board,
    )
}

async fn board(State(app): State<App>) -> Json<Board> {
    Json(app.board.borrow().clone())
}
