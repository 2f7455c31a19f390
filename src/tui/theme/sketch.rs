//! A theme file as it is written: roles and colours by name, not yet complete.

use std::{collections::BTreeMap, str::FromStr};

use ratatui::style::Color;
use toml::{Table, Value};

use super::Role;

/// What a theme file, laid over the ones it inherits, says. Every value in it is known to lead to a colour.
#[derive(Debug, Clone, Default)]
pub(super) struct Sketch {
    roles: BTreeMap<Role, String>,
    palette: BTreeMap<String, String>,
}

impl Sketch {
    /// Lays `file` over what is here. What makes no sense is left out and told, one complaint each.
    pub(super) fn lay_over(&mut self, file: &Table) -> Vec<String> {
        let mut complaints = Vec::new();
        for key in file.keys().filter(|key| !["inherit", "palette", "roles"].contains(&key.as_str())) {
            complaints.push(format!("unknown key `{key}`: a theme has `inherit`, [palette] and [roles]"));
        }
        // First the palette: roles refer to it.
        for (name, value) in entries(file, "palette", &mut complaints) {
            match value.as_str().filter(|text| parse(text).is_some()) {
                Some(text) => drop(self.palette.insert(name.clone(), text.into())),
                None => complaints.push(format!("palette.{name} = {value} is not a colour{COLORS}")),
            }
        }
        for (name, value) in entries(file, "roles", &mut complaints) {
            let Some(role) = Role::named(name) else {
                let known = Role::ALL.map(Role::name).join(", ");
                complaints.push(format!("unknown role `{name}`: there are {known}"));
                continue;
            };
            match value.as_str().filter(|text| self.color(text).is_some()) {
                Some(text) => drop(self.roles.insert(role, text.into())),
                None => complaints.push(format!("roles.{name} = {value} is not a colour{COLORS}")),
            }
        }
        complaints
    }

    /// The colours of all roles, by their place in [`Role::ALL`]; the terminal's default for what nobody named.
    pub(super) fn colors(&self) -> [Color; Role::ALL.len()] {
        Role::ALL.map(|role| self.roles.get(&role).and_then(|text| self.color(text)).unwrap_or(Color::Reset))
    }

    fn color(&self, text: &str) -> Option<Color> {
        parse(self.palette.get(text).map_or(text, String::as_str))
    }
}

const COLORS: &str =
    ": write a name like `red` or `bright-red`, `default`, a number to 255, `#rrggbb`, or a name from [palette]";

fn entries<'file>(
    file: &'file Table,
    section: &str,
    complaints: &mut Vec<String>,
) -> impl Iterator<Item = (&'file String, &'file Value)> + use<'file> {
    let table = match file.get(section) {
        Some(Value::Table(table)) => Some(table),
        Some(other) => {
            complaints.push(format!("`{section}` is {}, not a table: write [{section}]", other.type_str()));
            None
        }
        None => None,
    };
    table.into_iter().flatten()
}

fn parse(text: &str) -> Option<Color> {
    if text == "default" { Some(Color::Reset) } else { Color::from_str(text).ok() }
}
