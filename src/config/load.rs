//! From five places to one configuration.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    Config, Key, Origin, Paths, Problem,
    layer::{self, Entry, Value},
};

/// The name of a repository's own file, at its top.
pub const PROJECT_FILE: &str = ".quarterdeck.toml";

const DEFAULTS: &str = include_str!("default.toml");

/// No honest file of settings is larger, in bytes.
const FILE_BYTES: u64 = 256 << 10;

/// Where settings are looked for.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The person's file; it need not exist.
    pub user_file: PathBuf,
    /// The top of the repository the work is about.
    pub repository: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Settings of the command line, each as the flag that was given, the key and the value.
    pub flags: Vec<(String, String, String)>,
}

impl Sources {
    /// The person's file and this process's environment.
    pub fn new(paths: &Paths) -> Self {
        let environment =
            std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        Self { user_file: paths.config_file(), repository: None, environment: environment.collect(), flags: Vec::new() }
    }

    /// The same, with the settings of the repository whose top folder is `top`.
    #[must_use]
    pub fn repository(mut self, top: &Path) -> Self {
        self.repository = Some(top.into());
        self
    }
}

/// A whole configuration, with what was wrong on the way to it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What counts.
    pub config: Config,
    /// What does not count, and why.
    pub problems: Vec<Problem>,
    values: BTreeMap<String, (Value, Origin)>,
}

impl Loaded {
    /// Every setting in alphabetical order: its key, its value as TOML, and where that comes from.
    pub fn values(&self) -> impl Iterator<Item = (&str, toml::Value, &Origin)> {
        self.values.iter().map(|(name, (value, origin))| (name.as_str(), value.clone().into_toml(), origin))
    }
}

/// Looks in every place. What is wrong costs only itself.
pub fn load(sources: &Sources) -> Loaded {
    let mut problems = Vec::new();
    let mut entries = defaults();
    let user = |line| Origin::User { file: sources.user_file.clone(), line };
    entries.extend(file(&sources.user_file, user, &mut problems));
    if let Some(top) = &sources.repository {
        let path = top.join(PROJECT_FILE);
        let project = |line| Origin::Project { file: path.clone(), line };
        let (fit, unfit) = file(&path, project, &mut problems).into_iter().partition::<Vec<_>, _>(from_repository);
        entries.extend(fit);
        problems.extend(unfit.into_iter().map(not_from_repository));
    }
    for found in environment(&sources.environment).chain(flags(&sources.flags)) {
        match found {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    let mut values = BTreeMap::new();
    for Entry { name, value, origin } in entries {
        values.insert(name, (value, origin));
    }
    let config = assemble(&values);
    Loaded { config, problems, values }
}

impl Default for Config {
    /// What counts when nobody says otherwise.
    fn default() -> Self {
        let values = defaults().into_iter().map(|entry| (entry.name, (entry.value, entry.origin)));
        assemble(&values.collect())
    }
}

fn defaults() -> Vec<Entry> {
    let (entries, problems) = layer::read(DEFAULTS, |_| Origin::Default);
    debug_assert!(problems.is_empty(), "{problems:?}");
    entries
}

fn file(path: &Path, origin: impl Fn(usize) -> Origin, problems: &mut Vec<Problem>) -> Vec<Entry> {
    match text(path) {
        Ok(Some(text)) => {
            let (entries, wrong) = layer::read(&text, origin);
            problems.extend(wrong);
            entries
        }
        Ok(None) => Vec::new(),
        Err(error) => {
            problems.push(Problem { origin: origin(1), what: format!("cannot be read: {error}") });
            Vec::new()
        }
    }
}

/// The text of a file; `None` where there is none. Anything but a plain file of a sensible size is refused, for a
/// repository could hold a pipe or a device under that name.
pub(super) fn text(path: &Path) -> io::Result<Option<String>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a plain file")),
        Ok(found) if found.len() > FILE_BYTES => return Err(io::Error::other("it is larger than 256 KiB")),
        Ok(_) => {}
    }
    let mut text = String::new();
    fs::File::open(path)?.take(FILE_BYTES).read_to_string(&mut text)?;
    Ok(Some(text))
}

fn from_repository(entry: &Entry) -> bool {
    Key::named(&entry.name).is_some_and(|key| key.from_repository)
}

fn not_from_repository(entry: Entry) -> Problem {
    let allowed: Vec<_> = Key::ALL.iter().filter(|key| key.from_repository).map(|key| key.name).collect();
    let what = format!(
        "a repository may not set `{}`, because whoever can commit to it would decide for you; it may set {}; put the \
         rest into your own config.toml",
        entry.name,
        allowed.join(", ")
    );
    Problem { origin: entry.origin, what }
}

/// The longer name of a variable wins over the short one.
fn environment(variables: &[(String, String)]) -> impl Iterator<Item = Result<Entry, Problem>> {
    let find = |name: &str| variables.iter().find(|(variable, value)| variable == name && !value.is_empty());
    Key::ALL.iter().filter_map(move |key| {
        let (variable, text) = key.variable().and_then(|name| find(&name)).or_else(|| find(key.short_variable?))?;
        Some(layer::parse(key.name, text, Origin::Environment { variable: variable.clone() }))
    })
}

fn flags(flags: &[(String, String, String)]) -> impl Iterator<Item = Result<Entry, Problem>> {
    flags.iter().map(|(flag, name, text)| layer::parse(name, text, Origin::Flag { flag: flag.clone() }))
}

/// Each value was checked against its key, and the defaults have them all.
fn assemble(values: &BTreeMap<String, (Value, Origin)>) -> Config {
    let mut table = toml::Table::new();
    for (name, (value, _)) in values {
        let Some((section, key)) = name.split_once('.') else { continue };
        let mut section = table.entry(section).or_insert_with(|| toml::Table::new().into());
        let mut last = key;
        // Of a key with any name in it, that name is a table of its own.
        if let Some((any, key)) = key.rsplit_once('.') {
            let any = any.trim_matches('"').to_owned();
            let toml::Value::Table(outer) = section else { continue };
            section = outer.entry(any).or_insert_with(|| toml::Table::new().into());
            last = key;
        }
        if let toml::Value::Table(section) = section {
            section.insert(last.into(), value.clone().into_toml());
        }
    }
    table.try_into().expect("every key of `Config` is in `default.toml`, and every value was checked")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        sources: Sources,
    }

    fn place(user: &str, project: &str) -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let user_file = folder.path().join("config.toml");
        fs::write(&user_file, user).expect("written");
        fs::write(folder.path().join(PROJECT_FILE), project).expect("written");
        let repository = Some(folder.path().into());
        Place { folder, sources: Sources { user_file, repository, environment: Vec::new(), flags: Vec::new() } }
    }

    fn origin_of(loaded: &Loaded, key: &str) -> String {
        loaded.values().find(|(name, ..)| *name == key).expect("the key").2.to_string()
    }

    #[test]
    fn the_defaults_name_every_key_and_break_none_of_their_own_rules() {
        let (entries, problems) = layer::read(DEFAULTS, |_| Origin::Default);
        assert_eq!(problems, []);
        let named: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let known: Vec<_> = Key::ALL.iter().map(|key| key.name).filter(|name| !name.contains('*')).collect();
        let named: Vec<_> = named.into_iter().filter(|name| !name.starts_with("prices.")).collect();
        for name in &known {
            assert!(named.contains(name), "{name} is not in default.toml");
        }
        assert_eq!(named.len(), known.len());
        assert_eq!(Config::default().caps.sessions, 50);
    }

    #[test]
    fn the_last_place_that_has_a_setting_wins_and_is_named() {
        let mut place = place("workspace.base = 'mine'\ndashboard.theme = 'nord'\n", "workspace.base = 'develop'\n");
        let loaded = load(&place.sources);
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.config.workspace.base.as_deref(), Some("develop"));
        assert!(origin_of(&loaded, "workspace.base").ends_with(".quarterdeck.toml:1"));
        assert!(origin_of(&loaded, "dashboard.theme").ends_with("config.toml:2"));
        assert_eq!(origin_of(&loaded, "caps.sessions"), "default");

        place.sources.environment =
            vec![("QD_THEME".into(), "gruvbox-dark".into()), ("QD_CAPS_SESSIONS".into(), "7".into())];
        place.sources.flags = vec![("--set caps.sessions=8".into(), "caps.sessions".into(), "8".into())];
        let loaded = load(&place.sources);
        assert_eq!(loaded.config.dashboard.theme, "gruvbox-dark");
        assert_eq!(origin_of(&loaded, "dashboard.theme"), "QD_THEME in the environment");
        assert_eq!(loaded.config.caps.sessions, 8);
        assert_eq!(origin_of(&loaded, "caps.sessions"), "--set caps.sessions=8");
    }

    #[test]
    fn a_repository_cannot_choose_the_program_that_gets_the_prompt() {
        let place = place("", "[agent]\ndefault = 'shell'\n[keys]\ncancel = ['j']\n");
        let loaded = load(&place.sources);
        assert_eq!(loaded.config, Config::default());
        assert_eq!(loaded.problems.len(), 2);
        assert!(loaded.problems[0].to_string().contains("a repository may not set `agent.default`"));
    }

    #[test]
    fn a_broken_file_leaves_the_defaults_and_is_said() {
        let place = place("this is = = broken\n", "");
        let loaded = load(&place.sources);
        assert_eq!(loaded.config, Config::default());
        assert_eq!(loaded.problems.len(), 1);
    }

    #[test]
    fn what_is_no_plain_file_is_not_read() {
        let place = place("", "");
        let path = place.folder.path().join(PROJECT_FILE);
        fs::remove_file(&path).expect("removed");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        let loaded = load(&place.sources);
        assert!(loaded.problems[0].to_string().contains("not a plain file"), "{:?}", loaded.problems);
    }

    #[test]
    fn a_price_is_named_by_the_beginning_of_a_models_name_whatever_is_in_it() {
        let place = place("[prices.'gpt-9.1']\ninput = 2\noutput = 10.5\n[prices.claude-opus]\ninput = 4\n", "");
        let loaded = load(&place.sources);
        assert_eq!(loaded.problems, []);
        let price = |model| loaded.config.prices.of(model).expect("a price");
        assert_eq!((price("gpt-9.1-mini").input, price("gpt-9.1-mini").output), (2_000_000, 10_500_000));
        assert_eq!((price("gpt-9.1").cache_read, price("claude-opus-5").input), (0, 4_000_000));
        assert_eq!(price("claude-opus-5").output, 25_000_000, "what is not said stays as it was");
        let wrong = self::place("[prices.x]\ninput = -1\n[notify]\nquiet = '25:00-7'\ncommand = 'sh -c x'\n", "");
        assert_eq!(load(&wrong.sources).problems.len(), 3);
    }

    #[test]
    fn keys_are_lists_that_replace_an_actions_own() {
        let place = place("[keys]\ncancel = ['x', 'Delete']\n", "");
        let loaded = load(&place.sources);
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.config.keys["cancel"], ["x", "Delete"]);
    }
}
