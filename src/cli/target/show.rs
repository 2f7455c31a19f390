//! `qd target show`: everything about one.

use color_eyre::Result;

use super::{
    super::{
        context::Context,
        doctor,
        failure::Exit,
        rows,
        terminal::{age, clock, line},
    },
    list,
};
use crate::domain::{Bootstrap, TargetName, target::Place};

pub(super) async fn show(context: &mut Context, name: &TargetName) -> Result<Exit> {
    let client = context.client().await?;
    let detail = client.target(name, None).await?;
    if context.json() {
        context.output.json(&detail)?;
        return Ok(Exit::Done);
    }
    let world = client.world().await?;
    let (target, sight, now) = (&detail.target, &detail.sight, rows::now());
    let state = context.output.paint(list::paint(target), target.label());
    let since = target.since().map(|since| format!(" since {}", clock(since, now))).unwrap_or_default();
    let mut fields = vec![("state", format!("{state}{since}")), ("where", list::place(target))];
    fields.extend(target.trouble().map(|trouble| ("note", format!("{name} {trouble}"))));
    if let Place::Ssh(place) = &target.place {
        let root = place.work_root.as_ref().map(|root| root.display().to_string());
        fields.push(("work root", root.unwrap_or_else(|| "~/.local/share/quarterdeck".into())));
        fields.extend(place.address.identity().map(|file| ("key", file.display().to_string())));
        fields.extend(place.bootstrap.clone().map(|line| ("bootstrap", line)));
        fields.push((
            "seen",
            match list::seen(target, Some(sight), now).as_str() {
                "never" => "not since the daemon started".into(),
                ago => format!("{ago} ago"),
            },
        ));
    }
    fields.push(("sessions", list::running(&world, target)));
    if !target.labels.is_empty() {
        fields.push(("labels", target.labels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")));
    }
    fields.extend(sight.machine.as_ref().map(|machine| ("machine", list::machine(machine))));
    fields.extend(sight.round_trip_ms.map(|long| ("answers", format!("within {long:.1} ms"))));
    for (key, value) in fields {
        context.output.line(format!("{key:<11} {}", if key == "state" { value } else { line(&value) }))?;
    }
    if let Some(bootstrap) = &sight.bootstrap {
        context.output.line("")?;
        bootstrapped(context, bootstrap)?;
    }
    match sight.examined_at {
        None => context.output.line(format!("\nnot looked at since the daemon started: `qd doctor {name}`"))?,
        Some(at) => context.output.line(format!("\nlooked at {} ago:", age(now.since(at))))?,
    }
    doctor::write(context, &sight.findings)?;
    Ok(Exit::Done)
}

/// What became of the bootstrap command, with what it printed.
pub(super) fn bootstrapped(context: &mut Context, bootstrap: &Bootstrap) -> Result<()> {
    context.output.line(line(&bootstrap.ended))?;
    for printed in bootstrap.output.lines() {
        context.output.line(format!("  {}", line(printed)))?;
    }
    Ok(())
}
