//! Code for `/healthz` and `/readyz`, as a patch that a person reads and applies: never applied by itself.

use std::path::Path;

use civic_buildpacks::kit::{HealthCode, Kits};
use civic_buildpacks::tree::SourceTree;
use civic_templates::{Facts, File, Merge, Mode};
use regex::Regex;

/// Where the patch lies.
const PATCH: &str = "civic/health.patch";
/// A source file that is longer is none that people wrote.
const MOST: usize = 1 << 20;

/// The patch for the web process's framework; none where nobody has written the code yet.
pub fn patch(kits: &Kits, tree: &dyn SourceTree, root: &str, facts: &Facts) -> Option<File> {
    let build = facts.builds.get("web")?;
    let codes = &kits.kit(&build.stack)?.health;
    let framework = build.framework.as_deref().unwrap_or_default();
    let own = codes.iter().find(|code| code.frameworks.iter().any(|name| name == framework));
    let code = own.or_else(|| codes.iter().find(|code| code.frameworks.is_empty()))?;
    Some(File {
        path: PATCH.into(),
        content: text(code, tree, root, &build.start).into_bytes(),
        mode: Mode::Regular,
        merge: Merge::Text,
    })
}

fn text(code: &HealthCode, tree: &dyn SourceTree, root: &str, start: &[String]) -> String {
    let below = |file: &str| if root == "." { file.to_owned() } else { format!("{root}/{file}") };
    let mut text = String::from(
        "Written by civic init. Two routes for probes: /healthz (does the process answer? asks nobody) and /readyz (can it do\n\
         its work? asks the database, within a second). Read it, then: git apply civic/health.patch\n",
    );
    text.push_str(&format!("{}\n", code.register.trim()));
    let place = below(&code.file);
    if tree.has(&place) {
        text.push_str(&format!("\n{place} is there already: compare it with this.\n"));
    }
    text.push_str(&added(&place, &code.code));
    match registered(code, tree, root, start) {
        Some(hunk) => text.push_str(&hunk),
        None if code.anchor.is_some() => {
            text.push_str("\n# The place where it is called from was not found: see above.\n")
        }
        None => {}
    }
    text
}

/// A new file, as git writes it.
fn added(path: &str, code: &str) -> String {
    let lines: Vec<&str> = code.lines().collect();
    let body: String = lines.iter().map(|line| format!("+{line}\n")).collect();
    format!(
        "\ndiff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{} @@\n{body}",
        lines.len()
    )
}

/// The line that calls it, where the place can be found: in the file that is started, or in one of the usual ones.
fn registered(code: &HealthCode, tree: &dyn SourceTree, root: &str, start: &[String]) -> Option<String> {
    let anchor = code.anchor.as_ref()?;
    let after = Regex::new(&anchor.after).ok()?;
    let prefix = if root == "." { String::new() } else { format!("{root}/") };
    let is_named = |path: &str, glob: &String| {
        path.strip_prefix(prefix.as_str()).is_some_and(|inner| {
            Path::new(inner) == Path::new(glob)
                || globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(inner))
        })
    };
    let place = |path: &String| {
        let text = String::from_utf8(tree.read(path, MOST)?).ok()?;
        let at = text.lines().position(|line| after.is_match(line))?;
        Some((path.clone(), text, at))
    };
    let names = start.iter().chain(&anchor.files);
    let (path, original, at) =
        names.flat_map(|name| tree.paths().iter().filter(|path| is_named(path, name))).find_map(place)?;
    let changed = with_lines(&original, at, &anchor.add);
    let mut options = diffy::DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    Some(format!("\ndiff --git a/{path} b/{path}\n{}", options.create_patch(&original, &changed)))
}

/// A text with more lines behind one of its own, which end as its own do.
fn with_lines(text: &str, at: usize, add: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut changed = String::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        changed.push_str(line);
        if index == at {
            if !line.ends_with('\n') {
                changed.push_str(end);
            }
            add.lines().for_each(|line| changed.extend([line, end]));
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_those_around_them() {
        assert_eq!(with_lines("a\nb\n", 0, "x\ny"), "a\nx\ny\nb\n");
        assert_eq!(with_lines("a\r\nb", 0, "x"), "a\r\nx\r\nb");
        assert_eq!(with_lines("a\nb", 1, "x"), "a\nb\nx\n");
    }
}
