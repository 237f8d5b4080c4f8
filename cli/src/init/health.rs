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
        content: text(code, tree, root).into_bytes(),
        mode: Mode::Regular,
        merge: Merge::Text,
    })
}

fn text(code: &HealthCode, tree: &dyn SourceTree, root: &str) -> String {
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
    match registered(code, tree, root) {
        Some(hunk) => text.push_str(&hunk),
        None if code.anchor.is_some() => text.push_str("\n# The place where it is called from was not found: see above.\n"),
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

/// The line that calls it, where the place can be found.
fn registered(code: &HealthCode, tree: &dyn SourceTree, root: &str) -> Option<String> {
    let anchor = code.anchor.as_ref()?;
    let after = Regex::new(&anchor.after).ok()?;
    let prefix = if root == "." { String::new() } else { format!("{root}/") };
    let fits = |glob: &String| {
        tree.paths().iter().find(|path| {
            path.strip_prefix(prefix.as_str()).is_some_and(|inner| {
                Path::new(inner) == Path::new(glob) || globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(inner))
            }) && tree.read(path, MOST).is_some_and(|bytes| after.is_match(&String::from_utf8_lossy(&bytes)))
        })
    };
    let path = anchor.files.iter().find_map(fits)?;
    let original = String::from_utf8(tree.read(path, MOST)?).ok()?;
    let at = original.lines().position(|line| after.is_match(line))?;
    let lines = original.lines().enumerate().flat_map(|(index, line)| {
        let extra = if index == at { anchor.add.lines().collect() } else { Vec::new() };
        std::iter::once(line).chain(extra)
    });
    let mut changed = lines.collect::<Vec<_>>().join("\n");
    if original.ends_with('\n') {
        changed.push('\n');
    }
    let mut options = diffy::DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    Some(format!("\ndiff --git a/{path} b/{path}\n{}", options.create_patch(&original, &changed)))
}
