//! Markdown in which other people's text stays text: nothing that an agent or a person wrote can end the place it stands
//! in, begin a heading, or become a link.

/// `text` in the middle of a line.
pub(super) fn inline(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in on_one_line(text).chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$') {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}

/// `text` as code in the middle of a line, or of a row of a table.
pub(super) fn code(text: &str) -> String {
    let text = on_one_line(text).replace('|', "\\|");
    if text.is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// `text` as a block, whole, said to be in `language`.
pub(super) fn block(language: &str, text: &str) -> String {
    let kept = |character: &char| matches!(character, '\n' | '\t') || !is_disturbing(*character);
    let text: String = text.replace("\r\n", "\n").chars().filter(kept).collect();
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn on_one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().filter(|&character| !is_disturbing(character)).collect()
}

/// It moves the cursor, or makes its neighbours read in another order.
fn is_disturbing(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_ends_the_place_it_stands_in() {
        assert_eq!(inline("a\n# b <img> [x](y) | `c`\u{1b}[2J"), "a # b \\<img\\> \\[x\\](y) \\| \\`c\\` \\[2J");
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(code("`x"), "`` `x ``");
        assert_eq!(block("text", "a\n```\n# out\n"), "````text\na\n```\n# out\n````\n");
        assert_eq!(block("diff", "\u{1b}[31m\u{202e}x\r\n"), "```diff\n[31mx\n```\n");
    }

    proptest! {
        #[test]
        fn only_the_last_line_of_a_block_ends_it(text in "[`~a\n\r\t #]{0,60}") {
            let block = block("text", &text);
            let lines: Vec<&str> = block.lines().collect();
            let fence = lines[0].trim_end_matches("text");
            let ends = |line: &&&str| line.trim_start().trim_end().starts_with(fence);
            prop_assert_eq!(lines[1..].iter().filter(ends).count(), 1);
            prop_assert_eq!(lines.last(), Some(&fence));
        }
    }
}
