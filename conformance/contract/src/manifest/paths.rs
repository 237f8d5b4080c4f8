//! Paths in the project and paths in containers.

use std::path::{Path, PathBuf};

use super::words::invisible;

/// Folder of the project's hooks.
pub(super) const HOOKS: &str = "civic/hooks";
/// Where that folder is in every container.
pub(super) const HOOKS_INSIDE: &str = "/civic/hooks/";

/// Longest path in bytes: Linux takes 4096, and other folders are put before it.
const LONGEST: usize = 1000;
/// Longest path of a request, well below what servers refuse.
const LONGEST_REQUEST: usize = 4000;

/// A path in the project, without needless parts; the reason when it is none or leads out.
pub(super) fn inside_project(text: &str) -> Result<PathBuf, &'static str> {
    let drive = text.as_bytes().get(1) == Some(&b':');
    let reason = match text {
        "" => "is empty",
        _ if text.len() > LONGEST => "is too long",
        _ if text.chars().any(invisible) => "contains an invisible character",
        _ if text.contains("://") => "is an address, not a path",
        _ if text.contains('\\') => "contains a backslash, which is a separator on Windows only",
        _ if text.starts_with(['/', '~']) || drive => "is absolute",
        _ if text.split('/').any(|part| part == "..") => "leads out of the folder with `..`",
        _ => {
            let parts = text.split('/').filter(|part| !matches!(*part, "" | "."));
            let path: PathBuf = parts.collect();
            return Ok(if path.as_os_str().is_empty() { PathBuf::from(".") } else { path });
        }
    };
    Err(reason)
}

/// Whether a text is the path of a file below the hooks' folder, without needless parts.
pub(super) fn is_hook(text: &str) -> bool {
    let below = text.strip_prefix(HOOKS).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|below| {
        let part = |part: &str| !matches!(part, "" | "." | "..");
        text.len() <= LONGEST
            && below.split('/').all(part)
            && !below.contains('\\')
            && !below.chars().any(invisible)
    })
}

/// The hook that was probably meant by `pre-backup`, `hooks/pre-backup` or `/civic/hooks/pre-backup`.
pub(super) fn to_hook(text: &str) -> Option<String> {
    let tidy = text.trim_start_matches(['.', '/']);
    let below = tidy.strip_prefix("civic/").unwrap_or(tidy);
    let below = below.strip_prefix("hooks/").unwrap_or(below);
    Some(format!("{HOOKS}/{below}")).filter(|hook| is_hook(hook))
}

/// Why a text is no path that can be mounted in a container; with the path that was meant, where there is one.
pub(super) fn mountable(text: &str) -> Result<(), (&'static str, Option<String>)> {
    if text.len() > LONGEST {
        return Err(("is too long", None));
    }
    let parts = || text.split('/').filter(|part| !matches!(*part, "" | "."));
    let tidy = format!("/{}", parts().collect::<Vec<_>>().join("/"));
    let below = |folder: &str| Path::new(&tidy).starts_with(folder);
    if text.chars().any(invisible) {
        Err(("contains an invisible character", None))
    } else if text.contains([':', ',']) {
        Err(("contains `:` or `,`, which engines read as options", None))
    } else if parts().any(|part| part == "..") {
        Err(("contains `..`", None))
    } else if tidy == "/" {
        Err(("would replace the whole container", None))
    } else if !text.starts_with('/') {
        Err(("is not absolute", Some(tidy).filter(|_| !text.starts_with('~'))))
    } else if below("/civic") {
        Err(("lies below /civic, where civic puts hooks and backups", None))
    } else if below("/proc") || below("/sys") || tidy == "/dev" {
        Err(("belongs to the kernel", None))
    } else if tidy != text {
        Err(("has needless parts", Some(tidy)))
    } else {
        Ok(())
    }
}

/// Why a text is no path of a web address.
pub(super) fn requestable(text: &str) -> Result<(), (&'static str, Option<String>)> {
    if let Some((_, rest)) = text.split_once("://") {
        let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
        Err(("is a whole address", Some(path.to_owned())))
    } else if !text.starts_with('/') {
        Err(("does not begin with `/`", Some(format!("/{text}")).filter(|_| !text.contains([':', ' ']))))
    } else if text.len() > LONGEST_REQUEST {
        Err(("is too long", None))
    } else if text.contains('#') {
        Err(("contains `#`, which never reaches a server", None))
    } else if !text.chars().all(|character| character.is_ascii_graphic()) {
        Err(("contains a character that must be percent-encoded, as a space is %20", None))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn project_paths_lose_needless_parts() {
        for (text, path) in [(".", "."), ("./", "."), ("./web//src/", "web/src"), ("a..b", "a..b")] {
            assert_eq!(inside_project(text), Ok(PathBuf::from(path)));
        }
    }

    proptest! {
        #[test]
        fn no_project_path_leads_out(text in "[a./~:\\\\]{0,12}") {
            if let Ok(path) = inside_project(&text) {
                let normal = |part: std::path::Component| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir);
                prop_assert!(path.components().all(normal), "{}", path.display());
            }
        }

        #[test]
        fn a_suggested_path_is_right(text in "[a./]{0,12}") {
            if let Err((_, Some(tidy))) = mountable(&text) {
                prop_assert_eq!(mountable(&tidy), Ok(()));
            }
            if let Err((_, Some(path))) = requestable(&text) {
                prop_assert_eq!(requestable(&path), Ok(()));
            }
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            let _ = (inside_project(&text), mountable(&text), requestable(&text));
        }
    }
}
