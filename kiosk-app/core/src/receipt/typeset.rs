//! Text shaping and drawing with the embedded fonts.

use std::sync::Arc;

use app::kiosk::Language;
use cosmic_text::{
    Attrs, Buffer, Color, Fallback, Family, FontSystem, Metrics, Shaping, SwashCache, Wrap,
    fontdb::{Database, Source},
};

use super::Bitmap;

/// Figtree: Latin letters and digits.
static FIGTREE: &[u8] = include_bytes!("../../fonts/figtree.ttf");
/// Anek Bangla: Bangla and the taka sign.
static ANEK_BANGLA: &[u8] = include_bytes!("../../fonts/anek-bangla.ttf");
// Names that the subsets carry; the weight is the one of the variable font's default.
const FIGTREE_NAME: &str = "Figtree Light";
const ANEK_BANGLA_NAME: &str = "Anek Bangla Medium";

/// Most characters of a text; the rest is cut.
const MAX_CHARACTERS: usize = 400;
/// Height of a row, as a multiple of the text's size. Bangla has signs above and below its letters.
const ROW_HEIGHT: f32 = 1.4;
/// Coverage from which on a pixel is black.
const BLACK_FROM: u8 = 112;

/// Alignment within the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// Size, alignment and length of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Size in dots.
    pub(super) size: f32,
    /// Alignment.
    pub(super) align: Align,
    /// Most rows; a longer text ends with an ellipsis.
    pub(super) rows: usize,
}

/// Text that is laid out.
pub(super) struct Block {
    buffer: Buffer,
    rows: usize,
    row_height: f32,
}

impl Block {
    /// Returns the height in dots.
    pub(super) fn height(&self) -> u32 {
        let rows = self.buffer.layout_runs().take(self.rows).count();
        (rows as f32 * self.row_height).ceil() as u32
    }
}

/// Both fonts, and the glyphs that were drawn.
pub(super) struct Typesetter {
    fonts: FontSystem,
    glyphs: SwashCache,
}

/// The embedded fonts, in which characters are searched that the first font lacks.
struct Embedded;

impl Fallback for Embedded {
    fn common_fallback(&self) -> &[&'static str] {
        &[FIGTREE_NAME, ANEK_BANGLA_NAME]
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    fn script_fallback(&self, _: unicode_script::Script, _: &str) -> &[&'static str] {
        &[]
    }
}

impl Typesetter {
    /// Loads the embedded fonts. Fonts of the system are never read.
    pub(super) fn new() -> Self {
        let mut fonts = Database::new();
        for font in [FIGTREE, ANEK_BANGLA] {
            fonts.load_font_source(Source::Binary(Arc::new(font)));
        }
        let fonts = FontSystem::new_with_locale_and_db_and_fallback("bn-BD".to_owned(), fonts, Embedded);
        Self { fonts, glyphs: SwashCache::new() }
    }

    /// Returns the width of `text` on one row.
    pub(super) fn width(&mut self, text: &str, size: f32) -> f32 {
        let text = printable(text);
        let mut buffer = Buffer::new(&mut self.fonts, metrics(size));
        buffer.set_wrap(Wrap::None);
        self.shape(&mut buffer, Language::English, &text, Align::Left);
        buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max)
    }

    /// Lays `text` out in a box of that width.
    pub(super) fn lay_out(&mut self, language: Language, text: &str, width: u32, style: Style) -> Block {
        let text = printable(text);
        let metrics = metrics(style.size);
        let mut buffer = Buffer::new(&mut self.fonts, metrics);
        buffer.set_wrap(if style.rows > 1 { Wrap::WordOrGlyph } else { Wrap::Glyph });
        buffer.set_size(Some(width.max(1) as f32), None);
        self.shape(&mut buffer, language, &text, style.align);
        if let Some(cut) = cut(&buffer, style.rows) {
            let shortened = format!("{}…", text.get(..cut).unwrap_or_default().trim_end());
            self.shape(&mut buffer, language, &shortened, style.align);
        }
        Block { buffer, rows: style.rows, row_height: metrics.line_height }
    }

    fn shape(&mut self, buffer: &mut Buffer, language: Language, text: &str, align: Align) {
        let family = match language {
            Language::English => FIGTREE_NAME,
            Language::Bangla => ANEK_BANGLA_NAME,
        };
        let align = match align {
            Align::Left => cosmic_text::Align::Left,
            Align::Center => cosmic_text::Align::Center,
            Align::Right => cosmic_text::Align::Right,
        };
        let attributes = Attrs::new().family(Family::Name(family));
        buffer.set_text(text, &attributes, Shaping::Advanced, Some(align));
        buffer.shape_until_scroll(&mut self.fonts, false);
    }

    /// Draws a text with its upper left corner at (`left`, `top`).
    pub(super) fn draw(&mut self, block: &Block, picture: &mut Bitmap, left: u32, top: u32) {
        let offset = (left as f32, top as f32);
        // Marks that are stacked without end stay within half a row of their own text.
        let slack = (block.row_height / 2.0) as u32;
        let rows = top.saturating_sub(slack)..top + block.height() + slack;
        for run in block.buffer.layout_runs().take(block.rows) {
            for glyph in run.glyphs {
                let glyph = glyph.physical((offset.0, offset.1 + run.line_y), 1.0);
                self.glyphs.with_pixels(
                    &mut self.fonts,
                    glyph.cache_key,
                    Color::rgb(0, 0, 0),
                    |x, y, color| {
                        let (x, y) = (u32::try_from(glyph.x + x), u32::try_from(glyph.y + y));
                        if let (Ok(x), Ok(y)) = (x, y)
                            && color.a() >= BLACK_FROM
                            && rows.contains(&y)
                        {
                            picture.set(x, y);
                        }
                    },
                );
            }
        }
    }
}

fn metrics(size: f32) -> Metrics {
    Metrics::new(size.max(1.0), (size.max(1.0) * ROW_HEIGHT).round())
}

/// Returns the byte before which a text is cut that fills more than `rows` rows, so that an ellipsis fits.
fn cut(buffer: &Buffer, rows: usize) -> Option<usize> {
    buffer.layout_runs().nth(rows)?;
    let last = buffer.layout_runs().nth(rows.checked_sub(1)?)?;
    let mut starts: Vec<_> = last.glyphs.iter().map(|glyph| glyph.start).collect();
    starts.sort_unstable();
    starts.dedup();
    Some(starts.len().checked_sub(2).and_then(|at| starts.get(at)).copied().unwrap_or(0))
}

/// Returns `text` on one line, with the characters alone that the embedded fonts hold. A run of others becomes one
/// question mark. So no control character, no change of direction and no foreign script reaches the shaper.
fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(4 * MAX_CHARACTERS));
    let mut replaced = false;
    for character in text.chars().take(MAX_CHARACTERS) {
        let latin = matches!(character, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{ff}');
        let bangla = matches!(character, '\u{980}'..='\u{9ff}' | '\u{964}' | '\u{965}' | '\u{25cc}')
            || matches!(character, '\u{200c}' | '\u{200d}');
        let punctuation = matches!(character, '–' | '—' | '‘' | '’' | '“' | '”' | '•' | '…' | '−');
        let held = latin || bangla || punctuation;
        if held {
            line.push(character);
        } else if character.is_whitespace() || character.is_control() {
            line.push(' ');
        } else if !replaced {
            line.push('?');
        }
        replaced = !held && !character.is_whitespace() && !character.is_control();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_fonts_have_the_names_that_texts_ask_for() {
        let type_setter = Typesetter::new();
        let names: Vec<_> = type_setter.fonts.db().faces().map(|face| face.families[0].0.clone()).collect();
        assert_eq!(names, [FIGTREE_NAME, ANEK_BANGLA_NAME]);
    }

    #[test]
    fn only_characters_of_the_fonts_reach_the_shaper() {
        assert_eq!(printable("a\u{0}b\nc\u{202e}d\u{2029}e"), "a b c?d e");
        assert_eq!(printable("漢字 🍔"), "? ?");
        assert_eq!(printable("ক্ষুধা ৳৫"), "ক্ষুধা ৳৫");
        assert_eq!(printable(&"x".repeat(10_000)).len(), MAX_CHARACTERS);
    }
}
