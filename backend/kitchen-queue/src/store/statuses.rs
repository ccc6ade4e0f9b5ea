//! Comparison of the lists of statuses in SQL with the table of transitions, which SQL cannot ask.

use wire::{OrderStatus, status::TRANSITIONS};

const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0001_kitchen.sql"),
    include_str!("../../migrations/postgres/0001_kitchen.sql"),
];

const QUERIES: [&str; 4] = [
    include_str!("sqlite/read.rs"),
    include_str!("sqlite/write.rs"),
    include_str!("postgres/read.rs"),
    include_str!("postgres/write.rs"),
];

fn names(rule: fn(OrderStatus) -> bool) -> Vec<&'static str> {
    OrderStatus::ALL.into_iter().filter(|status| rule(*status)).map(OrderStatus::as_str).collect()
}

/// The kitchen stores an order from its first change on, so every status but `pending`.
fn stored(status: OrderStatus) -> bool {
    TRANSITIONS.iter().any(|change| change.to == status)
}

fn ended(status: OrderStatus) -> bool {
    !status.is_open()
}

/// Returns the lists that follow `status IN`.
fn lists(sql: &str) -> Vec<Vec<&str>> {
    let after = sql.split("status IN").skip(1);
    let inside = after.filter_map(|rest| rest.trim_start().strip_prefix('(')?.split(')').next());
    inside.map(|list| list.split(',').map(|name| name.trim().trim_matches('\'')).collect()).collect()
}

#[test]
fn the_tables_allow_exactly_the_stored_statuses_and_index_the_ended_ones() {
    for migration in MIGRATIONS {
        assert_eq!(lists(migration), [names(stored), names(ended)]);
    }
}

#[test]
fn the_queries_list_what_the_predicates_say() {
    let timed = names(|status| status.timer_next().is_some());
    let unserved = names(|status| stored(status) && !status.is_settled());
    let known = [timed, unserved, names(ended)];
    let used: Vec<_> = QUERIES.into_iter().flat_map(lists).collect();
    assert!(used.iter().all(|list| known.contains(list)), "{used:?} has a list that is none of {known:?}");
    assert!(known.iter().all(|list| used.contains(list)), "{known:?} has a list that no query uses");
}

#[test]
fn every_status_in_a_query_exists() {
    for query in QUERIES.into_iter().chain(MIGRATIONS) {
        for rest in query.split("status = '").skip(1) {
            let name = rest.split('\'').next().unwrap_or_default();
            assert!(OrderStatus::parse(name).is_some(), "{name}");
        }
    }
}
