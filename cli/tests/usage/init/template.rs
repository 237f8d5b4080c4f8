//! `civic init --template`: a brigade's own template in cargo-generate's format, treated as a stranger's.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::project::App;

/// A template beside the project.
fn template(app: &App, files: &[(&str, &str)]) -> String {
    let folder = app.outside().join("template");
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

const CONFIG: &str = "[template]\ncargo_generate_version = \">=0.10.0\"\n";

#[test]
fn placeholders_are_filled_and_programs_stay_programs() {
    let app = App::node();
    let folder = template(
        &app,
        &[
            ("cargo-generate.toml", CONFIG),
            ("ops/notes.md", "{{app_name}} is {{ app_summary }} on {{port}} ({{project-name}}, {{stack}})\n"),
            ("ops/tell", "echo {{app_name}}\n"),
            ("ops/plain.bin", "\u{1}\u{2}"),
        ],
    );
    fs::set_permissions(app.outside().join("template/ops/tell"), fs::Permissions::from_mode(0o755)).unwrap();
    app.init(&["--template", &folder]);
    assert_eq!(app.read("ops/notes.md"), "meals is Finds free meals on 3000 (meals, node)\n");
    assert_eq!(app.tree()["ops/tell"].mode & 0o777, 0o755);
    assert_eq!(app.read("ops/plain.bin"), "\u{1}\u{2}");
    assert!(!app.path("cargo-generate.toml").exists() && app.path("Dockerfile").exists());
    let before = app.tree();
    app.civic(&["update"]).succeeded();
    assert_eq!(app.tree(), before);
    app.civic(&["init", "--undo"]).succeeded();
    assert!(!app.path("ops").exists());
}

#[test]
fn a_file_of_the_template_goes_before_ours_and_behind_the_projects() {
    let app = App::node();
    let folder =
        template(&app, &[("compose.yaml", "# {{app_name}}, the brigade's way\n"), ("web.js", "// theirs\n")]);
    let own = app.read("web.js");
    app.init(&["--template", &folder]);
    assert_eq!(app.read("compose.yaml"), "# meals, the brigade's way\n");
    assert_eq!(app.read("web.js"), own);
}

#[test]
fn a_name_that_nobody_gives_is_refused_wherever_it_stands() {
    for (path, text) in [
        ("a.md", "{{ team_color }}\n"),
        ("a.md", "{{app_name}} {{ team_color }}\n"),
        ("a.md.liquid", "{{app_name}} {{ team_color }}\n"),
        ("{{app_name}}.md", "{{app_name}} {{ team_color }}\n"),
        ("a.md", "{{app_name}}{% if team_color %}x{% endif %}{{ app_name | append: team_color }}\n"),
    ] {
        let app = App::node();
        let folder = template(&app, &[(path, text)]);
        let before = app.tree();
        let ended = app.civic(&["init", "--yes", "--template", &folder]);
        assert_eq!(ended.code, 4, "{path} {text}: {ended:?}");
        assert_eq!(app.tree(), before, "{path} {text}");
    }
}

#[test]
fn secrets_of_a_workflow_are_not_silently_left_or_emptied() {
    for text in
        ["token: ${{ secrets.X }}\n", "name: {{app_name}}\ntoken: ${{ secrets.X }}\n", "a: {{ app_name\n"]
    {
        let app = App::node();
        let folder = template(&app, &[(".github/workflows/a.yml", text)]);
        let before = app.tree();
        let ended = app.civic(&["init", "--yes", "--template", &folder]);
        ended.refused(4, &["template"]);
        assert_eq!(app.tree(), before);
    }
    let app = App::node();
    let folder =
        template(&app, &[("a.yml", "name: {{app_name}}\n{% raw %}token: ${{ secrets.X }}{% endraw %}\n")]);
    app.init(&["--template", &folder]);
    assert_eq!(app.read("a.yml"), "name: meals\ntoken: ${{ secrets.X }}\n");
}

#[test]
fn links_devices_and_too_much_are_refused() {
    let app = App::node();
    let folder = template(&app, &[("a.md", "x\n")]);
    symlink("/etc/passwd", app.outside().join("template/b.md")).unwrap();
    app.refuses(&["init", "--yes", "--template", &folder], 4, &["template is refused", "b.md", "link"]);
    let app = App::node();
    let folder = template(&app, &[("a.md", "x\n")]);
    assert!(
        Command::new("mkfifo")
            .arg(app.outside().join("template/cargo-generate.toml"))
            .status()
            .unwrap()
            .success()
    );
    let ended = app.civic(&["init", "--yes", "--template", &folder]);
    ended.refused(4, &["template is refused", "cargo-generate.toml"]);
    let app = App::node();
    let folder = template(&app, &[("a.md", "x\n")]);
    fs::File::create(app.outside().join("template/big")).unwrap().set_len(3 << 20).unwrap();
    app.refuses(&["init", "--yes", "--template", &folder], 4, &["template is refused", "big", "too much"]);
}

#[test]
fn a_template_that_writes_where_civic_keeps_its_own_is_refused() {
    for path in [".civic/lock.toml", ".git/hooks/post-commit"] {
        let app = App::node();
        let folder = template(&app, &[("a.md", "x\n"), (path, "x\n")]);
        let before = app.tree();
        let ended = app.civic(&["init", "--yes", "--template", &folder]);
        let own = app.path(path);
        assert!(
            ended.code == 4 && app.tree() == before || ended.code == 0 && !own.exists(),
            "{path}: {ended:?}"
        );
    }
}

/// A hook that leaves a trace in the template's folder and one outside of it.
fn with_hook(app: &App, below: &str) -> String {
    let at = |path: &str| if below.is_empty() { path.to_owned() } else { format!("{below}/{path}") };
    let trace = app.outside().join("trace").to_str().unwrap().to_owned();
    let config =
        format!("{CONFIG}\n[hooks]\npre = [\"hook.rhai\"]\npost = [\"hook.rhai\"]\ninit = [\"hook.rhai\"]\n");
    let hook = format!(
        "file::write(\"traced.md\", \"written by a hook\");\nlet said = system::command(\"touch\", [\"{trace}\"]);\n"
    );
    template(
        app,
        &[(&at("cargo-generate.toml"), &config), (&at("hook.rhai"), &hook), (&at("a.md"), "{{app_name}}\n")],
    )
}

#[test]
fn programs_of_a_template_run_only_when_they_are_allowed() {
    let app = App::node();
    let folder = with_hook(&app, "");
    let ended = app.civic(&["init", "--yes", "--template", &folder]);
    assert!(ended.err.contains("hook.rhai") && ended.err.contains("--allow-template-hooks"), "{}", ended.err);
    ended.succeeded();
    assert!(!app.path("traced.md").exists() && !app.outside().join("trace").exists());
    let app = App::node();
    let folder = with_hook(&app, "");
    app.init(&["--template", &folder, "--allow-template-hooks"]);
    assert_eq!(app.read("traced.md"), "written by a hook");
}

#[test]
fn programs_of_a_template_below_the_template_do_not_run_either() {
    let app = App::node();
    let folder = with_hook(&app, "sub");
    let ended = app.civic(&["init", "--yes", "--template", &folder]);
    assert!(!app.outside().join("trace").exists(), "{ended:?}");
    assert!(!app.path("traced.md").exists() && !app.path("sub/traced.md").exists(), "{ended:?}");
}

#[test]
fn what_cargo_generate_finds_in_a_persons_environment_is_ignored() {
    let app = App::node();
    let folder = template(&app, &[("a.md", "{{app_name}} {{port}}\n")]);
    let home = app.outside().join("cargo");
    fs::create_dir(&home).unwrap();
    fs::write(
        home.join("cargo-generate.toml"),
        "[values]\nport = \"6666\"\napp_name = \"wrong\"\n[defaults]\noverwrite = true\n",
    )
    .unwrap();
    let mut command = app.command();
    command
        .env("CARGO_HOME", &home)
        .env("CARGO_GENERATE_VALUE_PORT", "7777")
        .env("CARGO_GENERATE_VALUE_APP_NAME", "wrong");
    crate::bench::ended(command.args(["init", "--yes", "--template", &folder])).succeeded();
    assert_eq!(app.read("a.md"), "meals 3000\n");
}

#[test]
fn an_address_of_git_is_fetched() {
    let app = App::node();
    let folder = template(&app, &[("a.md", "{{app_name}}\n")]);
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "a"],
    ] {
        let status = Command::new("git")
            .current_dir(&folder)
            .env("HOME", app.outside())
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success());
    }
    let mut command = app.command();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    crate::bench::ended(command.args(["init", "--yes", "--template", &format!("file://{folder}")]))
        .succeeded();
    assert_eq!(app.read("a.md"), "meals\n");
    assert!(!app.path(".git").exists());
}

#[test]
fn an_address_that_is_none_is_refused_and_runs_nothing() {
    let app = App::node();
    let trace = app.outside().join("trace");
    let program = format!("ext::sh -c touch% {}", trace.display());
    for address in ["nowhere", "--upload-pack=touch trace", &program, "file:///nowhere/at/all", ""] {
        let mut command = app.command();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let before = app.tree();
        let ended = crate::bench::ended(command.args(["init", "--yes", &format!("--template={address}")]));
        assert!(matches!(ended.code, 4 | 64) && !ended.err.is_empty(), "{address}: {ended:?}");
        assert!(app.tree() == before && !trace.exists(), "{address}");
    }
}
