//! Table of surfaces. Each is a program of its own, so that a browser downloads only the code of its page.

/// A page, with its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Surface {
    /// Students, at `/`.
    Student,
    /// Staff and admins, at `/admin`.
    Admin,
    /// The pick-up board, at `/board`.
    Board,
    /// The kiosk's page, inside its app. No browser is served it.
    Kiosk,
}

impl Surface {
    /// Those that browsers are served.
    pub(crate) const ALL: [Self; 3] = [Self::Student, Self::Admin, Self::Board];

    /// The name of its program and of its style.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Admin => "admin",
            Self::Board => "board",
            Self::Kiosk => "kiosk",
        }
    }

    /// Returns the file in `shared/ui/web` that its page is made of.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Student | Self::Admin | Self::Board => "page.html",
            Self::Kiosk => "kiosk.html",
        }
    }

    /// Returns the folder in the stage that its files are put into.
    pub(crate) fn site(self) -> &'static str {
        match self {
            Self::Student | Self::Admin | Self::Board => "site",
            Self::Kiosk => "kiosk-site",
        }
    }

    /// Returns the title of its page until the program sets one.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Student => "Cafeteria",
            Self::Admin => "Cafeteria: console",
            Self::Board => "Cafeteria: pick-up",
            Self::Kiosk => "Cafeteria: kiosk",
        }
    }

    /// Returns the description of its page for search engines and bookmarks.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Student => "Order at the campus cafeteria, and see when it is ready",
            Self::Admin => "For the staff and the admins of the cafeteria",
            Self::Board => "What is being prepared, and what is ready",
            Self::Kiosk => "Order at the counter",
        }
    }

    /// Returns the number of cards in its skeleton, which is shown until the program runs.
    pub(crate) fn skeleton_cards(self) -> usize {
        match self {
            Self::Student | Self::Admin => 6,
            Self::Board => 2,
            Self::Kiosk => 0,
        }
    }

    /// The file of its page.
    pub(crate) fn page(self) -> &'static str {
        match self {
            Self::Student | Self::Kiosk => "index.html",
            Self::Admin => "admin.html",
            Self::Board => "board.html",
        }
    }

    /// The drawings that it shows at first.
    pub(crate) fn sheets(self) -> &'static [&'static str] {
        match self {
            Self::Student | Self::Kiosk => &["dishes", "icons", "scenes"],
            Self::Admin | Self::Board => &["icons"],
        }
    }
}
