//! QR codes, drawn as one path of an SVG.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};
use yew::prelude::*;

/// Width of the light margin around a code, in modules, as ISO/IEC 18004 demands.
const MARGIN: usize = 4;

/// Properties of [`Qr`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct QrProps {
    /// Text of the code.
    pub text: AttrValue,
    /// Accessible name. Without one, the code is hidden from screen readers.
    #[prop_or_default]
    pub label: Option<AttrValue>,
}

/// QR code of a text; nothing if the text is too long for one. It is dark on light in every theme, so that each
/// camera reads it.
#[component]
pub fn Qr(QrProps { text, label }: &QrProps) -> Html {
    let drawn = use_memo(text.clone(), |text| qr_path(text));
    let Some((width, path)) = (*drawn).clone() else { return Html::default() };
    let view = format!("0 0 {width} {width}");
    html! {
        <svg class="qr" viewBox={view} role={label.as_ref().map(|_| "img")} aria-label={label.clone()}
            aria-hidden={label.is_none().then_some("true")} shape-rendering="crispEdges" focusable="false">
            <rect width="100%" height="100%" fill="#fff" />
            <path fill="#000" d={path} />
        </svg>
    }
}

/// Returns the width of the code of `text` with its margin, in modules, and the path of its dark modules; `None` if the
/// text is too long for a code.
pub fn qr_path(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        // Neighbours of one row are one rectangle.
        for run in row.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, length) = (x + MARGIN, y + MARGIN, run.len());
                // Writing into a string does not fail.
                let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    Some((width + 2 * MARGIN, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the dark modules of a path.
    fn modules(path: &str) -> Vec<(usize, usize)> {
        let rectangles = path.split('M').skip(1).map(|rectangle| {
            let (place, rest) = rectangle.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let length = rest.split_once('v').unwrap().0;
            (x.parse::<usize>().unwrap(), y.parse::<usize>().unwrap(), length.parse::<usize>().unwrap())
        });
        rectangles.flat_map(|(x, y, length)| (x..x + length).map(move |x| (x, y))).collect()
    }

    #[test]
    fn the_path_has_the_modules_of_the_code() {
        let text =
            "[kiosk]\nusername = \"kiosk-door\"\nsecret = \"0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\"\n";
        let (width, path) = qr_path(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        assert_eq!(width, code.width() + 8);
        let dark = modules(&path);
        let expected = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        assert_eq!(dark.len(), expected);
        // The corner of the finder pattern, and the margin around it.
        assert!(dark.contains(&(4, 4)) && dark.contains(&(10, 4)) && !dark.contains(&(5, 5)));
        assert!(dark.iter().all(|(x, y)| (4..width - 4).contains(x) && (4..width - 4).contains(y)));
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code() {
        assert_eq!(qr_path(&"x".repeat(4_000)), None);
    }
}
