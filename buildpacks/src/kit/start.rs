//! A command as people type it, as a list that an engine starts without a shell wherever that is possible: so the
//! signal to stop reaches the program itself.

/// Programs in front of the program, which the image does not have or does not need.
const RUNNERS: [&[&str]; 6] =
    [&["npx", "--no-install"], &["npx"], &["pipenv", "run"], &["poetry", "run"], &["uv", "run"], &["exec"]];

/// The list for a command. A shell is part of it only where the command asks for one.
pub(crate) fn argv(command: &str) -> Vec<String> {
    let command = without_runner(command.trim());
    match shell_words::split(&command) {
        Ok(words) if !needs_shell(&command) => with_env(words),
        _ => vec!["sh".into(), "-c".into(), with_exec(&command)],
    }
}

fn without_runner(command: &str) -> String {
    let mut words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
    while let Some(runner) = RUNNERS.iter().find(|runner| words.starts_with(runner)) {
        if words.get(runner.len()).is_none_or(|next| next.starts_with('-')) {
            break;
        }
        words.drain(..runner.len());
    }
    // Spaces inside quotes are the program's: only what stands before it is taken away.
    let rest = words.first().and_then(|first| command.find(first)).and_then(|at| command.get(at..));
    rest.unwrap_or(command).to_owned()
}

/// Whether anything outside of quotes means something to a shell.
fn needs_shell(command: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for character in command.chars() {
        match (quote, character) {
            (_, _) if before == '\\' => {}
            (Some(open), _) if character == open => quote = None,
            (Some('"'), '$' | '`') => return true,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '\n') => return true,
            (None, '#' | '~') if before == ' ' => return true,
            _ => {}
        }
        before = if before == '\\' { ' ' } else { character };
    }
    false
}

/// `A=1 program` needs no shell: `env` does it.
fn with_env(words: Vec<String>) -> Vec<String> {
    match words.first() {
        Some(first) if is_assignment(first) => std::iter::once("env".to_owned()).chain(words).collect(),
        _ => words,
    }
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name).unwrap_or_default();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name && !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The last command takes the shell's place, unless it is a pipe or runs beside others.
fn with_exec(command: &str) -> String {
    let at = last_command(command);
    let (before, last) = command.split_at(at);
    let last = last.trim();
    let is_alone = !last.contains(['|', '(', '{']) && !last.replace(">&", "").contains('&');
    let is_word = last.starts_with(|first: char| first.is_alphanumeric() || "./$_\"'".contains(first));
    let is_control =
        ["exec ", "if ", "while ", "for ", "cd ", "case "].iter().any(|word| last.starts_with(word));
    if !is_alone || !is_word || is_control {
        return command.to_owned();
    }
    let space = if before.is_empty() { "" } else { " " };
    let env = if last.split_whitespace().next().is_some_and(is_assignment) { "env " } else { "" };
    format!("{before}{space}exec {env}{last}")
}

/// Where the last command of a list begins.
fn last_command(command: &str) -> usize {
    let (mut quote, mut at, mut before) = (None, 0, ' ');
    for (index, character) in command.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '&') if before == '&' => at = index + 1,
            (None, ';' | '\n') => at = index + 1,
            (None, '|') if before == '|' => at = index + 1,
            _ => {}
        }
        before = character;
    }
    if command.get(at..).is_some_and(|rest| rest.trim().is_empty()) { 0 } else { at }
}

#[cfg(test)]
mod tests {
    use super::argv;

    #[test]
    fn a_shell_is_started_only_where_the_command_asks_for_one() {
        let cases = [
            ("node server.js", r#"["node", "server.js"]"#),
            ("npx next start -p 3000", r#"["next", "start", "-p", "3000"]"#),
            (
                "NODE_ENV=production node dist/index.js",
                r#"["env", "NODE_ENV=production", "node", "dist/index.js"]"#,
            ),
            (
                "gunicorn app:app --bind 0.0.0.0:$PORT",
                r#"["sh", "-c", "exec gunicorn app:app --bind 0.0.0.0:$PORT"]"#,
            ),
            ("gunicorn 'app:create_app()'", r#"["gunicorn", "app:create_app()"]"#),
            ("pipenv run gunicorn app:app", r#"["gunicorn", "app:app"]"#),
            ("cd api && node index.js", r#"["sh", "-c", "cd api && exec node index.js"]"#),
            ("a; B=1 c $X", r#"["sh", "-c", "a; exec env B=1 c $X"]"#),
            ("a | b", r#"["sh", "-c", "a | b"]"#),
            ("a & b", r#"["sh", "-c", "a & b"]"#),
            ("exec puma -C config/puma.rb", r#"["puma", "-C", "config/puma.rb"]"#),
            ("sh -c 'echo $A'", r#"["sh", "-c", "echo $A"]"#),
            (r#"R -e "shiny::runApp('.', port=3838)""#, r#"["R", "-e", "shiny::runApp('.', port=3838)"]"#),
            ("echo \"it's", r#"["sh", "-c", "exec echo \"it's"]"#),
        ];
        for (command, expected) in cases {
            assert_eq!(format!("{:?}", argv(command)), expected, "{command}");
        }
    }

    proptest::proptest! {
        #[test]
        fn words_stay_as_they_are_or_a_shell_reads_them(text in "[a-z$&|;'\"= ]{0,40}") {
            let list = argv(&text);
            let words = shell_words::split(&text).unwrap_or_default();
            proptest::prop_assert!(list.first().is_some_and(|first| first == "sh") || words.ends_with(&list[list.len().min(1)..]));
        }
    }
}
