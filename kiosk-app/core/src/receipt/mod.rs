//! Slip as a bitmap.
//!
//! - [`bitmap`]: picture of one bit a pixel
//! - `typeset`: text shaping and drawing with the embedded fonts
//! - `words`: texts, numbers and times in both languages

pub mod bitmap;
mod typeset;
mod words;

#[cfg(test)]
mod tests;

use app::{format, kiosk::Language};
use qrcode::{Color, QrCode};
use wire::{OrderId, Time};

pub use bitmap::Bitmap;

use typeset::{Align, Style, Typesetter};
use words::Text;

/// Most lines of an order that a slip lists; the number of the others follows them.
const MAX_LINES: usize = 40;
/// Most printed rows of one name.
const NAME_ROWS: usize = 3;
/// Most bytes of an address that becomes a QR code.
const MAX_URL: usize = 300;
/// Light modules around a QR code, as its standard demands.
const QUIET_MODULES: u32 = 4;

/// Width of the paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 80 mm, 576 dots.
    #[default]
    Mm80,
    /// 58 mm, 384 dots.
    Mm58,
}

impl Paper {
    /// Returns the printable width in dots.
    pub const fn dots(self) -> u32 {
        match self {
            Self::Mm80 => 576,
            Self::Mm58 => 384,
        }
    }

    /// Returns the size of the text in dots.
    const fn text_size(self) -> f32 {
        match self {
            Self::Mm80 => 28.0,
            Self::Mm58 => 24.0,
        }
    }
}

/// Line of a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Portions.
    pub quantity: u32,
    /// Name of the dish, in the slip's language.
    pub name: String,
    /// Price of all portions, in poisha.
    pub sum_poisha: u64,
}

/// Content of a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Display name of the kiosk.
    pub kiosk: String,
    /// Number at the counter, if it is known.
    pub number: Option<u32>,
    /// Lines of the order.
    pub lines: Vec<ReceiptLine>,
    /// Sum of the order, in poisha.
    pub total_poisha: u64,
    /// Time at which the order was placed.
    pub placed_at: Time,
    /// Language of the student.
    pub language: Language,
    /// Address of the order's page.
    pub tracker_url: String,
    /// Order; absent on a test slip.
    pub order_id: Option<OrderId>,
}

impl Receipt {
    /// Draws the slip for paper of that width. The height is bounded, whatever the content is.
    pub fn draw(&self, paper: Paper) -> Bitmap {
        let mut page = Page::new(self.language, paper);
        let text = paper.text_size();
        if self.order_id.is_none() {
            page.banner(words::say(self.language, Text::TestSlip));
        }
        page.center(&self.kiosk, text, 2);
        page.space(text);
        match self.number {
            Some(number) => {
                page.center(words::say(self.language, Text::YourNumber), text * 1.2, 1);
                page.number(number);
            }
            None => page.center(words::say(self.language, Text::NumberFollows), text * 1.2, 3),
        }
        page.center(words::say(self.language, Text::ToCounter), text, 3);
        page.rule();
        for line in self.lines.iter().take(MAX_LINES) {
            let quantity = format!("{} ×", format::number(self.language, line.quantity.into()));
            page.row(&quantity, &line.name, &format::money(self.language, line.sum_poisha));
        }
        if let Some(more) = self.lines.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
            page.center(&words::and_more(self.language, more), text, 1);
        }
        page.rule();
        page.sides(
            words::say(self.language, Text::Total),
            &format::money(self.language, self.total_poisha),
            text * 1.3,
        );
        page.space(text * 0.5);
        if page.code(&self.tracker_url) {
            page.center(words::say(self.language, Text::Scan), text, 2);
        }
        page.space(text * 0.5);
        page.center(
            &format!(
                "{}, {}",
                format::date(self.language, self.placed_at),
                format::short_clock(self.language, self.placed_at)
            ),
            text * 0.85,
            1,
        );
        if let Some(order) = &self.order_id {
            page.center(order.as_str(), text * 0.7, 2);
        }
        page.picture
    }
}

/// Slip while it is being drawn, from top to bottom.
struct Page {
    picture: Bitmap,
    type_setter: Typesetter,
    language: Language,
    size: f32,
    /// Row at which the next block begins.
    y: u32,
}

impl Page {
    fn new(language: Language, paper: Paper) -> Self {
        Self {
            picture: Bitmap::new(paper.dots(), 0),
            type_setter: Typesetter::new(),
            language,
            size: paper.text_size(),
            y: 0,
        }
    }

    fn width(&self) -> u32 {
        self.picture.width()
    }

    /// Leaves `dots` rows white.
    fn space(&mut self, dots: f32) {
        self.advance(dots as u32);
    }

    fn advance(&mut self, rows: u32) {
        self.y += rows;
        self.picture.grow(self.y);
    }

    /// Draws `text` in the box from `x` of `width` dots, at most `rows` rows, and returns the height of what is drawn.
    fn text(&mut self, text: &str, x: u32, width: u32, style: Style) -> u32 {
        let block = self.type_setter.lay_out(self.language, text, width, style);
        let height = block.height();
        self.picture.grow(self.y + height);
        self.type_setter.draw(&block, &mut self.picture, x, self.y);
        height
    }

    fn center(&mut self, text: &str, size: f32, rows: usize) {
        let height = self.text(text, 0, self.width(), Style { size, align: Align::Center, rows });
        self.advance(height);
    }

    /// Draws `text` in white on a black bar.
    fn banner(&mut self, text: &str) {
        let top = self.y;
        self.space(self.size * 0.25);
        self.center(text, self.size * 1.2, 2);
        self.space(self.size * 0.25);
        self.picture.invert(top, self.y);
        self.space(self.size * 0.5);
    }

    /// Draws the number at the counter as large as the paper is wide, at most 6 times the text.
    fn number(&mut self, number: u32) {
        let digits = number.to_string();
        let largest = self.size * 6.0;
        let widest = self.type_setter.width(&digits, largest).max(1.0);
        let size = largest.min(largest * self.width() as f32 * 0.95 / widest);
        self.center(&digits, size, 1);
    }

    /// Draws a row of the order: quantity, name over several rows, sum.
    fn row(&mut self, quantity: &str, name: &str, sum: &str) {
        let gap = (self.size * 0.5) as u32;
        let sum_width = self.type_setter.width(sum, self.size).ceil() as u32 + 1;
        let quantity_width =
            (self.type_setter.width(quantity, self.size).ceil() as u32 + 1).max((self.size * 2.2) as u32);
        let sum_width = sum_width.min(self.width() / 2);
        let quantity_width = quantity_width.min(self.width() / 4);
        let name_width = self.width().saturating_sub(sum_width + quantity_width + 2 * gap);
        let left = Style { size: self.size, align: Align::Left, rows: 1 };
        let heights = [
            self.text(quantity, 0, quantity_width, left),
            self.text(name, quantity_width + gap, name_width, Style { rows: NAME_ROWS, ..left }),
            self.text(sum, self.width() - sum_width, sum_width, Style { align: Align::Right, ..left }),
        ];
        self.advance(heights.into_iter().max().unwrap_or(0));
    }

    /// Draws one text at the left edge and one at the right edge.
    fn sides(&mut self, left: &str, right: &str, size: f32) {
        let right_width = (self.type_setter.width(right, size).ceil() as u32 + 1).min(self.width() * 3 / 4);
        let left_width = self.width() - right_width;
        let style = Style { size, align: Align::Left, rows: 1 };
        let heights = [
            self.text(left, 0, left_width, style),
            self.text(right, left_width, right_width, Style { align: Align::Right, ..style }),
        ];
        self.advance(heights.into_iter().max().unwrap_or(0));
    }

    fn rule(&mut self) {
        let gap = (self.size * 0.4) as u32;
        self.advance(gap);
        self.picture.grow(self.y + 2);
        self.picture.fill(0, self.y, self.width(), 2);
        self.advance(2 + gap);
    }

    /// Draws a QR code of about 30 mm. Returns false if the address is too long for one.
    fn code(&mut self, address: &str) -> bool {
        if address.is_empty() || address.len() > MAX_URL {
            return false;
        }
        let Ok(code) = QrCode::new(address) else { return false };
        let modules = u32::try_from(code.width()).unwrap_or(u32::MAX);
        let across = modules.saturating_add(2 * QUIET_MODULES);
        let dots = (240 / across).clamp(3, 8);
        if across * dots > self.width() {
            return false;
        }
        let left = (self.width() - across * dots) / 2 + QUIET_MODULES * dots;
        let top = self.y + QUIET_MODULES * dots;
        self.picture.grow(self.y + across * dots);
        for (module, color) in (0u32..).zip(code.to_colors()) {
            if color == Color::Dark {
                let (column, row) = (module % modules, module / modules);
                self.picture.fill(left + column * dots, top + row * dots, dots, dots);
            }
        }
        self.advance(across * dots);
        true
    }
}
