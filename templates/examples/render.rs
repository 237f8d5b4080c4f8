//! Renders what a project gets, for tests with other people's tools: `render <folder with civic.toml and facts.json> <into>`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use civic_contract::manifest;
use civic_templates::{Mode, Part, Stack, render};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(project), Some(into)) = (arguments.next(), arguments.next()) else {
        return Err("usage: render <folder with civic.toml and facts.json> <into>".into());
    };
    let manifest = manifest::parse(&std::fs::read(project.join("civic.toml"))?)
        .map_err(|errors| format!("{errors:?}"))?;
    let facts = serde_json::from_slice(&std::fs::read(project.join("facts.json"))?)?;
    let plain = Stack { dockerfile: "FROM {{ build.image | word }}\n", dockerignore: "" };
    let stacks = BTreeMap::from([("python", plain), ("node", plain)]);
    for file in render(&manifest, &facts, &stacks, &Part::ALL)? {
        let path = into.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&into))?;
        std::fs::write(&path, &file.content)?;
        #[cfg(unix)]
        if file.mode == Mode::Executable {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}
