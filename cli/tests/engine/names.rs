//! Names and values that a careless program would hand to a shell.

use civic_contract::verdict::Outcome;

use crate::place::{Place, demand};

const ODD: &str = "a b  \"c\" 'd' $(touch /data/pwned) `id` $HOME \\ %20 & = + ; é\nsecond line\t";
const FOLDER: &str = "our \"app\"\nit's $(id) & `more`";

/// A text as TOML and as JavaScript write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[tokio::test]
async fn odd_values_and_folder_names_arrive_unharmed() {
    let odd = quoted(ODD);
    let check = format!(
        "const odd = {odd};\nconst fs = require(\"node:fs\");\n\
         if (process.env.ODD !== odd || process.argv[2] !== odd || process.env.URL !== `x:${{odd}}`) {{\n  \
         console.error(process.env.ODD, process.argv[2], process.env.URL);\n  process.exit(9);\n}}\n"
    );
    let place = Place::named(FOLDER)
        .await
        .change("notebook.js", "const fs = require(\"node:fs\");\n", &check)
        .change("notebook.js", "const fields = await form(request);", "const fields = await form(request);\n      if (fields.get(\"odd\") !== odd || request.headers[\"x-odd\"] !== \"a 'b' $(id)\") return [400, \"odd\\n\"];")
        .change("civic.toml", "port = 8080", &format!("port = 8080\nsecrets = [\"URL\"]\nenv = {{ ODD = {odd} }}\ncommand = [\"node\", \"server.js\", {odd}]"))
        .change("civic.toml", "nonce = \"{nonce}\" }", &format!("nonce = \"{{nonce}}\", odd = {odd} }}\nheaders = {{ X-Odd = \"a 'b' $(id)\" }}"))
        .append("civic.toml", &format!("\n[secrets]\nURL = {{ value = {} }}\n", quoted(&format!("x:{ODD}"))));
    place.certify(&["--only", "soft-stop", "--quick"]).await.demand(0, &[]);
    let verdict = place.verdict("soft-stop");
    demand(&verdict, Outcome::Pass, &[]);
    assert!(verdict.measured.acknowledged > 0);
    place.demand_nothing_left().await;
}

#[tokio::test]
async fn commands_to_paste_name_an_odd_folder_as_one_word() {
    let place = Place::named("it's $(id)").await.write("server.js", "process.exit(1);\n");
    let ended = place.certify(&["--only", "cold-boot", "--quick"]).await;
    ended.demand(1, &[r"civic certify 'it'\''s $(id)' --only cold-boot --seed"]);
    place.demand_nothing_left().await;
}
