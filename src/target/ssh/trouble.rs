//! What `ssh` says when it can't connect, in words that say what happened and what to do.

use super::{Options, address::by_hand};

/// How much of a line nobody foresaw is shown.
const LINE: usize = 200;

/// Why there is no connection, from what `ssh` printed.
pub(super) fn reason(options: &Options, printed: &str) -> String {
    let (host, patience) = (options.address.host(), options.connect_patience);
    let by_hand = shell_words::join(by_hand(options));
    let has = |words: &str| printed.contains(words);
    if has("Could not resolve hostname") {
        format!("the name {host} leads to no machine; check it, or its HostName in your ssh configuration")
    } else if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        format!(
            "its host key is not the one known here: either it was set up anew, or somebody stands in between; \
             if you know why, remove the old key as `ssh {by_hand}` tells you, and accept the new one there"
        )
    } else if has("host key is known for") || has("Host key verification failed") {
        format!("its host key is not known here; run `ssh {by_hand}` once by hand and accept it")
    } else if has("Too many authentication failures") {
        format!("it refused us after too many keys; name the right one for {host} in your ssh configuration")
    } else if has("Permission denied (") {
        let methods = printed.split("Permission denied (").nth(1).and_then(|rest| rest.split(')').next());
        format!(
            "it refuses our key ({}); nothing is asked here, so `ssh {by_hand}` must work without a question: \
             is the key in the agent (`ssh-add -l`) and allowed there?",
            methods.unwrap_or("publickey")
        )
    } else if has("Connection refused") {
        format!("{host} refuses connections; does sshd run there, and at this port?")
    } else if has("Timeout, server") || has("not responding") {
        format!("{host} gave no answer any more; is it on, and the network up?")
    } else if has("timed out") {
        format!("{host} gave no answer for {} s; is it on, and the network up?", patience.as_secs())
    } else if has("No route to host") || has("Network is unreachable") || has("Host is down") {
        format!("no way leads to {host}; is it on, and the network up?")
    } else if has("closed by") || has("reset by peer") || has("Broken pipe") {
        format!("{host} closed the connection")
    } else {
        last_line(printed).unwrap_or_else(|| format!("ssh to {host} ended and said nothing"))
    }
}

/// The last line that says anything, without what only a terminal shows.
fn last_line(printed: &str) -> Option<String> {
    let line = printed.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let line = line.strip_prefix("ssh: ").unwrap_or(line);
    Some(line.chars().filter(|c| !c.is_control()).take(LINE).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::SshAddress;

    fn options() -> Options {
        Options::new(SshAddress::new("devbox".into(), None, Some(2222), None).expect("a host"), "/run")
    }

    #[test]
    fn each_trouble_says_what_to_do() {
        for (printed, words) in [
            ("ssh: Could not resolve hostname devbox: Name or service not known\r\n", "leads to no machine"),
            ("ssh: connect to host devbox port 2222: Connection refused\r\n", "refuses connections"),
            (
                "@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@\nHost key verification failed.\n",
                "not the one",
            ),
            ("Host key verification failed.\r\n", "run `ssh -p 2222 devbox` once by hand"),
            ("anna@devbox: Permission denied (publickey,password).\r\n", "refuses our key (publickey,password)"),
            ("ssh: connect to host devbox port 22: Connection timed out\r\n", "gave no answer for 5 s"),
            ("Timeout, server devbox not responding.\r\n", "gave no answer any more"),
            ("/etc/ssh/x: line 3: Bad configuration option: foo\r\nssh: odd \u{1b}[31mthing\r\n", "odd [31mthing"),
            ("", "said nothing"),
        ] {
            let told = reason(&options(), printed);
            assert!(told.contains(words), "{printed:?}: {told}");
        }
    }

    #[test]
    fn what_is_to_be_tried_by_hand_reads_the_configuration_that_was_read_here() {
        let options = Options { config_file: Some("/home/ada/my ssh".into()), ..options() };
        let told = reason(&options, "Host key verification failed.\r\n");
        assert!(told.contains("run `ssh -F '/home/ada/my ssh' -p 2222 devbox` once by hand"), "{told}");
    }
}
