//! Values that somebody committed, by mistake or not: they are in no file that civic writes, and in nothing it says.

use super::project::{App, Is};

/// What is planted; it is in the shape of a real key so that detection has every chance to take it for one.
const PLANTED: &str = "sk_live_51QpLaNtEdPlAnTeD0987654321";

#[track_caller]
fn keeps_it_to_itself(app: &App) {
    let before = app.content();
    let mut said = String::new();
    for arguments in [
        &["init", "--dry-run", "--json"][..],
        &["init", "--yes"],
        &["update", "--json"],
        &["check"],
        &["detect", "--explain"],
        &["detect", "--json"],
    ] {
        let ended = app.civic(arguments);
        // A check that finds a secret in the project's own files says so, and where.
        assert!(ended.code == 0 || ended.code == 1 && arguments == ["check"], "{ended:?}");
        said.push_str(&ended.out);
        said.push_str(&ended.err);
    }
    assert!(!said.contains(PLANTED), "it was printed:\n{said}");
    for (path, (is, _)) in app.content() {
        if let Is::File(bytes) = is
            && !before.contains_key(&path)
        {
            assert!(!String::from_utf8_lossy(&bytes).contains(PLANTED), "it is in {path}");
        }
    }
}

#[test]
fn a_committed_env_file() {
    let app = App::node();
    app.write(".env", format!("STRIPE_SECRET_KEY={PLANTED}\nSETTING={PLANTED}\nexport ODD='{PLANTED}'\nDATABASE_URL=postgres://u:{PLANTED}@h/d\n"));
    app.write("config/.env.production", format!("SETTING={PLANTED}\n"));
    app.change(
        "web.js",
        "const app",
        "process.env.STRIPE_SECRET_KEY; process.env.SETTING; process.env.ODD;\nconst app",
    );
    keeps_it_to_itself(&app);
}

#[test]
fn an_example_file_with_a_real_value() {
    let app = App::node();
    app.write(
        ".env.example",
        format!("STRIPE_SECRET_KEY={PLANTED}\nAPI_TOKEN=\"{PLANTED}\"\nDATABASE_URL=postgres://u:{PLANTED}@h/d\nMAILER=smtp://user:{PLANTED}@mail.example.org\nSETTING={PLANTED}\n"),
    );
    keeps_it_to_itself(&app);
}

#[test]
fn a_compose_file_with_a_real_value() {
    let app = App::node();
    app.write(
        "docker-compose.yml",
        format!(
            "services:\n  web:\n    build: .\n    environment:\n      SESSION_SECRET: {PLANTED}\n      SETTING: {PLANTED}\n    command: node web.js\n  db:\n    image: postgres:16\n    environment:\n      - POSTGRES_PASSWORD={PLANTED}\n"
        ),
    );
    keeps_it_to_itself(&app);
}

#[test]
fn an_app_json_with_a_real_value() {
    let app = App::node();
    app.write(
        "app.json",
        format!(r#"{{"env": {{"SESSION_SECRET": "{PLANTED}", "API_KEY": {{"value": "{PLANTED}"}}, "SETTING": {{"value": "{PLANTED}"}}}}}}"#),
    );
    keeps_it_to_itself(&app);
}

#[test]
fn a_default_in_the_code_and_a_dockerfile_with_a_real_value() {
    let app = App::node();
    app.change("web.js", "const app", &format!("const key = process.env.API_KEY || '{PLANTED}';\nconst app"));
    app.write("Dockerfile", format!("FROM node:24-trixie-slim\nENV API_SECRET={PLANTED}\nWORKDIR /app\nCOPY . .\nEXPOSE 3000\nUSER 1000\nCMD [\"node\", \"web.js\"]\n"));
    keeps_it_to_itself(&app);
}

#[test]
fn a_token_in_the_address_of_the_repository() {
    let app = App::node();
    app.write(
        ".git/config",
        format!("[remote \"origin\"]\n\turl = https://bot:{PLANTED}@example.org/brigade/meals.git\n"),
    );
    keeps_it_to_itself(&app);
    assert!(app.read("publiccode.yml").contains("https://example.org/brigade/meals"));
}

#[test]
fn what_the_check_would_call_a_secret_is_declared_as_one() {
    let app = App::node();
    app.write(
        ".env.example",
        "GOOGLE_APPLICATION_CREDENTIALS=path/to/service-account.json\nADMIN_PASS=changeit\nSITE_NAME=Meals\n",
    );
    app.change(
        "web.js",
        "const app",
        "process.env.GOOGLE_APPLICATION_CREDENTIALS.length; process.env.ADMIN_PASS.length;\nconst app",
    );
    app.init(&[]);
    assert_eq!(app.errors(), Vec::<serde_json::Value>::new());
    assert_eq!(app.manifest().services["web"].env["SITE_NAME"], "Meals");
}
