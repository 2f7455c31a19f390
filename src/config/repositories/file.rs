//! The text of `repositories.toml`, read: repositories with where they stand, and what is wrong with them.

use std::{path::PathBuf, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    place::top_of,
    values::{self, Wanted},
};
use crate::{
    config::{Origin, Problem, keys::nearest_of},
    domain::{
        Repository, RepositoryName,
        repository::{Forge, Publish, Review},
    },
};

/// Every key of a repository, as `repositories.toml` explains it.
pub(super) const KEYS: [&str; 19] = [
    "path",
    "url",
    "nickname",
    "tags",
    "roles",
    "fork",
    "base",
    "target",
    "sparse",
    "copy",
    "setup",
    "setup_deadline_s",
    "ports",
    "env",
    "verify",
    "verify_retries",
    "review",
    "publish",
    "forge",
];

/// More ports than anything needs.
const MOST_PORTS: u16 = 100;

/// A repository as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) repository: Repository,
    /// Where it stands.
    pub(super) origin: Origin,
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
}

/// A whole file.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) entries: Vec<Entry>,
    /// What is wrong outside any repository.
    pub(super) problems: Vec<Problem>,
}

/// What paths in the file start from.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The person's home, for `~`.
    pub(super) home: Option<PathBuf>,
    /// Where mirrors lie.
    pub(super) mirrors: PathBuf,
}

/// Reads the file.
///
/// # Errors
/// It is not TOML.
pub(super) fn read(text: &str, origin: impl Fn(usize) -> Origin, places: &Places) -> Result<File, Problem> {
    let at = |offset: usize| origin(1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count());
    let (table, errors) = DeTable::parse_recoverable(text);
    if let Some(error) = errors.first() {
        let what = format!("this is not TOML: {}", error.message().replace('\n', ", "));
        return Err(Problem { origin: at(error.span().map_or(0, |span| span.start)), what });
    }
    let mut file = File::default();
    for (key, value) in table.get_ref() {
        let mut wrong = |offset, what| file.problems.push(Problem { origin: at(offset), what });
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("repository", DeValue::Table(repositories)) => {
                for (name, value) in repositories {
                    match (name.get_ref().parse::<RepositoryName>(), value.get_ref()) {
                        (Ok(parsed), DeValue::Table(table)) => {
                            let repository = Repository::at(parsed, PathBuf::new());
                            let reading = Reading { at: &at, places, repository, problems: Vec::new() };
                            file.entries.push(reading.entry(name.span().start, table));
                        }
                        (Err(error), _) => wrong(name.span().start, error.to_string()),
                        (Ok(name), _) => wrong(value.span().start, format!("`repository.{name}` is a section")),
                    }
                }
            }
            ("repository", _) => wrong(key.span().start, "each repository is a section: [repository.NAME]".into()),
            (other, _) => {
                wrong(key.span().start, format!("there is no key `{other}`; the nearest one is `repository`"));
            }
        }
    }
    say_what_is_there_twice(&mut file.entries);
    Ok(file)
}

/// One repository's section while it is read.
struct Reading<'a, At> {
    at: &'a At,
    places: &'a Places,
    repository: Repository,
    problems: Vec<Problem>,
}

impl<At: Fn(usize) -> Origin> Reading<'_, At> {
    fn entry(mut self, start: usize, table: &DeTable<'_>) -> Entry {
        let (mut path, mut url) = (None, None);
        for (key, value) in table {
            let at = key.span().start;
            match key.get_ref().as_ref() {
                "path" => path = self.take(at, key.get_ref(), self.path(value.get_ref())),
                "url" => url = self.take(at, key.get_ref(), values::remote(value.get_ref())),
                other => self.set(at, other, value),
            }
        }
        let name = self.repository.name.clone();
        match (path, url) {
            (Some(path), None) => self.repository.folder = top_of(&path).unwrap_or(path),
            (None, Some(url)) => {
                self.repository.folder = self.places.mirrors.join(format!("{name}.git"));
                self.repository.url = Some(url);
            }
            (Some(_), Some(_)) => {
                self.wrong(start, format!("`{name}` has both a `path` and a `url`: give one of them"))
            }
            // What is wrong with the one that stands there is said.
            (None, None) if table.contains_key("path") || table.contains_key("url") => {}
            (None, None) => self.wrong(start, format!("`{name}` has neither a `path` nor a `url`")),
        }
        if self.repository.url.is_some() && !self.repository.setup.copy.is_empty() {
            self.wrong(start, format!("`{name}` has a `url`, so there is no checkout of yours to `copy` from"));
        }
        if !self.problems.is_empty() {
            self.repository.publish = Publish::Never;
        }
        Entry { repository: self.repository, origin: (self.at)(start), problems: self.problems }
    }

    fn set(&mut self, at: usize, key: &str, spanned: &Spanned<DeValue<'_>>) {
        let value = spanned.get_ref();
        macro_rules! take {
            ($field:expr, $parsed:expr) => {{
                let parsed = $parsed;
                if let Some(parsed) = self.take(at, key, parsed) {
                    $field = parsed;
                }
            }};
        }
        match key {
            "nickname" => take!(self.repository.nicknames, values::names(value)),
            "tags" => take!(self.repository.tags, values::texts(value)),
            "roles" => take!(self.repository.roles, values::texts(value)),
            "fork" => take!(self.repository.fork, values::remote(value).map(Some)),
            "base" => take!(self.repository.base, values::reference(value).map(Some)),
            "target" => take!(self.repository.target, values::target(value).map(Some)),
            "sparse" => take!(self.repository.sparse, values::inner_paths(value).map(as_texts)),
            "copy" => take!(self.repository.setup.copy, values::inner_paths(value)),
            "setup" => take!(self.repository.setup.commands, values::commands(value)),
            "setup_deadline_s" => {
                let seconds = values::whole(value, 1, 86_400).map(u64::from);
                take!(self.repository.setup.deadline, seconds.map(Duration::from_secs));
            }
            "ports" => {
                let ports = values::whole(value, 0, u32::from(MOST_PORTS));
                take!(self.repository.setup.ports, ports.map(|ports| u16::try_from(ports).unwrap_or(MOST_PORTS)));
            }
            "env" => take!(self.repository.setup.environment, values::variables(value)),
            "verify" => take!(self.repository.verify.commands, values::commands(value)),
            "verify_retries" => take!(self.repository.verify.retries, values::whole(value, 0, 20)),
            "review" => take!(self.repository.review, values::review(value).map(|agent| Some(Review { agent }))),
            "publish" => take!(self.repository.publish, values::one_of(value, Publish::ALL, Publish::label)),
            "forge" => take!(self.repository.forge, values::one_of(value, Forge::ALL, Forge::label)),
            unknown => {
                let name = &self.repository.name;
                let nearest = nearest_of(unknown, KEYS.iter().copied()).map_or_else(
                    || format!("there are {}", KEYS.join(", ")),
                    |near| format!("the nearest one is `{near}`"),
                );
                self.wrong(at, format!("there is no key `{unknown}` of the repository `{name}`; {nearest}"));
            }
        }
    }

    /// The value, or a problem instead.
    fn take<T>(&mut self, at: usize, key: &str, parsed: Result<T, Wanted>) -> Option<T> {
        let wanted = match parsed {
            Ok(value) => return Some(value),
            Err(wanted) => wanted,
        };
        self.wrong(at, format!("`{key}` of the repository `{}` wants {wanted}", self.repository.name));
        None
    }

    fn wrong(&mut self, at: usize, what: String) {
        self.problems.push(Problem { origin: (self.at)(at), what });
    }

    fn path(&self, value: &DeValue<'_>) -> Result<PathBuf, Wanted> {
        let wanted = || "an absolute path, or one that starts with `~/`".to_owned();
        let text = values::text(value).map_err(|_| wanted())?;
        let path = match (text.strip_prefix("~/"), &self.places.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        if path.is_absolute() { Ok(path) } else { Err(wanted()) }
    }
}

fn as_texts(paths: Vec<PathBuf>) -> Vec<String> {
    paths.into_iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

/// A name must mean one repository, and a folder be meant by one name.
fn say_what_is_there_twice(entries: &mut [Entry]) {
    let mut folders: Vec<(PathBuf, RepositoryName)> = Vec::new();
    let mut names: Vec<(RepositoryName, RepositoryName)> =
        entries.iter().map(|entry| (entry.repository.name.clone(), entry.repository.name.clone())).collect();
    for Entry { repository, origin, problems } in entries {
        let mut wrong = |what| problems.push(Problem { origin: origin.clone(), what });
        let name = &repository.name;
        let folder = &repository.folder;
        match folders.iter().find(|(taken, _)| taken == folder && !folder.as_os_str().is_empty()) {
            Some((_, other)) => wrong(format!("`{name}` and `{other}` are one repository, {}", folder.display())),
            None => folders.push((folder.clone(), name.clone())),
        }
        for nickname in &repository.nicknames {
            match names.iter().find(|(taken, _)| taken == nickname) {
                Some((_, other)) => wrong(format!("`{nickname}` is to mean both `{other}` and `{name}`")),
                None => names.push((nickname.clone(), name.clone())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Result<File, Problem> {
        let places = Places { home: Some("/home/me".into()), mirrors: "/state/mirrors".into() };
        super::read(text, |line| Origin::User { file: "repositories.toml".into(), line }, &places)
    }

    fn problems(text: &str) -> Vec<String> {
        let file = read(text).expect("TOML");
        let all = file.problems.iter().chain(file.entries.iter().flat_map(|entry| &entry.problems));
        all.map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_names_every_key_and_is_right() {
        let example = super::super::EXAMPLE;
        assert_eq!(read(example).expect("TOML").entries, [], "it sets nothing by itself");
        let lines = example.lines().skip_while(|line| !line.starts_with("# ["));
        let text: Vec<&str> = lines.map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
        for key in KEYS {
            assert!(text.iter().any(|line| line.starts_with(&format!("{key} = "))), "{key} is not in the example");
        }
        // A repository is at one place only.
        let text = text.into_iter().filter(|line| !line.starts_with("url")).collect::<Vec<_>>().join("\n");
        assert_eq!(problems(&text), [""; 0]);
        let file = read(&text).expect("TOML");
        let api = &file.entries[0].repository;
        assert_eq!(api.folder, Path::new("/home/me/src/api"));
        assert_eq!(api.setup.commands, [["npm", "ci"].as_slice(), &["npm", "run", "generate"]]);
        assert_eq!(api.setup.environment["ADMIN_PORT"], "{port+1}");
        assert_eq!(api.review, Some(Review { agent: "codex".parse().expect("a name") }));
        let same = Repository { verify: api.verify.clone(), ..Repository::at(api.name.clone(), "/".into()) };
        assert_eq!(same.setup.deadline, api.setup.deadline, "the example shows what counts without it");
        assert_eq!((same.verify.retries, same.publish, same.forge), (api.verify.retries, api.publish, api.forge));
    }

    #[test]
    fn a_problem_names_the_line_and_what_would_be_right() {
        for (line, expected) in [
            ("verfy = []", "there is no key `verfy` of the repository `a`; the nearest one is `verify`"),
            (
                "setup = 'npm ci'",
                "`setup` of the repository `a` wants a list of a program and its arguments such as [\"npm\", \"ci\"], or a list of such lists; no shell reads it",
            ),
            ("verify = [['a'], 'b']", "`verify` of the repository `a` wants a list of a program"),
            ("verify = [[]]", "`verify` of the repository `a` wants a list of a program"),
            (
                "copy = ['../secret']",
                "`copy` of the repository `a` wants relative paths inside the repository, without `..` and `.git`",
            ),
            ("copy = ['/etc/passwd']", "`copy` of the repository `a` wants relative paths"),
            ("copy = ['.git/config']", "`copy` of the repository `a` wants relative paths"),
            ("copy = ['.']", "`copy` of the repository `a` wants relative paths"),
            ("ports = 1000", "`ports` of the repository `a` wants a whole number from 0 to 100"),
            ("publish = 'yes'", "`publish` of the repository `a` wants one of ask, agents, never"),
            ("review = 'codex'", "`review` of the repository `a` wants { agent = \"NAME\" }"),
            ("env = { QD_TOKEN = 'x' }", "`env` of the repository `a` wants variables"),
            ("fork = '--upload-pack=x'", "`fork` of the repository `a` wants a URL"),
            ("base = '--all'", "`base` of the repository `a` wants a branch, tag or commit"),
            ("nickname = 'A B'", "`nickname` of the repository `a` wants something else: \"A B\" is not"),
        ] {
            let text = format!("[repository.a]\npath = '/a'\n{line}\n");
            let found = problems(&text);
            assert_eq!(found.len(), 1, "{line}: {found:?}");
            assert!(found[0].starts_with(&format!("repositories.toml:3: {expected}")), "{line}: {}", found[0]);
        }
        for (text, expected) in [
            ("[repository.a]\n", "repositories.toml:1: `a` has neither a `path` nor a `url`"),
            (
                "\n[repository.a]\npath = 'src'",
                "repositories.toml:3: `path` of the repository `a` wants an absolute path",
            ),
            ("[repository.a]\npath = '/a'\nurl = 'u'", "repositories.toml:1: `a` has both a `path` and a `url`"),
            (
                "[repositories.a]\npath = '/a'",
                "repositories.toml:1: there is no key `repositories`; the nearest one is `repository`",
            ),
            ("[repository.'A b']\npath = '/a'", "repositories.toml:1: \"A b\" is not a repository's name"),
            ("[repository]\npath = '/a'", "repositories.toml:2: `repository.path` is a section"),
            (
                "[repository.a]\npath='/a'\n[repository.b]\npath='/a'",
                "repositories.toml:3: `b` and `a` are one repository, /a",
            ),
            (
                "[repository.a]\npath='/a'\nnickname='b'\n[repository.b]\npath='/b'",
                "repositories.toml:1: `b` is to mean both `b` and `a`",
            ),
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with(expected), "{text}: {}", found[0]);
        }
        assert!(
            read("[repository.a]\nthis is no line\n")
                .expect_err("not TOML")
                .to_string()
                .starts_with("repositories.toml:2: this is not TOML")
        );
    }

    #[test]
    fn what_is_wrong_with_one_repository_costs_only_it_and_lets_nothing_of_it_out() {
        let file = read("[repository.a]\npath='/a'\npublsh='never'\n[repository.b]\nurl='git@host:b'\n").expect("TOML");
        let [a, b] = file.entries.as_slice() else { panic!("{file:?}") };
        assert_eq!((a.repository.publish, a.problems.len()), (Publish::Never, 1));
        assert_eq!((b.repository.publish, b.problems.len()), (Publish::Ask, 0));
        assert_eq!(b.repository.folder, Path::new("/state/mirrors/b.git"));
    }
}
