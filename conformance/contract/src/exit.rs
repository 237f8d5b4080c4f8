//! The exit codes of `civic`: an interface for scripts and brigades, listed here and nowhere else.

use crate::verdict::Outcome;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Certified, or whatever else was asked for is done.
    Done = 0,
    /// At least one drill failed through the app's own fault.
    AppFailed = 1,
    /// Nothing is proven: a hook cannot fail, or a drill showed nothing.
    Unproven = 2,
    /// The engine, a registry or another part of the laboratory failed.
    Infrastructure = 3,
    /// A person has to decide, for instance about conflicts of `init` and `update`.
    NeedsPerson = 4,
    /// A certificate does not verify.
    NotVerified = 5,
    /// The command line or civic.toml is wrong; nothing was run.
    Usage = 64,
    /// A person or a signal ended it.
    Interrupted = 130,
}

impl Exit {
    /// All of them, in the order in which `--help` and the docs list them.
    pub const ALL: [Exit; 8] = [
        Exit::Done,
        Exit::AppFailed,
        Exit::Unproven,
        Exit::Infrastructure,
        Exit::NeedsPerson,
        Exit::NotVerified,
        Exit::Usage,
        Exit::Interrupted,
    ];

    /// What the process returns.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// One line for `--help` and the docs.
    pub const fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "certified, or done",
            Exit::AppFailed => "the app failed",
            Exit::Unproven => "unsound or inconclusive: nothing is proven",
            Exit::Infrastructure => "the engine or another part of the infrastructure failed",
            Exit::NeedsPerson => "something needs a person, such as a conflict",
            Exit::NotVerified => "a certificate does not verify",
            Exit::Usage => "wrong usage or an invalid civic.toml; nothing was run",
            Exit::Interrupted => "interrupted",
        }
    }

    /// What the drills of a run come to: the worst outcome wins, and no outcome at all proves nothing.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        match outcomes.into_iter().max() {
            Some(Outcome::Pass | Outcome::Exempt) => Exit::Done,
            Some(Outcome::Fail) => Exit::AppFailed,
            Some(Outcome::Unsound | Outcome::Inconclusive) | None => Exit::Unproven,
            Some(Outcome::InfraError) => Exit::Infrastructure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Exempt, Fail, Inconclusive, InfraError, Pass, Unsound};

    #[test]
    fn the_codes_are_an_interface() {
        let table: Vec<String> =
            Exit::ALL.iter().map(|exit| format!("{:>3}  {}", exit.code(), exit.meaning())).collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn the_worst_outcome_wins() {
        for (outcomes, exit) in [
            (vec![Pass], Exit::Done),
            (vec![Pass, Exempt], Exit::Done),
            (vec![Inconclusive, Pass], Exit::Unproven),
            (vec![Pass, Inconclusive, InfraError], Exit::Infrastructure),
            (vec![InfraError, Unsound], Exit::Unproven),
            (vec![Unsound, Fail, Pass], Exit::AppFailed),
        ] {
            assert_eq!(Exit::of(outcomes.clone()), exit, "{outcomes:?}");
        }
    }

    #[test]
    fn no_outcome_at_all_is_no_success() {
        assert_eq!(Exit::of([]), Exit::Unproven);
    }
}
