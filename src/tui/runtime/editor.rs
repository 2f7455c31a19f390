//! The person's editor, with the terminal until it ends.

use std::{io, path::Path};

use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::{
    config,
    tui::{effect::Opening, message::Problem},
};

/// Opens a file at a line in the editor that `$VISUAL` or `$EDITOR` names, and waits for its end.
///
/// Ctrl-c pressed there must not end us: from now on this process takes SIGINT through tokio, and it does nothing by
/// itself.
pub(super) async fn open(opening: &Opening) -> Result<(), Problem> {
    let named = config::editor();
    let argv = argv(named.map_err(|none| Problem { what: none.to_string(), hint: Some(none.hint().into()) })?, opening);
    let Some((program, arguments)) = argv.split_first() else { return Ok(()) };
    if !opening.file.exists() {
        return Err(Problem::new(format!("{} is not there", opening.file.display())));
    }
    let failed = |error: io::Error| Problem {
        what: format!("cannot start your editor, {program}: {error}"),
        hint: Some("VISUAL or EDITOR names it".into()),
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut child = Command::new(program).args(arguments).spawn().map_err(failed)?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(failed)?,
            _ = interrupt.recv() => {}
        }
    };
    if status.success() { Ok(()) } else { Err(Problem::new(format!("your editor, {program}, ended with {status}"))) }
}

/// The program and its arguments. No shell reads any of it.
fn argv(mut argv: Vec<String>, opening: &Opening) -> Vec<String> {
    let program = argv.first().cloned().unwrap_or_default();
    let name = Path::new(&program).file_name().and_then(|name| name.to_str()).unwrap_or(&program).to_owned();
    let (file, line) = (opening.file.display().to_string(), opening.line);
    // How editors are told a line; those that are not known here open the file where they will.
    match name.as_str() {
        "vi" | "vim" | "nvim" | "view" | "nano" | "pico" | "emacs" | "emacsclient" | "micro" | "kak" | "joe"
        | "jed" | "ne" | "mg" | "mcedit" | "gedit" | "ed" | "ex" => argv.extend([format!("+{line}"), file]),
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => {
            argv.extend(["--goto".into(), format!("{file}:{line}")]);
        }
        "hx" | "helix" | "zed" | "zeditor" | "subl" | "lapce" => argv.push(format!("{file}:{line}")),
        "kate" => argv.extend(["--line".into(), line.to_string(), file]),
        "idea" | "rustrover" | "pycharm" | "webstorm" | "goland" | "clion" => {
            argv.extend(["--line".into(), line.to_string(), file]);
        }
        _ => argv.push(file),
    }
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening { file: "/w/a b;$(x).rs".into(), line: 12 }
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way_and_no_shell_reads_the_path() {
        let of = |named: &[&str]| argv(named.iter().map(ToString::to_string).collect(), &opening());
        assert_eq!(of(&["vim", "-u", "NONE"]), ["vim", "-u", "NONE", "+12", "/w/a b;$(x).rs"]);
        assert_eq!(of(&["/opt/my editor/hx"]), ["/opt/my editor/hx", "/w/a b;$(x).rs:12"]);
        assert_eq!(of(&["code", "--wait"]), ["code", "--wait", "--goto", "/w/a b;$(x).rs:12"]);
        assert_eq!(of(&["my-own"]), ["my-own", "/w/a b;$(x).rs"]);
    }
}
