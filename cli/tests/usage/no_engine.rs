//! Without a container engine: exit code 3, what was looked at, and the command that helps.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::bench::{Ended, Project, civic, command, ended};

#[test]
fn certify_says_that_there_is_no_engine_and_what_to_do() {
    let project = Project::sound();
    let said = project.civic(&["certify"]);
    said.refused(
        3,
        &[
            "no container engine answers",
            "unix:///no/such/docker.sock (DOCKER_HOST): there is no such socket",
        ],
    );
    assert!(!project.path(".civic").exists(), "nothing was run, so there is nothing to keep");
}

#[test]
fn clean_and_self_test_say_so_too() {
    for arguments in [&["clean"][..], &["certify", "--self-test"]] {
        civic(arguments).refused(3, &["no container engine answers"]);
    }
}

#[test]
fn doctor_says_where_it_looked() {
    let said = civic(&["doctor"]);
    said.refused(3, &["no container engine answers"]);
    assert!(said.out.contains("engine     missing\n"), "{}", said.out);
    assert!(said.out.contains("looked at unix:///no/such/docker.sock (DOCKER_HOST)"), "{}", said.out);
}

#[test]
fn an_engine_that_refuses_the_connection_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let said = ended(command(folder.path()).env("DOCKER_HOST", "tcp://127.0.0.1:1").arg("doctor"));
    said.refused(3, &["tcp://127.0.0.1:1 (DOCKER_HOST): ", "Connection refused", "Unset DOCKER_HOST"]);
}

#[test]
fn a_docker_context_that_is_gone_is_named_and_no_other_engine_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".docker")).unwrap();
    fs::write(folder.path().join(".docker/config.json"), r#"{"currentContext":"brigade"}"#).unwrap();
    let said = ended(command(folder.path()).env_remove("DOCKER_HOST").arg("doctor"));
    said.refused(3, &["Docker context `brigade`, which has no readable endpoint"]);
}

/// What is said on a machine that has these programs.
fn with_programs(programs: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    for program in programs {
        let path = folder.path().join(program);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    ended(command(folder.path()).env("PATH", folder.path()).arg("doctor"))
}

#[test]
fn the_command_fits_what_is_installed() {
    with_programs(&["dockerd"]).refused(3, &["Start Docker: sudo dockerd &"]);
    with_programs(&["podman"]).refused(3, &["systemctl --user start podman.socket"]);
    with_programs(&[]).refused(3, &["sudo apt-get install docker.io"]);
    let systemd_runs = Path::new("/run/systemd/system").is_dir(); // sd_booted(3)
    let wanted = if systemd_runs { "sudo systemctl start docker" } else { "sudo dockerd &" };
    with_programs(&["dockerd", "systemctl"]).refused(3, &[wanted]);
}

#[test]
fn a_socket_that_nobody_listens_on_is_no_engine() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    symlink(&socket, folder.path().join("link.sock")).unwrap();
    let host = format!("unix://{}", folder.path().join("link.sock").display());
    ended(command(folder.path()).env("DOCKER_HOST", host).arg("doctor")).refused(3, &["Connection refused"]);
}
