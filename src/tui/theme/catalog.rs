//! The themes there are: the built-in ones and the person's own.

use std::{fmt, fs, io, path::Path};

use ratatui::style::Color;
use toml::{Table, Value};

use super::{Role, sketch::Sketch};

/// A complete theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    colors: [Color; Role::ALL.len()],
}

impl Theme {
    /// What the person calls it: the name of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The colour of a role.
    pub fn color(&self, role: Role) -> Color {
        self.colors[role as usize]
    }
}

/// Something that is wrong with a theme, in words for the person. Nothing fails because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Which file, or which setting.
    pub place: String,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// All themes, in the order in which they are switched through: the built-in ones, then the person's by name.
#[derive(Debug, Clone)]
pub struct Themes {
    themes: Vec<Theme>,
    warnings: Vec<Warning>,
}

const BUILT_IN: [(&str, &str); 7] = [
    (Themes::DEFAULT, include_str!("../../../themes/terminal.toml")),
    ("catppuccin-mocha", include_str!("../../../themes/catppuccin-mocha.toml")),
    ("catppuccin-latte", include_str!("../../../themes/catppuccin-latte.toml")),
    ("gruvbox-dark", include_str!("../../../themes/gruvbox-dark.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("tokyo-night", include_str!("../../../themes/tokyo-night.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
];

impl Themes {
    /// The theme that is used where none is named, and the one whose roles others fall back to.
    pub const DEFAULT: &str = "terminal";

    /// The built-in themes and those in `folder`, which need not exist. A file there with the name of a built-in theme
    /// replaces it, and may inherit it.
    pub fn load(folder: &Path) -> Self {
        let mut warnings = Vec::new();
        let mut sources: Vec<Source> = BUILT_IN.iter().filter_map(|(name, text)| built_in(name, text)).collect();
        sources.extend(read_folder(folder, &mut warnings));
        let themes = names(&sources).into_iter().map(|name| finish(name, &sources, &mut warnings)).collect();
        Self { themes, warnings }
    }

    /// The built-in themes alone.
    pub fn built_in() -> Self {
        Self::load(Path::new(""))
    }

    /// What is wrong with the person's files.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.themes.iter().map(Theme::name)
    }

    /// The theme called `name`.
    pub fn find(&self, name: &str) -> Option<&Theme> {
        self.themes.iter().find(|theme| theme.name == name)
    }

    /// The theme called `name`, or the default one and why.
    pub fn choose(&self, name: &str) -> (&Theme, Option<Warning>) {
        if let Some(theme) = self.find(name) {
            return (theme, None);
        }
        let known = self.names().collect::<Vec<_>>().join(", ");
        let warning = Warning { place: "theme".into(), what: format!("there is no theme `{name}`; there are {known}") };
        (&self.themes[0], Some(warning))
    }

    /// The theme after the one called `name`, round and round.
    pub fn next(&self, name: &str) -> &Theme {
        &self.themes[(self.place(name) + 1) % self.themes.len()]
    }

    /// The theme before the one called `name`, round and round.
    pub fn previous(&self, name: &str) -> &Theme {
        &self.themes[(self.place(name) + self.themes.len() - 1) % self.themes.len()]
    }

    fn place(&self, name: &str) -> usize {
        self.themes.iter().position(|theme| theme.name == name).unwrap_or(0)
    }
}

/// A theme file that could be read.
struct Source {
    name: String,
    place: String,
    table: Table,
}

fn built_in(name: &str, text: &str) -> Option<Source> {
    // That none of them is left out is what a test of this file is about.
    Some(Source { name: name.into(), place: format!("built-in theme {name}"), table: text.parse().ok()? })
}

fn read_folder(folder: &Path, warnings: &mut Vec<Warning>) -> Vec<Source> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let what = format!("the themes in this folder can't be read: {error}");
            warnings.push(Warning { place: folder.display().to_string(), what });
            return Vec::new();
        }
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let place = path.display().to_string();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            warnings.push(Warning { place, what: "the theme is left out: its name is not UTF-8".into() });
            continue;
        };
        let text = fs::read_to_string(&path).map_err(|error| error.to_string());
        match text.and_then(|text| text.parse().map_err(|error: toml::de::Error| error.to_string())) {
            Ok(table) => sources.push(Source { name: name.into(), place, table }),
            Err(error) => {
                warnings.push(Warning { place, what: format!("the theme is left out: {}", error.trim_end()) })
            }
        }
    }
    sources
}

fn names(sources: &[Source]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for source in sources {
        if !names.contains(&source.name.as_str()) {
            names.push(&source.name);
        }
    }
    names
}

fn finish(name: &str, sources: &[Source], warnings: &mut Vec<Warning>) -> Theme {
    let mut sketch = Sketch::default();
    for source in lineage(name, sources, warnings) {
        for what in sketch.lay_over(&source.table) {
            warn_once(warnings, &source.place, what);
        }
    }
    Theme { name: name.into(), colors: sketch.colors() }
}

/// The files that make up the theme called `name`, the one that all rest on first.
fn lineage<'a>(name: &'a str, sources: &'a [Source], warnings: &mut Vec<Warning>) -> Vec<&'a Source> {
    let mut left: Vec<&Source> = sources.iter().collect();
    let mut lineage: Vec<&Source> = Vec::new();
    let mut wanted = Some(name);
    while let Some(name) = wanted {
        // The person's files come last and win; one that inherits its own name inherits the built-in one.
        if let Some(place) = left.iter().rposition(|source| source.name == name) {
            let source = left.remove(place);
            lineage.push(source);
            wanted = source.table.get("inherit").and_then(Value::as_str);
            continue;
        }
        if let Some(source) = lineage.last() {
            let what = format!("it inherits `{name}`, which does not exist or inherits this theme; ignored");
            warn_once(warnings, &source.place, what);
        }
        break;
    }
    lineage.extend(sources.first());
    lineage.reverse();
    lineage
}

/// Two themes that inherit the same file find the same things wrong with it.
fn warn_once(warnings: &mut Vec<Warning>, place: &str, what: String) {
    let warning = Warning { place: place.into(), what };
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::contrast;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    #[test]
    fn every_built_in_theme_is_there_and_sound() {
        let themes = Themes::built_in();
        assert_eq!(themes.names().collect::<Vec<_>>(), BUILT_IN.map(|(name, _)| name));
        assert_eq!(themes.warnings(), []);
        let on_disk = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/themes")).expect("the themes").count();
        assert_eq!(on_disk, BUILT_IN.len(), "a file in themes/ is not built in");
    }

    #[test]
    fn every_colour_can_be_read_on_its_background() {
        for theme in Themes::built_in().themes.iter().filter(|theme| theme.name != Themes::DEFAULT) {
            let high = theme.name == "high-contrast";
            for role in Role::ALL {
                let (ground, least) = match role {
                    Role::Background | Role::SelectionBackground => continue,
                    Role::SelectionText => (Role::SelectionBackground, if high { 7.0 } else { 4.5 }),
                    Role::Text => (Role::Background, if high { 7.0 } else { 4.5 }),
                    // A line between two things says nothing that their places do not say.
                    Role::Border => (Role::Background, if high { 7.0 } else { 2.0 }),
                    Role::Dim
                    | Role::Accent
                    | Role::BorderFocused
                    | Role::KeyHint
                    | Role::Working
                    | Role::YourTurn
                    | Role::Asking
                    | Role::Retrying
                    | Role::Waiting
                    | Role::Succeeded
                    | Role::Failed
                    | Role::Warning
                    | Role::Error => (Role::Background, if high { 7.0 } else { 3.0 }),
                };
                let contrast = contrast::ratio(theme.color(role), theme.color(ground)).expect("24-bit colours");
                assert!(contrast >= least, "{}: {} has {contrast:.2}, not {least}", theme.name, role.name());
            }
        }
    }

    #[test]
    fn the_persons_theme_inherits_and_overrides() {
        let folder = folder(&[
            ("mine.toml", "inherit = 'nord'\n[palette]\nred = '#ff0000'\n[roles]\naccent = '208'"),
            ("nord.toml", "inherit = 'nord'\n[roles]\ndim = 'white'"),
        ]);
        let themes = Themes::load(folder.path());
        assert_eq!(themes.warnings(), []);
        let mine = themes.find("mine").expect("listed");
        assert_eq!(mine.color(Role::Failed), Color::Rgb(255, 0, 0), "an inherited role follows the palette");
        assert_eq!(mine.color(Role::Accent), Color::Indexed(208));
        assert_eq!(mine.color(Role::Dim), Color::White, "the person's nord is the nord that is inherited");
        assert_eq!(mine.color(Role::Background), Color::Rgb(0x2e, 0x34, 0x40));
        assert_eq!(themes.names().filter(|name| *name == "nord").count(), 1);
    }

    #[test]
    fn what_is_wrong_in_a_theme_is_told_and_the_rest_works() {
        let folder = folder(&[(
            "odd.toml",
            "inherit = 'nord'\ncolour = 1\npalette = 3\n[roles]\ntext = 'reddish'\nheading = 'red'\nerror = 7\naccent = 'cyan'",
        )]);
        let themes = Themes::load(folder.path());
        let odd = themes.find("odd").expect("listed");
        assert_eq!(odd.color(Role::Accent), Color::Cyan);
        assert_eq!(odd.color(Role::Text), Color::Rgb(0xd8, 0xde, 0xe9), "a bad colour leaves the inherited one");
        let told = themes.warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for name in ["`colour`", "`palette` is", "roles.text", "`heading`", "roles.error"] {
            assert!(told.contains(name), "{name} is missing in\n{told}");
        }
        assert_eq!(themes.warnings().len(), 5);
    }

    #[test]
    fn a_circle_and_a_missing_ancestor_are_told() {
        let folder = folder(&[
            ("a.toml", "inherit = 'b'\n[roles]\naccent = 'red'"),
            ("b.toml", "inherit = 'a'\n[roles]\ndim = 'blue'"),
            ("c.toml", "inherit = 'nowhere'"),
            ("broken.toml", "roles = ["),
        ]);
        let themes = Themes::load(folder.path());
        let a = themes.find("a").expect("listed");
        assert_eq!((a.color(Role::Accent), a.color(Role::Dim)), (Color::Red, Color::Blue));
        assert_eq!(themes.find("c").map(|theme| theme.color(Role::Failed)), Some(Color::Red));
        assert!(themes.find("broken").is_none());
        let places: Vec<_> = themes.warnings().iter().filter_map(|warning| warning.place.rsplit('/').next()).collect();
        assert!(places.contains(&"c.toml") && places.contains(&"broken.toml"), "{places:?}");
        assert!(places.contains(&"a.toml") || places.contains(&"b.toml"), "{places:?}");
    }

    #[test]
    fn switching_goes_round() {
        let themes = Themes::built_in();
        assert_eq!(themes.next("terminal").name(), "catppuccin-mocha");
        assert_eq!(themes.previous("terminal").name(), "high-contrast");
        assert_eq!(themes.next("high-contrast").name(), "terminal");
        let (theme, warning) = themes.choose("nowhere");
        assert_eq!(theme.name(), Themes::DEFAULT);
        assert!(warning.is_some_and(|warning| warning.to_string().contains("nord")));
    }
}
