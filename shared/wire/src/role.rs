//! The roles that access depends on.

use crate::named::named_enum;

named_enum! {
    /// Role in a token. Each route names the roles that may call it.
    Role {
        /// Orders food.
        Student = "student",
        /// Runs the kitchen and the stock.
        Staff = "staff",
        /// Does everything, users and chaos included.
        Admin = "admin",
        /// Is one of our own services, calling another.
        Service = "service",
        /// Is a counter kiosk, which opens sessions for students and sends heartbeats.
        Kiosk = "kiosk",
        /// Is a student signed in at a kiosk: places and reads own orders, and does nothing else.
        KioskStudent = "kiosk_student",
    }
}
