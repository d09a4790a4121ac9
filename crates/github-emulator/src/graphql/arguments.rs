//! The arguments of a field.

use serde_json::{Map, Value};

use super::value::Failure;

/// The arguments of a field, with the values of variables.
pub(super) struct Arguments<'a> {
    pub(super) field: &'a str,
    pub(super) values: Map<String, Value>,
}

impl Arguments<'_> {
    /// Refuses arguments which the field does not have.
    pub(super) fn only(&self, known: &[&str]) -> Result<&Self, Failure> {
        match self.values.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(self),
            Some(name) => Err(Failure::invalid(
                "argumentNotAccepted",
                format!("Field '{}' doesn't accept argument '{name}'", self.field),
            )),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| self.wrong(name, value))).transpose()
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.get(name).map(|value| value.as_u64().ok_or_else(|| self.wrong(name, value))).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.get(name).map(|value| value.as_bool().ok_or_else(|| self.wrong(name, value))).transpose()
    }

    /// A list of texts; a single one is a list of itself.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let text = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(|| self.wrong(name, value));
        items.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// The field and whether the order is descending, of an argument `orderBy`.
    pub(super) fn order(&self) -> Result<Option<(&str, bool)>, Failure> {
        let Some(order) = self.get("orderBy") else {
            return Ok(None);
        };
        match (order["field"].as_str(), order["direction"].as_str()) {
            (Some(field), Some("ASC")) => Ok(Some((field, false))),
            (Some(field), Some("DESC")) => Ok(Some((field, true))),
            _ => Err(self.wrong("orderBy", order)),
        }
    }

    pub(super) fn missing(&self, name: &str) -> Failure {
        let message = format!("Field '{}' is missing required arguments: {name}", self.field);
        Failure::invalid("missingRequiredArguments", message)
    }

    pub(super) fn wrong(&self, name: &str, value: &Value) -> Failure {
        let message = format!("Argument '{name}' on Field '{}' has an invalid value ({value}).", self.field);
        Failure::invalid("argumentLiteralsIncompatible", message)
    }
}
