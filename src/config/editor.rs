//! The person's editor, as `$VISUAL` or `$EDITOR` names it.

/// Where it is named, the first that says something.
const VARIABLES: [&str; 2] = ["VISUAL", "EDITOR"];

/// Why there is no editor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEditor {
    /// Nobody has named one.
    #[error("no editor is named")]
    Unnamed,
    /// The name can't be taken apart into words.
    #[error("the name of your editor makes no sense: {0}")]
    Nonsense(String),
}

impl NoEditor {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            NoEditor::Unnamed => "set VISUAL or EDITOR, for example EDITOR=vim",
            NoEditor::Nonsense(_) => "close its quotes in VISUAL or EDITOR",
        }
    }
}

/// The program and its first arguments, never empty. No shell reads any of it.
///
/// # Errors
/// [`NoEditor`]
pub fn editor() -> Result<Vec<String>, NoEditor> {
    let named =
        VARIABLES.into_iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    words(named.as_deref())
}

fn words(named: Option<&str>) -> Result<Vec<String>, NoEditor> {
    let named = named.ok_or(NoEditor::Unnamed)?;
    let words = shell_words::split(named).map_err(|_| NoEditor::Nonsense(named.to_owned()))?;
    if words.first().is_none_or(String::is_empty) { Err(NoEditor::Unnamed) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_is_a_program_with_its_arguments() {
        assert_eq!(words(Some("'/opt/my editor/hx' -x")), Ok(vec!["/opt/my editor/hx".into(), "-x".into()]));
        assert_eq!(words(None), Err(NoEditor::Unnamed));
        assert_eq!(words(Some("''")), Err(NoEditor::Unnamed));
        assert_eq!(words(Some("vim '")), Err(NoEditor::Nonsense("vim '".into())));
    }
}
