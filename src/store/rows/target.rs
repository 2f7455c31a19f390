//! Targets.

use rusqlite::{Connection, Row};

use super::upsert;
use crate::{
    domain::{
        ProfileName, Target, TargetLabel, TargetName, Timestamp,
        target::{Link, Place, SshAddress, SshPlace},
    },
    store::columns::{list_of, names, path, text_of, unknown, word},
};

pub(in crate::store) fn write(connection: &Connection, target: &Target) -> rusqlite::Result<()> {
    let ssh = match &target.place {
        Place::Local => None,
        Place::Ssh(place) => Some(place),
    };
    let address = ssh.map(|place| &place.address);
    let link = LinkColumns::of(&target.link);
    upsert(
        connection,
        "targets",
        &[
            ("name", &target.name),
            ("state", &target.state),
            ("state_since", &target.state_since),
            ("capacity", &target.capacity),
            ("labels", &list_of(&words_of(&target.labels))?),
            ("host", &address.map(SshAddress::host)),
            ("user", &address.and_then(SshAddress::user)),
            ("port", &address.and_then(SshAddress::port)),
            ("identity", &address.and_then(SshAddress::identity).map(text_of).transpose()?),
            ("work_root", &ssh.and_then(|place| place.work_root.as_deref()).map(text_of).transpose()?),
            ("bootstrap", &ssh.and_then(|place| place.bootstrap.as_ref())),
            ("link", &link.word),
            ("link_since", &link.since),
            ("link_reason", &link.reason),
            ("agents", &link.agents.map(|agents| list_of(&words_of(agents))).transpose()?),
            ("removed", &false),
        ],
    )
}

/// What ran there keeps its name.
pub(in crate::store) fn remove(connection: &Connection, target: &TargetName) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE targets SET removed = 1 WHERE name = ?")?.execute([target]).map(drop)
}

pub(in crate::store) fn read(row: &Row<'_>) -> rusqlite::Result<Target> {
    Ok(Target {
        name: row.get("name")?,
        place: read_place(row)?,
        state: row.get("state")?,
        state_since: row.get("state_since")?,
        capacity: row.get("capacity")?,
        labels: names::<TargetLabel>(row, "labels")?,
        link: read_link(row)?,
    })
}

fn read_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    let Some(host) = row.get::<_, Option<String>>("host")? else { return Ok(Place::Local) };
    let address = SshAddress::new(host, row.get("user")?, row.get("port")?, path(row, "identity")?);
    Ok(Place::Ssh(SshPlace {
        address: address.map_err(|error| unknown("targets.host", &error.to_string()))?,
        work_root: path(row, "work_root")?,
        bootstrap: row.get("bootstrap")?,
    }))
}

fn read_link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(match word(row, "link")? {
        "here" => Link::Here,
        "untried" => Link::Untried,
        "joining" => Link::Joining,
        "up" => Link::Up { since: row.get("link_since")?, agents: names::<ProfileName>(row, "agents")? },
        "unfit" => Link::Unfit { reason: row.get("link_reason")?, since: row.get("link_since")? },
        "unreachable" => Link::Unreachable { reason: row.get("link_reason")?, since: row.get("link_since")? },
        found => return Err(unknown("targets.link", found)),
    })
}

/// A link, taken apart.
struct LinkColumns<'link> {
    word: &'static str,
    since: Option<Timestamp>,
    reason: Option<&'link str>,
    agents: Option<&'link [ProfileName]>,
}

impl<'link> LinkColumns<'link> {
    fn of(link: &'link Link) -> Self {
        let bare = |word| Self { word, since: None, reason: None, agents: None };
        match link {
            Link::Here => bare("here"),
            Link::Untried => bare("untried"),
            Link::Joining => bare("joining"),
            Link::Up { since, agents } => Self { since: Some(*since), agents: Some(agents), ..bare("up") },
            Link::Unfit { reason, since } => Self { since: Some(*since), reason: Some(reason), ..bare("unfit") },
            Link::Unreachable { reason, since } => {
                Self { since: Some(*since), reason: Some(reason), ..bare("unreachable") }
            }
        }
    }
}

fn words_of<T: ToString>(names: &[T]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}
