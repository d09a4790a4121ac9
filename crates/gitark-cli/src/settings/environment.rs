//! What variables set.

use std::ffi::OsString;

use super::{
    layer::{Entry, Layer, Origin},
    sections::nearest,
    setting::Setting,
    tree::Tree,
    value::Value,
};

/// Asks for a variable by its name.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What variables set of these settings. An empty variable counts as none.
pub(super) fn layer(settings: &[Setting], environment: Environment<'_>) -> Result<Layer, String> {
    let mut layer = Layer::new();
    for setting in settings {
        let filled = |name: &&String| environment(name).is_some_and(|text| !text.is_empty());
        let Some(name) = setting.variables.iter().find(filled) else { continue };
        let text = environment(name).unwrap_or_default();
        let value = Value::of_variable(setting, &text).map_err(|expected| {
            let text = if setting.is_secret { "its value".into() } else { format!("{text:?}") };
            format!("{name}: {text} is no value for it; {expected}")
        })?;
        layer.push(Entry { id: setting.id.clone(), value, origin: Origin::Variable(name.clone()) });
    }
    Ok(layer)
}

/// Variables that look like gitark's and set nothing, each with the nearest one that does.
pub(crate) fn unknown_variables(names: impl Iterator<Item = String>, tree: &Tree) -> Vec<(String, Option<String>)> {
    let commands = tree.commands_with_settings();
    let known: Vec<String> = commands.flat_map(|name| tree.settings(name)).flat_map(|one| one.variables).collect();
    let own = names.filter(|name| name.starts_with("GITARK_") && !known.contains(name));
    own.map(|name| {
        let near = nearest(&name, known.iter().map(String::as_str)).map(str::to_owned);
        (name, near)
    })
    .collect()
}
