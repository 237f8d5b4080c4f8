//! At most three questions, each with what was found beside it.

use std::io::IsTerminal;

use civic_contract::exit::Exit;
use dialoguer::Input;

use crate::init::scaffold::{Answers, Scaffold};
use crate::render;

/// Whether somebody sits there.
pub fn has_a_person() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks what detection cannot know for sure; Enter takes what stands there.
pub fn ask(made: &Scaffold, answers: &mut Answers) -> Result<(), Exit> {
    if answers.maintainer.is_none() {
        let guess = made.draft.app.maintainers.first().cloned().unwrap_or_default();
        eprintln!(
            "\n1. Who answers for this project? Operators read this when something breaks: Name <mail or web address>"
        );
        answers.maintainer = Some(text("maintainer", &guess, |text| is_person(text))?);
    }
    if let (None, Some(web)) = (&answers.web, &made.web) {
        eprintln!("\n2. What starts the web process? Found in {}", render::plain(&web.place));
        let said = text("command", &web.command, |_| Ok(()))?;
        answers.web = (said != web.command).then_some(said);
    }
    if answers.keeps.is_none() && made.is_state_unsure {
        eprintln!(
            "\n3. Which folders or files does the app write that must not be lost (uploads, a database file)?"
        );
        for line in &made.state_lines {
            eprintln!("   {}", render::plain(line));
        }
        eprintln!(
            "   Names with commas between them, as seen from the project's folder; Enter for none beside the above."
        );
        let said = text("kept", "", |_| Ok(()))?;
        let names = said.split(',').map(str::trim).filter(|name| !name.is_empty());
        answers.keeps = Some(names.map(str::to_owned).collect());
    }
    Ok(())
}

pub fn is_person(text: &str) -> Result<(), &'static str> {
    let valid = text.strip_suffix('>').and_then(|text| text.split_once(" <"));
    match valid {
        Some((name, contact))
            if !name.trim().is_empty() && !contact.is_empty() && !contact.contains([' ', '<']) =>
        {
            Ok(())
        }
        _ => Err("write it as: Name <contact>, such as Meals team <meals@example.org>"),
    }
}

fn text(name: &str, default: &str, check: fn(&String) -> Result<(), &'static str>) -> Result<String, Exit> {
    Input::<String>::new()
        .with_prompt(format!("   {name}"))
        .default(default.to_owned())
        .allow_empty(true)
        .show_default(!default.is_empty())
        .validate_with(check)
        .interact_text()
        .map_err(|_| Exit::Interrupted)
}
