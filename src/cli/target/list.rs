//! `qd target list`: all of them at a glance.

use std::collections::BTreeMap;

use color_eyre::Result;
use serde::Serialize;

use super::super::{
    context::Context,
    failure::Exit,
    rows,
    terminal::{Cell, Paint, Table, age, bytes},
};
use crate::domain::{
    Machine, Target, TargetSight, Timestamp, World,
    target::{Link, Place, State},
};

/// A target with what is seen of it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    target: &'a Target,
    sight: Option<&'a TargetSight>,
}

pub(super) async fn list(context: &mut Context) -> Result<Exit> {
    let client = context.client().await?;
    let sights = client.sights().await?;
    let world = client.world().await?;
    let sights: BTreeMap<_, _> = sights.iter().map(|sight| (&sight.target, sight)).collect();
    if context.json() {
        let rows: Vec<Row<'_>> = world
            .targets_in_order()
            .into_iter()
            .map(|target| Row { target, sight: sights.get(&target.name).copied() })
            .collect();
        context.output.json(&rows)?;
        return Ok(Exit::Done);
    }
    let now = rows::now();
    let mut table = Table::new(&[
        "TARGET", "STATE", "SINCE", "SESSIONS", "LOAD", "MEMORY", "DISK", "ANSWERS", "SEEN", "LABELS", "WHERE", "NOTE",
    ]);
    for target in world.targets_in_order() {
        let sight = sights.get(&target.name).copied();
        let machine = sight.and_then(|sight| sight.machine);
        table.row([
            Cell::painted(Paint::Strong, target.name.as_str()),
            Cell::painted(paint(target), target.label()),
            Cell::plain(target.since().map_or_else(|| "-".into(), |since| age(now.since(since)))),
            Cell::plain(running(&world, target)),
            Cell::plain(said(machine, |machine| format!("{:.1}/{}", machine.load, machine.processors))),
            Cell::plain(said(machine, |machine| format!("{} free", bytes(machine.memory_free)))),
            Cell::plain(said(machine, |machine| format!("{} free", bytes(machine.disk_free)))),
            Cell::plain(said(sight.and_then(|sight| sight.round_trip_ms), |long| format!("{long:.0} ms"))),
            Cell::plain(seen(target, sight, now)),
            Cell::plain(target.labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            Cell::plain(place(target)),
            Cell::plain(target.trouble().unwrap_or_default()),
        ]);
    }
    table.write(&mut context.output, "there is no target")?;
    Ok(Exit::Done)
}

pub(super) fn paint(target: &Target) -> Paint {
    match (target.state, &target.link) {
        (_, Link::Unreachable { .. } | Link::Unfit { .. }) => Paint::Bad,
        (State::Online, Link::Here | Link::Up { .. }) => Paint::Good,
        (State::Online | State::Draining | State::Disabled, _) => Paint::Needs,
    }
}

/// `3 of 8`.
pub(super) fn running(world: &World, target: &Target) -> String {
    let there = world.sessions.values().filter(|session| session.target == target.name);
    let running = there.filter(|session| session.state.takes_a_place()).count();
    target.capacity.map_or_else(|| running.to_string(), |capacity| format!("{running} of {capacity}"))
}

pub(super) fn place(target: &Target) -> String {
    match &target.place {
        Place::Local => "this machine".into(),
        Place::Ssh(place) => place.address.to_string(),
    }
}

/// When it answered last.
pub(super) fn seen(target: &Target, sight: Option<&TargetSight>, now: Timestamp) -> String {
    match (&target.place, sight.and_then(|sight| sight.last_contact)) {
        (Place::Local, _) => "-".into(),
        (Place::Ssh(_), Some(at)) => age(now.since(at)),
        (Place::Ssh(_), None) => "never".into(),
    }
}

fn said<T>(value: Option<T>, words: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".into(), words)
}

/// A machine in one line.
pub(super) fn machine(machine: &Machine) -> String {
    format!(
        "load {:.1} on {} processors, {} of {} memory free, {} disk free",
        machine.load,
        machine.processors,
        bytes(machine.memory_free),
        bytes(machine.memory_total),
        bytes(machine.disk_free)
    )
}
