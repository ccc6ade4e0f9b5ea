//! JSON objects that are read from objects only. Serde also reads a structure from a list, field after field in the order
//! of the source; requests must not depend on that order.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A value that is read from a JSON object and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
            }
        }
        from.deserialize_map(Fields(PhantomData))
    }
}

/// Reads a list of objects, for `#[serde(deserialize_with)]`.
pub(crate) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(from)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Line, PlaceOrder};

    #[test]
    fn a_list_of_fields_is_no_object() {
        let read = serde_json::from_str::<Object<Line>>;
        assert_eq!(read(r#"{"itemId":"burger","quantity":2}"#).unwrap().0.quantity.get(), 2);
        for text in [r#"["burger",2]"#, "[]", "null", "\"burger\"", "7"] {
            let error = read(text).unwrap_err();
            assert!(error.is_data() && error.to_string().contains("expected an object"), "{text}: {error}");
        }
        assert!(serde_json::from_str::<PlaceOrder>(r#"{"lines":[["burger",2]]}"#).is_err());
    }
}
