//! Enums of which each value has one name on the wire and in storage, read leniently from a newer peer.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, EnumAccess, VariantAccess as _, Visitor},
};

/// An enum whose values have names.
///
/// Clients outlive servers: an open page, a kiosk or a console may read a value that was added after it was built. Every
/// such enum has a variant `Unknown`, which any name that is not in its table reads as, so that the rest of the object
/// stays readable. A variant costs less than a wrapper around each field that a client reads: fields keep their types,
/// and an exhaustive `match` makes each place decide.
///
/// `Unknown` comes from nowhere but a peer: it is not in `ALL`, `parse` (for storage, forms and files) does not return it,
/// and a request that a server reads declares its fields as [`Known`] or with [`known`], which refuse other names.
pub trait Named: Copy + 'static {
    /// Name of the type, for errors.
    const TYPE: &'static str;
    /// Names of all known values.
    const NAMES: &'static [&'static str];
    /// Value that stands for a name of a later version.
    const UNKNOWN: Self;

    /// Returns the value with this name, if this version knows it.
    fn parse(name: &str) -> Option<Self>;
}

/// Declares a [`Named`] enum from its table of names: `Variant = "name",`.
macro_rules! named_enum {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $type {
            $($(#[$variant_doc])* #[cfg_attr(feature = "schema", schemars(rename = $name))] $variant,)*
            /// A value that a later version has added.
            #[cfg_attr(feature = "schema", schemars(skip))]
            Unknown,
        }

        impl $type {
            /// All known values, in their order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Returns the name on the wire and in storage.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown => "unknown",
                }
            }

            /// Returns the value with this name, if this version knows it.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.as_str() == name)
            }
        }

        impl $crate::named::Named for $type {
            const TYPE: &'static str = stringify!($type);
            const NAMES: &'static [&'static str] = &[$($name),*];
            const UNKNOWN: Self = Self::Unknown;

            fn parse(name: &str) -> Option<Self> {
                Self::parse(name)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::named::lenient(from)
            }
        }
    };
}

pub(crate) use named_enum;

/// A value in a request: a name that this version does not know is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<T>(pub T);

impl<'de, T: Named> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::<T, D, true>(from).map(Self)
    }
}

/// Reads a required field of a request: for `#[serde(deserialize_with)]`.
///
/// # Errors
/// The name is not in the table.
pub fn known<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Known::deserialize(from).map(|Known(value)| value)
}

/// Reads an optional field of a request: for `#[serde(deserialize_with)]`.
///
/// # Errors
/// The name is not in the table.
pub fn known_option<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Known<T>>::deserialize(from)?.map(|Known(value)| value))
}

/// Reads any name, those of later versions as [`Named::UNKNOWN`].
pub(crate) fn lenient<'de, T: Named, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    read::<T, D, false>(from)
}

/// Reads a value in the steps and with the errors of serde's own code for unit variants.
fn read<'de, T: Named, D: Deserializer<'de>, const STRICT: bool>(from: D) -> Result<T, D::Error> {
    from.deserialize_enum(T::TYPE, T::NAMES, Value::<T, STRICT>(PhantomData))
}

struct Value<T, const STRICT: bool>(PhantomData<T>);

impl<'de, T: Named, const STRICT: bool> Visitor<'de> for Value<T, STRICT> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "enum {}", T::TYPE)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<T, A::Error> {
        let (value, variant) = data.variant_seed(Name::<T, STRICT>(PhantomData))?;
        variant.unit_variant()?;
        Ok(value)
    }
}

struct Name<T, const STRICT: bool>(PhantomData<T>);

impl<'de, T: Named, const STRICT: bool> DeserializeSeed<'de> for Name<T, STRICT> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl<T: Named, const STRICT: bool> Visitor<'_> for Name<T, STRICT> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variant identifier")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
        match T::parse(name) {
            Some(value) => Ok(value),
            None if STRICT => Err(E::unknown_variant(name, T::NAMES)),
            None => Ok(T::UNKNOWN),
        }
    }
}
