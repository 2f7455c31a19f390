//! The person's editor, with the terminal until it ends.

use std::{io, path::Path};

use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::tui::{effect::Opening, message::Problem};

/// Opens a file at a line in the editor that `$VISUAL` or `$EDITOR` names, and waits for its end.
///
/// Ctrl-c pressed there must not end us: from now on this process takes SIGINT through tokio, and it does nothing by
/// itself.
pub(super) async fn open(opening: &Opening) -> Result<(), Problem> {
    let argv = argv(named().as_deref(), opening)?;
    let Some((program, arguments)) = argv.split_first() else { return Err(none()) };
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

/// What the person calls their editor.
fn named() -> Option<String> {
    ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()))
}

fn none() -> Problem {
    Problem { what: "no editor is named".into(), hint: Some("set VISUAL or EDITOR, for example EDITOR=vim".into()) }
}

/// The program and its arguments. No shell reads any of it.
fn argv(named: Option<&str>, opening: &Opening) -> Result<Vec<String>, Problem> {
    let named = named.ok_or_else(none)?;
    let mut argv = shell_words::split(named).map_err(|_| Problem {
        what: format!("the name of your editor makes no sense: {named}"),
        hint: Some("close its quotes in VISUAL or EDITOR".into()),
    })?;
    let program = argv.first().ok_or_else(none)?;
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program).to_owned();
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
    Ok(argv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening { file: "/w/a b;$(x).rs".into(), line: 12 }
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way_and_no_shell_reads_the_path() {
        let of = |named: &str| argv(Some(named), &opening()).expect("an editor");
        assert_eq!(of("vim -u NONE"), ["vim", "-u", "NONE", "+12", "/w/a b;$(x).rs"]);
        assert_eq!(of("'/opt/my editor/hx'"), ["/opt/my editor/hx", "/w/a b;$(x).rs:12"]);
        assert_eq!(of("code --wait"), ["code", "--wait", "--goto", "/w/a b;$(x).rs:12"]);
        assert_eq!(of("my-own"), ["my-own", "/w/a b;$(x).rs"]);
    }

    #[test]
    fn without_a_name_the_person_is_told_how_to_give_one() {
        let hint = |named| argv(named, &opening()).expect_err("none").hint.expect("advice");
        assert!(hint(None).contains("EDITOR=vim") && hint(Some("vim '")).contains("quotes"));
    }
}
