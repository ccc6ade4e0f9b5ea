//! The kitchen at work, in process: with its own store and queue, and a stock-service that obeys the test.

mod kitchen;
mod tickets;
mod work;
