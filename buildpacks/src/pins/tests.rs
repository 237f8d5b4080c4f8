#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::Pins;

fn image(stack: &str, wanted: &str) -> String {
    Pins::embedded().unwrap().choose(stack, Some(wanted).filter(|text| !text.is_empty())).unwrap().image
}

#[test]
fn every_spelling_of_a_version_finds_its_image() {
    let cases = [
        ("node", "", "node:24-trixie-slim"),
        ("node", "20.x", "node:20-trixie-slim"),
        ("node", ">=18", "node:24-trixie-slim"),
        ("node", ">= 16 < 19", "node:18-bookworm-slim"),
        ("node", "^16.13 || ^18", "node:18-bookworm-slim"),
        ("node", "14.17.0", "node:14.17.0-slim"),
        ("node", "v16", "node:16-bullseye-slim"),
        ("node", "lts/*", "node:24-trixie-slim"),
        ("node", "lts/hydrogen", "node:18-bookworm-slim"),
        ("node", "9", "node:9-slim"),
        ("node", "12 - 14", "node:14-bullseye-slim"),
        ("node", "~14.2.0", "node:14-bullseye-slim"),
        ("node", "whatever", "node:24-trixie-slim"),
        ("python", "^3.9", "python:3.13-trixie"),
        ("python", ">=3.8,<3.12", "python:3.11-trixie"),
        ("python", "~=3.8.2", "python:3.8-bookworm"),
        ("python", "3.11.4", "python:3.11.4"),
        ("python", "==3.9.*", "python:3.9-trixie"),
        ("python", "3", "python:3.13-trixie"),
        ("python", ">3.9, !=3.10.1", "python:3.13-trixie"),
        ("ruby", "~> 3.2", "ruby:3.4-trixie"),
        ("ruby", "~> 3.2.0", "ruby:3.2-trixie"),
        ("ruby", "2.7.3", "ruby:2.7.3"),
        ("ruby", "ruby-2.6", "ruby:2.6-buster"),
        ("php", "^7.3|^8.0", "php:8.4-apache-trixie"),
        ("php", ">=7.2 <8.0", "php:7.4-apache-bullseye"),
        ("go", "1.16", "golang:1.27-trixie"),
        ("go", "1.21.3", "golang:1.27-trixie"),
        ("go", "1.28", "golang:1.27-trixie"),
        ("java", "1.8", "eclipse-temurin:8-jdk-noble"),
        ("java", "11.0.12", "eclipse-temurin:11-jdk-noble"),
        ("java", "16", "eclipse-temurin:17-jdk-noble"),
        ("dotnet", "net8.0", "mcr.microsoft.com/dotnet/sdk:8.0"),
        ("dotnet", "netcoreapp3.1", "mcr.microsoft.com/dotnet/sdk:3.1"),
        ("dotnet", "8.0.404", "mcr.microsoft.com/dotnet/sdk:8.0"),
        ("elixir", "~> 1.14", "elixir:1.18-slim"),
        ("rust", "1.75.0", "rust:1.75.0-slim"),
        ("rust", "1.85", "rust:1.85-slim"),
    ];
    let wrong: Vec<_> = cases
        .iter()
        .map(|(stack, wanted, expected)| (*stack, *wanted, image(stack, wanted), *expected))
        .filter(|(_, _, image, expected)| image != expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_choice_says_why_and_whether_it_is_what_was_asked() {
    let pins = Pins::embedded().unwrap();
    let said: Vec<String> = [
        ("python", Some("3.9")),
        ("python", Some("3.9.7")),
        ("java", Some("16")),
        ("node", None),
        ("go", Some("1.20")),
        ("node", Some("9")),
    ]
    .into_iter()
    .filter_map(|(stack, wanted)| pins.choose(stack, wanted))
    .map(|pin| format!("{} exact={} {}", pin.version, pin.is_exact, pin.why))
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_digest_of_the_table_is_part_of_the_image() {
    let text = format!("{}\"node:24-trixie-slim\" = \"sha256:0123\"\n", super::PINS);
    let pin = Pins::parse(&text).unwrap().choose("node", None).unwrap();
    assert_eq!(pin.image, "node:24-trixie-slim@sha256:0123");
}

#[test]
fn a_default_that_is_no_line_is_an_error() {
    let text = super::PINS.replacen("default = \"24\"", "default = \"27\"", 1);
    assert!(Pins::parse(&text).unwrap_err().to_string().contains("node"));
}

#[test]
fn every_image_of_the_table_has_a_tag() {
    let pins = Pins::embedded().unwrap();
    let bare: Vec<&str> =
        pins.images().filter(|image| !image.rsplit('/').next().unwrap().contains(':')).collect();
    assert!(bare.is_empty(), "{bare:?}");
}

proptest! {
    #[test]
    fn no_text_is_too_strange_and_every_image_is_a_plain_word(text in "\\PC{0,40}", stack in "(node|python|java|go)") {
        let pin = Pins::embedded().unwrap().choose(&stack, Some(&text)).unwrap();
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "./:@-_".contains(character);
        prop_assert!(pin.image.chars().all(is_plain), "{}", pin.image);
    }

    #[test]
    fn any_mix_of_operators_is_read_or_refused(text in "[<>=~^!|, .0-9x*v-]{0,40}") {
        prop_assert!(Pins::embedded().unwrap().choose("node", Some(&text)).is_some());
    }
}
