//! pyproject.toml, Pipfile and Cargo.toml.

use toml_edit::{Document, Item, TableLike};

use super::lines::{Lines, line_at, line_of};
use super::python::requirement;
use super::{At, Manifest, Scope};

/// PEP 621, PEP 735 and Poetry's tables.
pub(super) fn pyproject(text: &str) -> Manifest {
    let document = match parse(text) {
        Ok(document) => document,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let lines = Lines::new(text);
    requirements(&mut manifest, &lines, walk(document.as_item(), "project.dependencies"), Scope::Run);
    let optional = walk(document.as_item(), "project.optional-dependencies").and_then(Item::as_table_like);
    let groups = walk(document.as_item(), "dependency-groups").and_then(Item::as_table_like);
    for (_, list) in optional.into_iter().chain(groups).flat_map(TableLike::iter) {
        requirements(&mut manifest, &lines, Some(list), Scope::Dev);
    }
    table(&mut manifest, &lines, walk(document.as_item(), "tool.poetry.dependencies"), Scope::Run);
    table(&mut manifest, &lines, walk(document.as_item(), "tool.poetry.dev-dependencies"), Scope::Dev);
    let groups = walk(document.as_item(), "tool.poetry.group").and_then(Item::as_table_like);
    for (name, group) in groups.into_iter().flat_map(TableLike::iter) {
        let scope = if matches!(name, "main" | "prod" | "production") { Scope::Run } else { Scope::Dev };
        table(&mut manifest, &lines, group.get("dependencies"), scope);
    }
    for key in [
        "project.name",
        "project.requires-python",
        "tool.poetry.name",
        "tool.poetry.dependencies.python",
        "build-system.build-backend",
    ] {
        field(&mut manifest, &lines, document.as_item(), key);
    }
    for key in ["project.scripts", "tool.poetry.scripts", "tool.poetry.packages", "tool.setuptools"] {
        mark(&mut manifest, &lines, document.as_item(), key);
    }
    manifest
}

/// `https://pipenv.pypa.io/en/latest/pipfile.html`.
pub(super) fn pipfile(text: &str) -> Manifest {
    let document = match parse(text) {
        Ok(document) => document,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let lines = Lines::new(text);
    table(&mut manifest, &lines, document.get("packages"), Scope::Run);
    table(&mut manifest, &lines, document.get("dev-packages"), Scope::Dev);
    let scripts = document.get("scripts").and_then(Item::as_table_like);
    for (name, command) in scripts.into_iter().flat_map(TableLike::iter) {
        let line = line(&lines, command).max(1);
        manifest
            .scripts
            .extend(command.as_str().map(|value| (name.to_owned(), At { value: value.into(), line })));
    }
    for key in ["requires.python_version", "requires.python_full_version"] {
        field(&mut manifest, &lines, document.as_item(), key);
    }
    manifest
}

/// `https://doc.rust-lang.org/cargo/reference/manifest.html`.
pub(super) fn cargo(text: &str) -> Manifest {
    let document = match parse(text) {
        Ok(document) => document,
        Err(reason) => return Manifest::broken(reason),
    };
    let mut manifest = Manifest::default();
    let lines = Lines::new(text);
    table(&mut manifest, &lines, document.get("dependencies"), Scope::Run);
    table(&mut manifest, &lines, walk(document.as_item(), "workspace.dependencies"), Scope::Run);
    table(&mut manifest, &lines, document.get("dev-dependencies"), Scope::Dev);
    for key in ["package.name", "package.rust-version", "package.default-run"] {
        field(&mut manifest, &lines, document.as_item(), key);
    }
    for key in ["lib", "bin", "workspace"] {
        mark(&mut manifest, &lines, document.as_item(), key);
    }
    let members = walk(document.as_item(), "workspace.members").and_then(Item::as_array);
    manifest.members =
        members.into_iter().flatten().filter_map(|member| member.as_str()).map(str::to_owned).collect();
    manifest
}

fn parse(text: &str) -> Result<Document<String>, String> {
    Document::parse(text.to_owned()).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(text, span.start));
        format!("it is not valid TOML (line {line})")
    })
}

fn walk<'a>(item: &'a Item, path: &str) -> Option<&'a Item> {
    path.split('.').try_fold(item, |item, key| item.get(key))
}

fn line(text: &Lines, item: &Item) -> usize {
    item.span().map_or(0, |span| text.at(span.start))
}

fn requirements(manifest: &mut Manifest, text: &Lines, list: Option<&Item>, scope: Scope) {
    for value in list.and_then(Item::as_array).into_iter().flatten() {
        let line = value.span().map_or(0, |span| text.at(span.start));
        if let Some((name, version)) = value.as_str().and_then(requirement) {
            manifest.depend(name, version, scope, line);
        }
    }
}

fn table(manifest: &mut Manifest, text: &Lines, holder: Option<&Item>, scope: Scope) {
    for (name, value) in holder.and_then(Item::as_table_like).into_iter().flat_map(TableLike::iter) {
        let version =
            value.as_str().or_else(|| value.get("version").and_then(Item::as_str)).unwrap_or_default();
        let at = line(text, value);
        manifest.depend(
            name.to_lowercase(),
            version,
            scope,
            if at == 0 { line_of(text.text, name) } else { at },
        );
    }
}

fn field(manifest: &mut Manifest, text: &Lines, root: &Item, key: &str) {
    if let Some((item, value)) = walk(root, key).and_then(|item| Some((item, item.as_str()?))) {
        manifest.field(key, value, line(text, item));
    }
}

fn mark(manifest: &mut Manifest, text: &Lines, root: &Item, key: &str) {
    if walk(root, key).is_some() {
        manifest.field(key, "", line_of(text.text, key.rsplit('.').next().unwrap_or(key)));
    }
}
