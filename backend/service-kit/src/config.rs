//! Layered settings: defaults, then a file, then the environment, then the command line. A wrong value stops the
//! start with one line that names it, what was wrong, and what would be right.

use std::{fmt, ops::RangeInclusive, path::Path};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use serde::{Serialize, de::DeserializeOwned};

/// The prefix of every setting in the environment: `CAFETERIA_KITCHEN__COOKING` is `cooking` in `[kitchen]`.
pub const ENV_PREFIX: &str = "CAFETERIA_";

/// What is wrong with a setting, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting {setting}: {problem}")]
pub struct ConfigError {
    /// Its name, as in `kitchen.cooking`.
    pub setting: String,
    /// What was wrong, and what would be right.
    pub problem: String,
}

/// A part of the configuration that can tell whether its values make sense.
pub trait Check {
    /// Looks at every value.
    ///
    /// # Errors
    /// The first that is wrong.
    fn check(&self) -> Result<(), ConfigError>;
}

/// A number that must lie in a range, or the error that says so.
///
/// # Errors
/// It does not.
pub fn within<T: PartialOrd + fmt::Display + Copy>(
    setting: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), ConfigError> {
    if range.contains(&value) {
        return Ok(());
    }
    let problem = format!("{value} is out of range; it must be {} to {}", range.start(), range.end());
    Err(ConfigError { setting: setting.to_owned(), problem })
}

/// A setting that also has another name in the environment: that name, and the setting's, as in `kitchen.cooking`.
#[derive(Debug, Clone, Copy)]
pub struct Alias(pub &'static str, pub &'static str);

/// Reads the settings: `T::default()`, the file where one is given, the environment, first by its aliases. An alias
/// that is set to nothing is not set. `T` must deny unknown fields for misspelt settings to be found.
///
/// # Errors
/// The first setting that is unknown, of the wrong type or out of range.
pub fn load<T>(file: Option<&Path>, aliases: &'static [Alias]) -> Result<T, ConfigError>
where
    T: Default + Serialize + DeserializeOwned + Check,
{
    if let Some(path) = file {
        std::fs::read_to_string(path).map_err(|error| ConfigError {
            setting: path.display().to_string(),
            problem: format!("the file cannot be read: {error}"),
        })?;
    }
    let mut layers = Figment::from(Serialized::defaults(T::default()));
    if let Some(path) = file {
        layers = layers.merge(Toml::file_exact(path));
    }
    let named = Env::raw().filter_map(|name| {
        let alias = aliases.iter().find(|alias| name == alias.0)?;
        Env::var(alias.0).filter(|value| !value.is_empty()).map(|_| alias.1.into())
    });
    read(&layers.merge(named).merge(Env::prefixed(ENV_PREFIX).split("__")))
}

/// Reads the settings of a text, as [`load`] reads a file, without the environment.
///
/// # Errors
/// As [`load`].
pub fn parse<T>(text: &str) -> Result<T, ConfigError>
where
    T: Default + Serialize + DeserializeOwned + Check,
{
    read(&Figment::from(Serialized::defaults(T::default())).merge(Toml::string(text)))
}

fn read<T: DeserializeOwned + Check>(layers: &Figment) -> Result<T, ConfigError> {
    let settings: T = layers.extract().map_err(|errors| in_one_line(&errors))?;
    settings.check()?;
    Ok(settings)
}

fn in_one_line(errors: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    let Some(error) = errors.clone().into_iter().next() else {
        return ConfigError { setting: "?".to_owned(), problem: "cannot be read".to_owned() };
    };
    let mut path = error.path.clone();
    let problem = match &error.kind {
        Kind::UnknownField(name, known) => {
            if path.last() != Some(name) {
                path.push(name.clone());
            }
            let nearest = known
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            match nearest {
                Some(near) if strsim::jaro_winkler(near, name) > 0.75 => {
                    format!("there is no such setting; did you mean {near}?")
                }
                _ => format!("there is no such setting; there are {}", known.join(", ")),
            }
        }
        Kind::UnknownVariant(value, known) => {
            format!("{value:?} is not one of {}", known.join(", "))
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("it is {actual}, and must be {}", for_people(expected))
        }
        other => in_its_own_words(&other.to_string()),
    };
    let variable = format!("{ENV_PREFIX}{}", path.join("__").to_uppercase());
    let source = error.metadata.as_ref().map(|metadata| match &metadata.source {
        Some(source) => source.to_string(),
        None if metadata.name.contains("environment") => variable,
        None => metadata.name.to_string(),
    });
    match (path.is_empty(), source) {
        (true, source) => ConfigError { setting: source.unwrap_or_else(|| "?".to_owned()), problem },
        (false, None) => ConfigError { setting: path.join("."), problem },
        (false, Some(source)) => {
            ConfigError { setting: path.join("."), problem: format!("{problem} (from {source})") }
        }
    }
}

/// What a type of ours is called by those who do not read the source.
fn for_people(expected: &str) -> String {
    let named = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list, as in [\"one\", \"two\"]",
        text if text.starts_with("struct ") => "a group of settings",
        text => text,
    };
    named.to_owned()
}

/// The error of a value's own parser, or of the file's, in one line: what comes between is the text of the file.
fn in_its_own_words(text: &str) -> String {
    if text == "invalid IP address syntax" {
        return "it must be an IP address, as in 127.0.0.1".to_owned();
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(first), Some(last)) => format!("{first}: {last}"),
        (first, _) => first.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        kitchen: Kitchen,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Kitchen {
        cooking: Cooking,
        batch: u32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Cooking {
        Simulated,
        Staff,
    }

    impl Default for Kitchen {
        fn default() -> Self {
            Self { cooking: Cooking::Simulated, batch: 10 }
        }
    }

    impl Check for Settings {
        fn check(&self) -> Result<(), ConfigError> {
            within("kitchen.batch", self.kitchen.batch, 1..=100)
        }
    }

    #[track_caller]
    fn says(text: &str, expected: &str) {
        let line = parse::<Settings>(text).unwrap_err().to_string();
        assert!(line.contains(expected) && !line.contains('\n'), "{line:?} should say {expected:?}");
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_would_be_right() {
        says(
            "[kitchen]\ncookking = \"staff\"",
            "setting kitchen.cookking: there is no such setting; did you mean cooking?",
        );
        says(
            "[kitchen]\ncooking = \"robot\"",
            "setting kitchen.cooking: \"robot\" is not one of simulated, staff",
        );
        says(
            "[kitchen]\nbatch = \"many\"",
            "setting kitchen.batch: it is string \"many\", and must be a whole number, 0 or more",
        );
        says("[kitchen]\nbatch = 0", "setting kitchen.batch: 0 is out of range; it must be 1 to 100");
        says("kitchen = 5", "setting kitchen: it is signed int `5`, and must be a group of settings");
        says("[kitchen", "TOML parse error at line 1, column 9: ");
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let settings: Settings = parse("[kitchen]\ncooking = \"staff\"").unwrap();
        assert_eq!(settings.kitchen, Kitchen { cooking: Cooking::Staff, batch: 10 });
    }
}
