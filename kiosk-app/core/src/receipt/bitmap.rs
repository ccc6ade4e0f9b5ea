//! Picture of one bit a pixel.

/// Picture of one bit a pixel: rows from top to bottom, the leftmost pixel in the highest bit, each row in whole bytes,
/// 1 is black.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({} × {})", self.width, self.height())
    }
}

impl Bitmap {
    /// Creates a white picture.
    pub fn new(width: u32, height: u32) -> Self {
        let mut picture = Self { width: width.max(1), bytes: Vec::new() };
        picture.grow(height);
        picture
    }

    /// Creates a picture from packed rows; a last row that is not whole is dropped.
    pub fn of_bytes(width: u32, mut bytes: Vec<u8>) -> Self {
        let width = width.max(1);
        let row = width.div_ceil(8) as usize;
        bytes.truncate(bytes.len() / row * row);
        Self { width, bytes }
    }

    /// Returns the width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Returns the height in pixels.
    pub fn height(&self) -> u32 {
        u32::try_from(self.bytes.len() / self.row_bytes()).unwrap_or(u32::MAX)
    }

    /// Returns the number of bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// Returns the packed rows.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns whether the pixel is black; pixels outside are white.
    pub fn is_black(&self, x: u32, y: u32) -> bool {
        self.at(x, y).is_some_and(|(byte, bit)| self.bytes[byte] & bit != 0)
    }

    /// Adds white rows until the picture is `height` rows high.
    pub(super) fn grow(&mut self, height: u32) {
        let length = self.row_bytes() * height as usize;
        if length > self.bytes.len() {
            self.bytes.resize(length, 0);
        }
    }

    /// Makes a pixel black; pixels outside stay as they are.
    pub(super) fn set(&mut self, x: u32, y: u32) {
        if let Some((byte, bit)) = self.at(x, y) {
            self.bytes[byte] |= bit;
        }
    }

    /// Makes a rectangle black.
    pub(super) fn fill(&mut self, left: u32, top: u32, width: u32, height: u32) {
        for y in top..top.saturating_add(height) {
            for x in left..left.saturating_add(width) {
                self.set(x, y);
            }
        }
    }

    /// Swaps black and white in the rows from `top` to before `bottom`.
    pub(super) fn invert(&mut self, top: u32, bottom: u32) {
        let row = self.row_bytes();
        for byte in self.bytes.iter_mut().take(bottom as usize * row).skip(top as usize * row) {
            *byte = !*byte;
        }
    }

    /// Returns the byte and the bit of a pixel.
    fn at(&self, x: u32, y: u32) -> Option<(usize, u8)> {
        let byte = (y as usize).checked_mul(self.row_bytes())?.checked_add(x as usize / 8)?;
        (x < self.width && byte < self.bytes.len()).then_some((byte, 0x80 >> (x % 8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_packed_from_the_highest_bit() {
        let mut picture = Bitmap::new(10, 2);
        picture.set(0, 0);
        picture.set(9, 1);
        picture.set(10, 1);
        picture.set(0, 2);
        assert_eq!(picture.bytes(), [0x80, 0, 0, 0x40]);
        assert!(picture.is_black(9, 1) && !picture.is_black(10, 1) && !picture.is_black(9, 0));
        assert_eq!((picture.width(), picture.height()), (10, 2));
    }

    #[test]
    fn a_last_row_that_is_not_whole_is_dropped() {
        let picture = Bitmap::of_bytes(10, vec![1, 2, 3, 4, 5]);
        assert_eq!(picture.bytes(), [1, 2, 3, 4]);
    }
}
