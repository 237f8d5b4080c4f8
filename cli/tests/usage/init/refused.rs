//! What gets no packaging, and wrong words on the command line: a reason, a way on, and not a byte written.

use super::project::App;

#[test]
fn a_part_or_a_stack_that_is_not_known_is_named_with_those_that_are() {
    let app = App::node();
    app.refuses(
        &["init", "--yes", "--only", "docker,helm"],
        64,
        &["helm", "the parts are docker, compose, habitat, kubernetes, ci, docs"],
    );
    app.refuses(&["init", "--yes", "--stack", "cobol"], 64, &["there is no stack `cobol`", "node"]);
    app.refuses(&["init", "--yes", "--undo", "--dry-run"], 64, &["--dry-run"]);
    app.refuses(&["init", "--yes", "--keep"], 64, &["--undo"]);
    app.refuses(&["init", "--image", "a", "--stack", "node"], 64, &["--stack"]);
    app.refuses(&["update", "--resolved"], 64, &["--resolved"]);
}

#[test]
fn a_component_that_is_not_there_is_refused() {
    App::node().refuses(&["init", "--yes", "--component", "api"], 64, &["api"]);
}

#[test]
fn a_folder_that_is_not_there_and_a_file_are_no_project() {
    let app = App::node();
    app.refuses(&["init", "--yes", "nowhere"], 64, &["nowhere", "civic init PATH"]);
    app.refuses(&["init", "--yes", "package.json"], 64, &["package.json"]);
    app.refuses(&["update", "nowhere"], 64, &["nowhere"]);
}

#[test]
fn an_update_before_an_init_says_how_to_begin() {
    App::node().refuses(&["update"], 64, &["no .civic/lock.toml", "civic init"]);
}

#[test]
fn what_is_no_app_is_not_packaged() {
    let library = App::of(&[
        (
            "pyproject.toml",
            "[project]\nname = \"dates\"\nversion = \"1.0\"\nclassifiers = [\"Topic :: Software Development :: Libraries\"]\n\n[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
        ),
        ("dates/__init__.py", "def parse(text):\n    return text\n"),
        ("tests/test_dates.py", "import dates\n"),
    ]);
    let template = App::of(&[
        ("cookiecutter.json", "{\"name\": \"app\"}\n"),
        ("{{cookiecutter.name}}/app.py", "print('x')\n"),
        ("{{cookiecutter.name}}/requirements.txt", "flask\n"),
    ]);
    let layer = App::of(&[
        (".holo/config.toml", "[holospace]\nname = \"laddr\"\n"),
        (
            ".holo/sources/skeleton.toml",
            "[holosource]\nurl = \"https://example.org/skeleton\"\nref = \"refs/heads/main\"\n",
        ),
        (
            ".holo/branches/emergence-site/_skeleton.toml",
            "[holomapping]\nholosource = \"skeleton\"\nfiles = \"**\"\n",
        ),
        ("php-classes/Site.php", "<?php class Site {}\n"),
    ]);
    let unknown = App::of(&[("notes.txt", "x\n")]);
    let empty = App::of(&[]);
    for (app, words) in [
        (library, "library"),
        (template, "template"),
        (layer, "civic init --image"),
        (unknown, "Procfile"),
        (empty, "Procfile"),
    ] {
        app.refuses(&["init", "--yes"], 4, &[words]);
        let ended = app.civic(&["init", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!((ended.code, &document["schema"], &document["written"]), (4, &1.into(), &false.into()));
    }
}

#[test]
fn a_manifest_with_a_mistake_is_refused_with_the_mistake() {
    let app = App::node();
    app.write("civic.toml", "[app]\nname = \"Meals!\"\n");
    app.refuses(&["init", "--yes"], 64, &["civic.toml is not valid", "name"]);
}

#[test]
fn a_lock_that_civic_did_not_write_is_refused() {
    let app = App::node();
    for text in ["not toml at all [", "schema = 99\n", "schema = 1\n[[files]]\npath = \"../../etc/passwd\"\n"]
    {
        app.write(".civic/lock.toml", text);
        app.refuses(&["init", "--yes"], 4, &[".civic/lock.toml"]);
        app.refuses(&["update"], 4, &[".civic/lock.toml"]);
    }
}
