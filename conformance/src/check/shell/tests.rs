//! Scripts as hooks have them, and scripts as nobody has.

use proptest::prelude::*;

use super::lexer::commands;
use super::*;

/// One line a command: number, depth, assignments, words, redirections and what joins it to the next.
fn told(text: &str) -> String {
    let told = |command: &Command| {
        let mut parts: Vec<String> =
            command.assignments.iter().map(|(name, value)| format!("{name}={}", value.text)).collect();
        parts.extend(
            command
                .words
                .iter()
                .map(|word| if word.expands { format!("~{}", word.text) } else { word.text.clone() }),
        );
        parts.extend(command.redirects.iter().map(|(operator, word)| format!("{operator}{}", word.text)));
        format!("{}/{} [{}] {:?}", command.line, command.depth, parts.join("|"), command.joined)
    };
    commands(text).iter().map(told).collect::<Vec<_>>().join("\n")
}

#[test]
fn reads_a_hook_with_everything_in_it() {
    insta::assert_snapshot!(told(
        r##"#!/bin/sh
set -eu # comment
PGPASSWORD="$POSTGRES_PASSWORD" pg_dump -U 'app user' "$(basename "$DB")" 2>/dev/null | gzip > "$OUT/db.gz" || true
cleanup() { rm -f /tmp/x; kill `cat pid` || :; }
if ! psql -c 'select 1'; then
  echo "failed; really" >&2 && exit 1
fi
cat <<'EOF' > /x
pg_dump || true
EOF
tar c . \
  | ssh host || { echo no; exit 1; }
(cd /x && cp a b) || exit 0
case "$1" in
  a|b) echo a ;;
  *) exit $((1 + ${X:-2})) ;;
esac
list=(a b)
diff <(sort a) b &
"##
    ));
}

#[test]
fn a_script_that_never_closes_what_it_opens_is_read_all_the_same() {
    for text in [
        "echo \"a",
        "echo 'a",
        "echo $(a",
        "echo `a",
        "echo ${a",
        "cat <<EOF\na",
        "a=(b",
        "$((1",
        ")",
        "}",
        "&",
        "|",
        "<",
    ] {
        commands(text);
    }
    commands(&"$(".repeat(100_000));
    commands(&"(".repeat(100_000));
    commands(&"${".repeat(10_000));
    commands(&"a || { ".repeat(100_000));
}

proptest! {
    #[test]
    fn never_panics(parts in proptest::collection::vec(prop::sample::select(vec![
        "a", " ", "\n", "\\", "'", "\"", "$", "${", "}", "$(", ")", "(", "((", "))", "`", "|", "||", "&", "&&", "&>", ";", ";;", "<", "<<",
        "<<-", "<<<", ">", ">&", "2", "=", "#", "{", "if", "!", "do", "done", "EOF", "\t", "é", "\r",
    ]), 0..80)) {
        commands(&parts.concat());
    }

    #[test]
    fn never_panics_on_any_text(text in any::<String>()) {
        commands(&text);
    }
}
