//! Commands as people type them, as the lists that an image wants.

/// A command as a list. Plain words are taken apart; whatever needs a shell gets one, which steps aside for the last
/// program (`exec`), so that the program itself is told to stop.
pub fn argv(command: &str) -> Vec<String> {
    let command = command.trim();
    match shell_words::split(command) {
        Ok(words) if is_plain(command) && !words.is_empty() => words,
        _ => vec!["sh".into(), "-c".into(), with_exec(command)],
    }
}

/// Nothing that a shell would read something into; quotes are taken off by the same rules.
fn is_plain(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    !command.contains(['$', '`', '&', '|', ';', '<', '>', '(', ')', '*', '?', '[', '~', '#', '\n', '!'])
        && !first.contains('=')
        && !matches!(
            first,
            "cd" | "export" | "source" | "." | "exec" | "ulimit" | "umask" | "set" | "trap" | "eval"
        )
}

/// `a && b` becomes `a && exec b`; variables in front of the program go through `env`.
fn with_exec(command: &str) -> String {
    // A list, a pipe or a loop has no one last program.
    if command.contains(['|', ';', '\n', '(']) || command.replace("&&", "").contains('&') {
        return command.to_owned();
    }
    let (before, last) =
        command.rsplit_once("&&").map_or((None, command), |(before, last)| (Some(before), last));
    let last = last.trim();
    let first = last.split_whitespace().next().unwrap_or_default();
    let last = match first {
        "exec" | "cd" | "export" | "source" | "." | "eval" | "set" => last.to_owned(),
        _ if first.contains('=') => format!("exec env {last}"),
        _ => format!("exec {last}"),
    };
    before.map_or(last.clone(), |before| format!("{} && {last}", before.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Vec<String> {
        vec!["sh".into(), "-c".into(), text.into()]
    }

    #[test]
    fn plain_words_need_no_shell() {
        assert_eq!(argv("node web.js"), ["node", "web.js"]);
        assert_eq!(argv("gunicorn 'my app:app' --workers 2"), ["gunicorn", "my app:app", "--workers", "2"]);
    }

    #[test]
    fn a_shell_steps_aside_for_the_program() {
        assert_eq!(
            argv("gunicorn app:app -b 0.0.0.0:$PORT"),
            shell("exec gunicorn app:app -b 0.0.0.0:$PORT")
        );
        assert_eq!(argv("cd src && python app.py"), shell("cd src && exec python app.py"));
        assert_eq!(argv("NODE_ENV=production node a.js"), shell("exec env NODE_ENV=production node a.js"));
        assert_eq!(argv("a | b"), shell("a | b"));
    }

    #[test]
    fn a_quote_that_never_ends_is_the_shells_business() {
        assert_eq!(argv("node 'web.js"), shell("exec node 'web.js"));
    }
}
