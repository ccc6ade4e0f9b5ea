//! The pages that people see: the student's, the console of staff and admins, and the pick-up board.

pub mod surface;
