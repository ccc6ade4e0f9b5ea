//! Who somebody is to the platform, and so what they may do.

use crate::named::named_enum;

named_enum! {
    /// The role in a token. Each route says which roles may call it.
    Role {
        /// Orders food.
        Student = "student",
        /// Runs the kitchen and the stock.
        Staff = "staff",
        /// Everything, users and chaos included.
        Admin = "admin",
        /// One of our own services, calling another.
        Service = "service",
        /// A counter kiosk, which will place orders for the student it signed in.
        Kiosk = "kiosk",
    }
}
