//! What runs in a workspace finds in its environment.

use super::{Place, Ports};
use crate::config::environment::{BRANCH, PORT, PORTS, SESSION, WORKSPACE};

/// Ours, and the repository's own with their parts filled in.
pub(super) fn of(place: Place<'_>, ports: Option<Ports>) -> Vec<(String, String)> {
    let path = place.path.to_string_lossy().into_owned();
    let session = place.session.to_string();
    let mut variables = vec![(WORKSPACE.to_owned(), path), (SESSION.to_owned(), session)];
    variables.extend(place.branch.map(|branch| (BRANCH.to_owned(), branch.to_owned())));
    if let Some(ports) = ports {
        let all: Vec<String> = ports.all().map(|port| port.to_string()).collect();
        variables.push((PORT.to_owned(), ports.first.to_string()));
        variables.push((PORTS.to_owned(), all.join(" ")));
    }
    let own = &place.repository.setup.environment;
    variables.extend(own.iter().map(|(name, text)| (name.clone(), filled(text, place, ports))));
    variables
}

/// The text with what it names put in; what we know nothing of stays as it is written.
fn filled(text: &str, place: Place<'_>, ports: Option<Ports>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after.split_once('}').and_then(|(name, after)| Some((meaning(name, place, ports)?, after)));
        match known {
            Some((meaning, after)) => {
                filled.push_str(&meaning);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn meaning(name: &str, place: Place<'_>, ports: Option<Ports>) -> Option<String> {
    match name {
        "workspace" => Some(place.path.to_string_lossy().into_owned()),
        "session" => Some(place.session.to_string()),
        "branch" => Some(place.branch.unwrap_or_default().to_owned()),
        "port" => Some(ports?.first.to_string()),
        other => {
            let further: u16 = other.strip_prefix("port+")?.parse().ok()?;
            ports?.all().nth(usize::from(further)).map(|port| port.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::{Repository, SessionId, WorkspaceId};

    #[test]
    fn what_is_known_is_put_in_and_everything_else_stays() {
        let mut repository = Repository::at("api".parse().expect("a name"), "/src/api".into());
        let own = [
            ("A", "{port}/{port+1}/{session}"),
            ("B", "{\"a\":{\"b\":\"{branch}\"}}"),
            ("C", "{port+2}{"),
            ("D", "${workspace}"),
        ];
        repository.setup.environment = own.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let place = Place {
            workspace: WorkspaceId::FIRST,
            session: SessionId::FIRST,
            path: Path::new("/w/w1"),
            branch: Some("qd/s1"),
            root: Path::new("/w"),
            repository: &repository,
        };
        let found = of(place, Some(Ports { first: 21_000, count: 2 }));
        let expected = [
            ("QD_WORKSPACE", "/w/w1"),
            ("QD_SESSION", "s1"),
            ("QD_BRANCH", "qd/s1"),
            ("QD_PORT", "21000"),
            ("QD_PORTS", "21000 21001"),
            ("A", "21000/21001/s1"),
            ("B", "{\"a\":{\"b\":\"qd/s1\"}}"),
            ("C", "{port+2}{"),
            ("D", "$/w/w1"),
        ];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
