//! The pictures as files of their own.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod fixture;

use civic_report::timeline;
use roxmltree::{Document, Node};

fn texts<'a>(document: &'a Document<'a>, class: &'a str) -> Vec<&'a str> {
    with_class(document, class).filter_map(|node| node.text()).collect()
}

fn with_class<'a>(document: &'a Document<'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    let has = move |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|all| all.split(' ').any(|one| one == class))
    };
    document.descendants().filter(has)
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).map_or(0.0, |value| value.parse().unwrap())
}

#[test]
fn a_picture_stands_alone_and_says_what_it_shows() {
    let (journal, _) = fixture::troubled();
    let picture = timeline(&journal, "hard-kill");
    let document = Document::parse(&picture).unwrap();
    let root = document.root_element();
    assert_eq!(
        (root.tag_name().namespace(), root.attribute("role")),
        (Some("http://www.w3.org/2000/svg"), Some("img"))
    );
    let told: Vec<&str> =
        root.children().filter(Node::is_element).take(2).filter_map(|node| node.text()).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn faults_snapshots_losses_and_answers_are_drawn() {
    let (journal, _) = fixture::troubled();
    let killed = timeline(&journal, "hard-kill");
    let killed = Document::parse(&killed).unwrap();
    assert_eq!(
        with_class(&killed, "fault").filter(|node| node.tag_name().name() == "line").count(),
        4 + 1,
        "and the legend's"
    );
    assert_eq!(
        with_class(&killed, "outage")
            .filter(|node| node.has_tag_name("rect") && node.has_attribute("x"))
            .count(),
        4
    );
    assert_eq!(with_class(&killed, "lost").count(), 1 + 1);
    let lost = timeline(&journal, "volume-lost");
    let lost = Document::parse(&lost).unwrap();
    let labels = [texts(&killed, "label"), texts(&lost, "label"), texts(&lost, "meaning")];
    insta::assert_snapshot!(labels.map(|labels| labels.join("\n")).join("\n\n"));
}

#[test]
fn each_kind_of_write_has_a_shape_of_its_own() {
    let (journal, _) = fixture::troubled();
    let outlines: Vec<String> = ["hard-kill", "volume-lost"]
        .iter()
        .flat_map(|drill| {
            let picture = timeline(&journal, drill);
            let document = Document::parse(&picture).unwrap();
            let paths = with_class(&document, "write")
                .filter(|node| node.parent().unwrap().has_attribute("transform"));
            paths
                .map(|path| {
                    let outline = path
                        .attribute("d")
                        .unwrap()
                        .trim_start_matches(|c: char| "M-. ".contains(c) || c.is_ascii_digit());
                    format!("{} {outline}", path.attribute("class").unwrap())
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let mut shapes: Vec<&str> = outlines
        .iter()
        .filter_map(|outline| outline.split_once(' ')?.1.split_once(' '))
        .map(|pair| pair.1)
        .collect();
    let mut kinds = outlines.clone();
    kinds.sort();
    kinds.dedup();
    shapes.sort_unstable();
    shapes.dedup();
    assert_eq!((kinds.len(), shapes.len()), (5, 5), "{outlines:#?}");
}

#[test]
fn everything_is_inside_the_picture() {
    let (journal, _) = fixture::troubled();
    for drill in &journal.start().roster {
        let picture = timeline(&journal, drill);
        let document = Document::parse(&picture).unwrap();
        let view: Vec<f64> = document
            .root_element()
            .attribute("viewBox")
            .unwrap()
            .split(' ')
            .map(|part| part.parse().unwrap())
            .collect();
        for rect in document.descendants().filter(|node| node.has_tag_name("rect") && node.has_attribute("x"))
        {
            let (right, bottom) =
                (number(&rect, "x") + number(&rect, "width"), number(&rect, "y") + number(&rect, "height"));
            assert!(right <= view[2] && bottom <= view[3], "{drill}: {right} {bottom} of {view:?}");
        }
    }
}

#[test]
fn a_drill_that_the_journal_does_not_know_has_an_empty_picture() {
    let (journal, _) = fixture::troubled();
    let picture = timeline(&journal, "meteor");
    let document = Document::parse(&picture).unwrap();
    assert!(texts(&document, "name").is_empty() && picture.contains("nothing was recorded"));
}
