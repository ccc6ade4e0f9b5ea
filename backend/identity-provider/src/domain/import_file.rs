//! The file of an import: CSV with a header, each line checked by itself.

use std::collections::HashMap;

use wire::{
    FieldError, Role,
    id::Username,
    identity::{NewPassword, Secret},
};

use super::{
    password,
    user::{checked_name, checked_role},
};

/// The most lines that one file may have, the header not counted.
pub const MAX_LINES: usize = 20_000;

/// The two headers there are.
const HEADERS: [[&str; 4]; 2] =
    [["username", "name", "role", "password"], ["username", "name", "role", "password_hash"]];

/// What stands for the password in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The password itself, to be hashed.
    Password(NewPassword),
    /// A bcrypt hash of the old system.
    Hash(String),
}

/// A line that can be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodLine {
    /// Its number, the header being 1.
    pub line: u32,
    /// Unique within the file.
    pub username: Username,
    /// Trimmed.
    pub name: String,
    /// Any but `service`.
    pub role: Role,
    /// What to sign in with.
    pub credential: Credential,
}

/// A line that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, the header being 1.
    pub line: u32,
    /// As far as there is one, cut to 64 characters.
    pub username: String,
    /// What is wrong with it, for people.
    pub message: String,
}

/// A file that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportFile {
    /// In the order of the file.
    pub good: Vec<GoodLine>,
    /// In the order of the file.
    pub bad: Vec<BadLine>,
}

/// Reads a file. Lines without anything are skipped.
///
/// # Errors
/// What is wrong with the file as a whole, for people.
pub fn read(bytes: &[u8]) -> Result<ImportFile, String> {
    // Spreadsheets put a byte order mark in front.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut records = reader.byte_records();
    let Some(Ok(header)) = records.next() else { return Err(wrong_header("nothing")) };
    let header: Vec<_> =
        header.iter().map(|field| String::from_utf8_lossy(field).trim().to_lowercase()).collect();
    if !HEADERS.iter().any(|known| header == *known) {
        return Err(wrong_header(&header.join(",").chars().take(200).collect::<String>()));
    }
    let hashed = header.last().is_some_and(|name| name == "password_hash");
    let mut file = ImportFile::default();
    let mut first_seen = HashMap::new();
    let mut lines = LineCount { bytes, at: 0, number: 1 };
    for record in records {
        let record = record.map_err(|_| "The file cannot be read as CSV.".to_owned())?;
        if file.good.len() + file.bad.len() == MAX_LINES {
            return Err(format!("The file may have at most {MAX_LINES} lines; send it in parts."));
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let line = lines.number_at(usize::try_from(start).unwrap_or(usize::MAX));
        match read_line(line, &record, hashed) {
            Ok(good) => match first_seen.get(&good.username) {
                None => {
                    first_seen.insert(good.username.clone(), line);
                    file.good.push(good);
                }
                Some(first) => file.bad.push(BadLine {
                    line,
                    username: good.username.to_string(),
                    message: format!("the same user name stands in line {first}"),
                }),
            },
            Err(message) => file.bad.push(BadLine { line, username: shown_username(&record), message }),
        }
    }
    Ok(file)
}

/// Counts lines as an editor does. The reader's own count does not look behind the line break that a record may
/// begin with.
struct LineCount<'a> {
    bytes: &'a [u8],
    at: usize,
    number: u32,
}

impl LineCount<'_> {
    /// The line of the first text at or behind this byte, which must not lie before the last one asked for.
    fn number_at(&mut self, start: usize) -> u32 {
        while let Some(byte) = self.bytes.get(self.at)
            && (self.at < start || matches!(byte, b'\r' | b'\n'))
        {
            let breaks = *byte == b'\n' || (*byte == b'\r' && self.bytes.get(self.at + 1) != Some(&b'\n'));
            self.number += u32::from(breaks);
            self.at += 1;
        }
        self.number
    }
}

fn wrong_header(found: &str) -> String {
    format!(
        "The first line must be username,name,role,password or username,name,role,password_hash; it is {found:?}."
    )
}

fn shown_username(record: &csv::ByteRecord) -> String {
    let text = String::from_utf8_lossy(record.get(0).unwrap_or_default());
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn read_line(line: u32, record: &csv::ByteRecord, hashed: bool) -> Result<GoodLine, String> {
    if record.len() != 4 {
        return Err(format!("has {} columns instead of 4", record.len()));
    }
    let fields: Vec<_> = record
        .iter()
        .map(|field| std::str::from_utf8(field).map_err(|_| "is not UTF-8".to_owned()))
        .collect::<Result<_, _>>()?;
    let [username, name, role, credential] = fields[..] else { return Err("cannot be read".to_owned()) };
    let username: Username = username.trim().parse().map_err(|wrong| format!("username {wrong}"))?;
    let in_words = |error: FieldError| format!("{} {}", error.field, error.message);
    let name = checked_name(name).map_err(in_words)?;
    let role = Role::parse(role.trim()).unwrap_or(Role::Service);
    let role = checked_role(role).map_err(in_words)?;
    let credential = if hashed {
        let hash = credential.trim();
        password::acceptable_bcrypt(hash)?;
        Credential::Hash(hash.to_owned())
    } else {
        let password = NewPassword::try_from(Secret(credential.to_owned()));
        Credential::Password(password.map_err(|wrong| format!("password {wrong}"))?)
    };
    Ok(GoodLine { line, username, name, role, credential })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_judged_by_itself() {
        let text = "\u{feff}Username, name,role,password\r\n\
            rahim,Rahim,student,longenough\r\n\
            \r\n\
            kar im,Karim,student,longenough\r\n\
            salma,\"Salma, Begum\",staff,\"long\nenough\"\r\n\
            rahim,Other,student,longenough\r\n\
            nur,Nur,chef,longenough\r\n\
            ana,Ana,service,longenough\r\n\
            tia,Tia,student,short\r\n\
            two,columns\r\n";
        let mut bytes = text.as_bytes().to_vec();
        bytes.extend(b"bin,\xff\xfe,student,longenough\r\n");
        let file = read(&bytes).unwrap();
        let good: Vec<_> = file.good.iter().map(|good| (good.line, good.username.as_str())).collect();
        assert_eq!(good, [(2, "rahim"), (5, "salma")]);
        assert_eq!(file.good[1].name, "Salma, Begum");
        let bad: Vec<_> = file.bad.iter().map(|bad| (bad.line, bad.message.as_str())).collect();
        assert_eq!(
            bad,
            [
                (4, "username must be 1 to 64 of A-Z a-z 0-9 . _ @ -"),
                (7, "the same user name stands in line 2"),
                (8, "role must be student, staff, admin or kiosk"),
                (9, "role must be student, staff, admin or kiosk"),
                (10, "password must have 8 to 128 characters"),
                (11, "has 2 columns instead of 4"),
                (12, "is not UTF-8"),
            ]
        );
    }

    #[test]
    fn the_file_as_a_whole_is_checked() {
        for text in ["", "a,b\n", "username,name,role\n", "username;name;role;password\n"] {
            let message = read(text.as_bytes()).unwrap_err();
            assert!(message.contains("username,name,role,password"), "{message}");
        }
        let mut text = "username,name,role,password\n".to_owned();
        for n in 0..MAX_LINES {
            text.push_str(&format!("u{n},N,student,longenough\n"));
        }
        assert_eq!(read(text.as_bytes()).unwrap().good.len(), MAX_LINES);
        text.push_str("one,too many,student,longenough\n");
        assert!(read(text.as_bytes()).unwrap_err().contains("20000"));
    }
}
