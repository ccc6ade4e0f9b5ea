//! The three pages. Each is a program of its own, so that a browser downloads only what its page needs.

/// A page, with its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Surface {
    /// Students, at `/`.
    Student,
    /// Staff and admins, at `/admin`.
    Admin,
    /// The pick-up board, at `/board`.
    Board,
}

impl Surface {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Student, Self::Admin, Self::Board];

    /// The name of its program and of its style.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Admin => "admin",
            Self::Board => "board",
        }
    }

    /// The file of its page.
    pub(crate) fn page(self) -> &'static str {
        match self {
            Self::Student => "index.html",
            Self::Admin => "admin.html",
            Self::Board => "board.html",
        }
    }

    /// The drawings that it shows at first.
    pub(crate) fn sheets(self) -> &'static [&'static str] {
        match self {
            Self::Student => &["dishes", "icons", "scenes"],
            Self::Admin | Self::Board => &["icons"],
        }
    }
}
