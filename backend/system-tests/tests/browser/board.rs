//! The pick-up board: whoever looks at it sees the numbers, and after a lost network the right ones again.

use test_support::browser::Device;
use wire::OrderStatus;

use super::Cafeteria;

#[tokio::test(flavor = "multi_thread")]
async fn the_board_shows_numbers_and_heals_after_a_lost_network() {
    let cafeteria = Cafeteria::with_cooks().await;
    let board = cafeteria.window(Device::WALL).await;
    board.goes_to("/board").await;
    board.sees("No order is waiting").await;
    let (student, staff) = (cafeteria.program.student().await, cafeteria.program.staff().await);
    student.orders("burger", "first").await.is_accepted();
    student.orders("cola", "second").await.is_accepted();
    let first = student.sees("first", OrderStatus::StockVerified).await.ticket.unwrap();
    let second = student.sees("second", OrderStatus::StockVerified).await.ticket.unwrap();
    board.sees_in(".board-column.preparing", &first.to_string()).await;
    staff.moves(first, OrderStatus::Ready).await;
    board.sees_in(".board-column.ready", &first.to_string()).await;
    let size = board.pixels(".board-column.ready li", "font-size").await;
    assert!(size >= 60.0, "a number is {size} px large");

    board.loses_the_network().await;
    board.sees("Reconnecting. Numbers may be old.").await;
    board.sees_in(".board-column.ready", &first.to_string()).await;
    staff.moves(first, OrderStatus::Collected).await;
    staff.moves(second, OrderStatus::Ready).await;
    board.finds_the_network().await;
    board.sees_in(".board-column.ready", &second.to_string()).await;
    board.sees_no_in(".board-column.ready", &first.to_string()).await;
    board.sees_no("Reconnecting").await;
    let text = board.reads("body").await;
    for private in ["student1", "Burger", "Cola"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    board.closes().await;
    cafeteria.closes().await;
}
