//! Commands as people type them, as the lists that an image wants.

/// A command as a list. Plain words are taken apart; whatever needs a shell gets one, which steps aside for the last
/// program (`exec`), so that the program itself is told to stop.
pub fn argv(command: &str) -> Vec<String> {
    let command = command.trim();
    match shell_words::split(command) {
        Ok(words) if matches!(&words[..], [shell, flag, _] if matches!(shell.as_str(), "sh" | "bash") && flag == "-c") => {
            words
                .iter()
                .enumerate()
                .map(|(at, word)| if at == 2 { with_exec(word) } else { word.clone() })
                .collect()
        }
        Ok(words) if is_plain(command) && !words.is_empty() => words,
        _ => vec!["sh".into(), "-c".into(), with_exec(command)],
    }
}

/// Nothing that a shell would read something into; quotes are taken off by the same rules.
fn is_plain(command: &str) -> bool {
    let first = command.split_whitespace().next().unwrap_or_default();
    !bare(command).contains(['$', '`', '&', '|', ';', '<', '>', '(', ')', '*', '?', '[', '~', '#', '\n', '!'])
        && !first.contains('=')
        && !matches!(
            first,
            "cd" | "export" | "source" | "." | "exec" | "ulimit" | "umask" | "set" | "trap" | "eval"
        )
}

/// What a shell would read something into: all that is not quoted, and between double quotes what it fills in there.
fn bare(command: &str) -> String {
    let mut quote = None;
    let mut characters = command.chars();
    let mut bare = String::new();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None | Some('"'), '\\') => drop(characters.next()),
            (None, _) | (Some('"'), '$' | '`') => bare.push(character),
            (Some(_), _) => {}
        }
    }
    bare
}

/// `a && b` becomes `a && exec b`; variables in front of the program go through `env`.
fn with_exec(command: &str) -> String {
    // A list, a pipe or a loop has no one last program.
    let plain = bare(command);
    let is_list = plain.contains(['|', ';', '\n', '(']) || plain.replace("&&", "").contains('&');
    // With `&&` between quotes, too, the last one may not be the shell's.
    if is_list || plain.matches("&&").count() != command.matches("&&").count() {
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
    fn what_is_quoted_is_no_shells_business() {
        assert_eq!(argv("gunicorn -c c.py \"app:make()\""), ["gunicorn", "-c", "c.py", "app:make()"]);
        assert_eq!(argv("a 'b; c' $D"), shell("exec a 'b; c' $D"));
        assert_eq!(argv("a \"$B\""), shell("exec a \"$B\""));
        assert_eq!(argv("a \\; b"), ["a", ";", "b"]);
        assert_eq!(argv("a 'b && c' && $D"), shell("a 'b && c' && $D"));
        assert_eq!(argv("sh -c 'cd a && node b.js'"), shell("cd a && exec node b.js"));
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
