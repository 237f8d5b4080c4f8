//! Which drills would be performed, and selections that leave none.

use crate::bench::Project;

const EXEMPT: &str = "\n[[exemptions]]\ndrill = \"soft-stop\"\nreason = \"upstream ignores SIGTERM\"\nuntil = \"2999-12-31\"\n\
                      \n[[exemptions]]\ndrill = \"hard-kill\"\nreason = \"long over\"\nuntil = \"2020-01-01\"\n";

#[test]
fn the_plan_for_people() {
    let project = Project::sound().append("civic.toml", EXEMPT);
    insta::assert_snapshot!(project.civic(&["certify", "--plan"]).succeeded());
}

#[test]
fn the_plan_for_programs() {
    let project = Project::sound().append("civic.toml", EXEMPT);
    let plan = project
        .civic(&["certify", "--plan", "--format", "json", "--only", "soft-stop,hard-kill"])
        .succeeded();
    serde_json::from_str::<serde_json::Value>(&plan).unwrap();
    insta::assert_snapshot!(plan);
}

#[test]
fn a_weak_canary_is_told_before_anything_runs() {
    let text = std::fs::read_to_string(Project::sound().path("civic.toml")).unwrap();
    let canary = text.split("[canary]").nth(1).unwrap().split("[[hooks").next().unwrap();
    let project =
        Project::sound().change("civic.toml", canary, "\nkind = \"volume\"\nvolume = \"notes\"\n\n");
    project.civic(&["certify", "--plan"]).refused(64, &["saved by hooks, which leave a canary file out"]);
    let project = project.change("civic.toml", "backup = \"hooks\"", "backup = \"files\"");
    let plan = project.civic(&["certify", "--plan"]).succeeded();
    assert!(plan.contains("The canary is of kind `volume`"), "{plan}");
    assert!(plan.contains("the level ends at C2"), "{plan}");
}

#[test]
fn a_selection_of_nothing_is_refused() {
    for only in ["", ",", " , "] {
        for plan in [&["certify", "--only", only][..], &["certify", "--plan", "--only", only]] {
            Project::sound()
                .civic(plan)
                .refused(64, &["no drill is selected", "Drills: cold-boot, deaf-probe"]);
        }
    }
}

#[test]
fn when_every_drill_is_exempt_nothing_runs() {
    let drills = [
        "cold-boot",
        "deaf-probe",
        "read-only-root",
        "stranger-uid",
        "soft-stop",
        "hard-kill",
        "volume-lost",
    ];
    let exempt = |drill| format!("\n[[exemptions]]\ndrill = \"{drill}\"\nreason = \"all of them\"\n");
    let all: String = drills.map(exempt).concat();
    let project = Project::sound().append("civic.toml", &all);
    project.civic(&["certify"]).refused(64, &["no drill is selected", "take an exemption out of civic.toml"]);
    let one = Project::sound().append("civic.toml", &exempt("hard-kill"));
    one.civic(&["certify", "--only", "hard-kill"]).refused(64, &["no drill is selected"]);
}

#[test]
fn an_unknown_drill_is_named_with_the_one_that_was_meant() {
    let project = Project::sound();
    project
        .civic(&["certify", "--only", "hard-kil"])
        .refused(64, &["there is no drill `hard-kil`", "Did you mean `hard-kill`?"]);
    let said = project.civic(&["certify", "--only", "cold-boot,xyz"]);
    said.refused(64, &["there is no drill `xyz`", "Drills: cold-boot"]);
    assert!(!said.err.contains("Did you mean"), "{}", said.err);
}

#[test]
fn a_drill_of_the_future_is_refused() {
    let said = Project::sound().civic(&["certify", "--only", "disk-full"]);
    said.refused(64, &["this version of civic cannot perform the drill `disk-full` yet"]);
}

#[test]
fn names_in_a_selection_may_have_spaces_around_them() {
    let said = Project::sound().civic(&[
        "certify",
        "--plan",
        "--format",
        "json",
        "--only",
        " hard-kill , cold-boot ,",
    ]);
    let plan: serde_json::Value = serde_json::from_str(&said.succeeded()).unwrap();
    assert_eq!(plan["roster"], serde_json::json!(["cold-boot", "hard-kill"]));
}
