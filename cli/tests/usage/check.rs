//! `civic check`: 0 without errors, 1 with; advice alone is no error.

use crate::bench::Project;

#[test]
fn the_sound_specimen_has_no_error() {
    Project::sound().civic(&["check"]).succeeded();
}

#[test]
fn findings_for_programs_agree_with_the_exit_code() {
    for project in [Project::sound(), Project::sound().change("Dockerfile", "USER 1000:0\n", "")] {
        let ended = project.civic(&["check", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(said["schema"], 1);
        let findings = said["findings"].as_array().unwrap();
        let errors = findings.iter().any(|finding| finding["error"] == true);
        assert_eq!(ended.code, i32::from(errors), "{said}");
    }
}
