//! Commands of receipt printers (ESC/POS).
//!
//! A slip is one raster picture, so that no code page of the printer matters. Status is asked in real time (`DLE EOT`):
//! a printer answers it while it prints, and while it cannot print.

use wire::kiosk::PrinterState;

use crate::receipt::Bitmap;

/// Most rows of one raster command; printers with little memory refuse larger ones.
pub const BAND_ROWS: u32 = 200;
/// Lines fed after a slip, so that printers without a cutter show it whole.
const FEED_LINES: u8 = 4;

/// `ESC @`: default settings, empty buffer.
const INITIALIZE: [u8; 2] = [0x1b, b'@'];
/// `GS v 0`: raster picture, density as it is.
const RASTER: [u8; 4] = [0x1d, b'v', b'0', 0];
/// `GS V 66 0`: feeds to the cutter and cuts, leaving one point.
const CUT: [u8; 4] = [0x1d, b'V', 66, 0];

/// Real-time status queries, in the order in which they are sent: printer, offline cause, paper.
pub const STATUS_QUERIES: [[u8; 3]; 3] = [status_query(1), status_query(2), status_query(4)];

/// Returns the real-time status query `DLE EOT n`.
pub const fn status_query(n: u8) -> [u8; 3] {
    [0x10, 0x04, n]
}

/// Encodes a slip: initialization, the picture in bands, feed, cut.
pub fn encode(picture: &Bitmap) -> Vec<u8> {
    let row = picture.row_bytes();
    let mut bytes = Vec::with_capacity(picture.bytes().len() + 64 + picture.bytes().len() / 1_000);
    bytes.extend(INITIALIZE);
    for band in picture.bytes().chunks(row * BAND_ROWS as usize) {
        bytes.extend(RASTER);
        bytes.extend(size(row));
        bytes.extend(size(band.len() / row));
        let start = bytes.len();
        bytes.extend(band);
        disarm(&mut bytes[start..]);
    }
    bytes.extend([0x1b, b'd', FEED_LINES]);
    bytes.extend(CUT);
    bytes
}

/// Blackens a pixel where the picture would read as the beginning of a real-time command: printers obey those even in the
/// middle of a picture, and one of them opens the cash drawer.
fn disarm(picture: &mut [u8]) {
    for at in 1..picture.len() {
        if picture[at - 1] == 0x10 && matches!(picture[at], 0x04 | 0x05 | 0x14) {
            picture[at] |= 0x20;
        }
    }
}

/// Returns the bytes that complete a band which was cut off, so that the printer reads commands again. A printer that
/// waits for no picture ignores them.
pub fn resynchronize() -> Vec<u8> {
    const WIDEST_ROW: usize = 72;
    vec![0; WIDEST_ROW * BAND_ROWS as usize]
}

/// Encodes a number of at most 16 bits, low byte first.
fn size(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

/// Returns whether the byte can be an answer to a status query: bits 1 and 4 are set, bits 0 and 7 are not.
pub fn is_status(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Parses the answers to [`STATUS_QUERIES`]. Bytes that are no status mean that the printer is not one.
pub fn parse_status(answers: [u8; 3]) -> PrinterState {
    let [printer, offline, paper] = answers;
    if !answers.into_iter().all(is_status) {
        return PrinterState::Offline;
    }
    if offline & 0x04 != 0 {
        PrinterState::CoverOpen
    } else if offline & 0x20 != 0 || paper & 0x60 != 0 {
        PrinterState::PaperOut
    } else if offline & 0x40 != 0 || printer & 0x08 != 0 {
        PrinterState::Offline
    } else if paper & 0x0c != 0 {
        PrinterState::PaperLow
    } else {
        PrinterState::Ready
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decodes a slip as a printer would; an error says what is no command that the encoder may send.
    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Bitmap, String> {
        fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
            let (taken, rest) = bytes.split_at_checked(count).ok_or("the slip is cut off")?;
            *bytes = rest;
            Ok(taken)
        }
        let mut picture = (0, Vec::new());
        let mut cut = false;
        if take(&mut bytes, 2)? != INITIALIZE {
            return Err("the printer is not initialized".into());
        }
        while !bytes.is_empty() {
            if cut {
                return Err("something follows the cut".into());
            }
            match take(&mut bytes, 2)? {
                [0x1d, b'v'] => {
                    let Ok(&[b'0', 0, xl, xh, yl, yh]) =
                        take(&mut bytes, 6)?.try_into() as Result<&[u8; 6], _>
                    else {
                        return Err("another density".into());
                    };
                    let (row, rows) = (u16::from_le_bytes([xl, xh]), u16::from_le_bytes([yl, yh]));
                    if u32::from(rows) > BAND_ROWS || rows == 0 {
                        return Err(format!("a band of {rows} rows"));
                    }
                    picture.0 = u32::from(row) * 8;
                    picture.1.extend(take(&mut bytes, usize::from(row) * usize::from(rows))?);
                }
                [0x1b, b'd'] => _ = take(&mut bytes, 1)?,
                [0x1d, b'V'] => {
                    take(&mut bytes, 2)?;
                    cut = true;
                }
                other => return Err(format!("unknown command {other:02x?}")),
            }
        }
        if cut { Ok(Bitmap::of_bytes(picture.0, picture.1)) } else { Err("no cut".into()) }
    }

    #[test]
    fn the_commands_are_those_of_the_manual() {
        let bytes = encode(&Bitmap::of_bytes(16, vec![0xff, 0x01]));
        let expected = b"\x1b@\x1dv0\x00\x02\x00\x01\x00\xff\x01\x1bd\x04\x1dVB\x00";
        assert_eq!(bytes, expected);
        assert_eq!(STATUS_QUERIES.concat(), [0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 4]);
    }

    #[test]
    fn answers_of_a_printer_are_understood() {
        let good = 0x12;
        for (answers, state) in [
            ([good; 3], PrinterState::Ready),
            ([good | 0x08, good, good], PrinterState::Offline),
            ([good | 0x08, good | 0x04, good | 0x60], PrinterState::CoverOpen),
            ([good | 0x08, good | 0x20, good], PrinterState::PaperOut),
            ([good, good, good | 0x60], PrinterState::PaperOut),
            ([good, good, good | 0x0c], PrinterState::PaperLow),
            ([good, good | 0x40, good], PrinterState::Offline),
            ([0, good, good], PrinterState::Offline),
            ([good, 0xff, good], PrinterState::Offline),
            // The drawer's pin and the feed button concern nobody.
            ([good | 0x04 | 0x40, good | 0x08, good], PrinterState::Ready),
        ] {
            assert_eq!(parse_status(answers), state, "{answers:02x?}");
        }
    }

    #[test]
    fn a_slip_that_was_cut_off_anywhere_is_completed_before_the_next() {
        let bytes = encode(&Bitmap::of_bytes(576, vec![0xaa; 72 * 250]));
        for cut in [2 + 9, 5_000, 2 + 8 + 72 * 200 - 1] {
            let rest = 2 + 8 + 72 * 200 - cut;
            assert!(resynchronize().len() >= rest, "{cut}");
            assert!(cut < bytes.len());
        }
        assert!(resynchronize().iter().all(|byte| *byte == 0));
    }

    proptest! {
        #[test]
        fn a_decoded_slip_is_the_picture(rows in 1_usize..700, width in prop::sample::select(vec![384_u32, 576]), seed in any::<u8>()) {
            let bytes = (0..rows * width as usize / 8).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect();
            let picture = Bitmap::of_bytes(width, bytes);
            prop_assert_eq!(decode(&encode(&picture)), Ok(picture));
        }

        #[test]
        fn no_picture_contains_a_real_time_command(bytes in prop::collection::vec(prop::sample::select(vec![0x10_u8, 0x04, 0x05, 0x14, 0x01]), 72 * 9)) {
            let picture = decode(&encode(&Bitmap::of_bytes(576, bytes.clone()))).unwrap();
            let command = picture.bytes().windows(2).any(|pair| matches!(pair, [0x10, 0x04 | 0x05 | 0x14]));
            prop_assert!(!command);
            // Pixels are added, never removed.
            prop_assert!(picture.bytes().iter().zip(&bytes).all(|(after, before)| after & before == *before));
        }
    }
}
