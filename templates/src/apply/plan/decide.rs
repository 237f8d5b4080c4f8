//! What becomes of one file. Values in, values out: no disk.

use civic_contract::lock::{self, Digest, Entry, FilePath, Offer};

use super::super::merge::{Merged, merge};
use super::super::tree::Wanted;
use super::{Action, Class, Step};
use crate::file::{File, Merge, Mode};

/// What is known of one file.
pub(super) struct Case<'a> {
    pub(super) path: &'a FilePath,
    /// As it is rendered now.
    pub(super) new: &'a File,
    /// As it was rendered last.
    pub(super) known: Option<&'a Entry>,
    /// The bytes of that, where they are still there.
    pub(super) base: Option<&'a [u8]>,
    /// The project's file.
    pub(super) ours: Option<Found>,
    /// What was offered last.
    pub(super) offer: Option<&'a Offer>,
    /// The offer's file.
    pub(super) offered: Option<Found>,
    /// Whether a person said that the project's file is as it is to be.
    pub(super) resolved: bool,
}

/// A file that is there.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) content: Vec<u8>,
    pub(super) mode: u32,
}

/// What becomes of it.
pub(super) struct Decision {
    pub(super) step: Step,
    /// New bytes of the project's file, and its mode.
    pub(super) write: Option<(Vec<u8>, Wanted)>,
    /// What the lock says from now on, with the base that goes with it; none where the old ones stay.
    pub(super) entry: Option<Entry>,
    /// What the lock says about the offer, with its bytes where they change.
    pub(super) offer: Option<(Offer, Option<Vec<u8>>)>,
}

impl Case<'_> {
    pub(super) fn decide(&self) -> Decision {
        match (&self.ours, self.known) {
            (None, None) => self.create(),
            (None, Some(_)) => self.plain(Class::DeletedByUser, Action::Keep),
            (Some(ours), _) if ours.content == self.new.content => self.keep(ours, Class::Identical),
            (Some(ours), None) => self.foreign(ours),
            (Some(ours), Some(known)) => self.update(ours, known),
        }
    }

    fn create(&self) -> Decision {
        let mut decision = self.plain(Class::New, Action::Create);
        decision.step.after = Some(Digest::of(&self.new.content));
        let bits = match self.new.mode {
            Mode::Regular => 0o644,
            Mode::Executable => 0o755,
        };
        decision.write = Some((self.new.content.clone(), Wanted::Fresh(bits)));
        decision.entry = Some(self.entry());
        decision
    }

    /// The project's file stays, and counts as the new rendering from now on.
    fn keep(&self, ours: &Found, class: Class) -> Decision {
        let mode = self.mode(ours);
        let mut decision = self.plain(class, if mode == ours.mode { Action::Keep } else { Action::Replace });
        if mode != ours.mode {
            decision.write = Some((ours.content.clone(), Wanted::Exactly(mode)));
        }
        decision.step.not_executable = self.new.mode == Mode::Executable && mode & 0o111 == 0;
        decision.entry = Some(self.entry());
        decision
    }

    fn foreign(&self, ours: &Found) -> Decision {
        if self.resolved {
            return self.keep(ours, Class::Foreign);
        }
        if self.new.merge == Merge::Lines
            && let Merged::Clean(result) =
                merge(Merge::Lines, self.path.as_str(), None, &ours.content, &self.new.content)
        {
            return self.merged(ours, Class::Foreign, result);
        }
        let mut decision = self.plain(Class::Foreign, Action::Keep);
        self.put_aside(&mut decision, ours, self.new.content.clone());
        decision
    }

    fn update(&self, ours: &Found, known: &Entry) -> Decision {
        let class = match Digest::of(&ours.content) == known.sha256 {
            true => Class::OursUnmodified,
            false => Class::OursModified,
        };
        let nothing_new = Digest::of(&self.new.content) == known.sha256;
        if nothing_new || self.resolved || self.was_resolved(ours) {
            return self.keep(ours, class);
        }
        let base = if class == Class::OursUnmodified { Some(ours.content.as_slice()) } else { self.base };
        match merge(self.new.merge, self.path.as_str(), base, &ours.content, &self.new.content) {
            Merged::Clean(result) => self.merged(ours, class, result),
            Merged::Conflict { offer, at } => {
                let mut decision = self.plain(class, Action::Conflict);
                decision.step.conflicts = at;
                self.put_aside(&mut decision, ours, offer);
                decision
            }
        }
    }

    fn merged(&self, ours: &Found, class: Class, result: Vec<u8>) -> Decision {
        if result == ours.content {
            return self.keep(ours, class);
        }
        let action = if class == Class::OursUnmodified { Action::Replace } else { Action::Merge };
        let mut decision = self.plain(class, action);
        let mode = self.mode(ours);
        decision.step.after = Some(Digest::of(&result));
        decision.step.not_executable = self.new.mode == Mode::Executable && mode & 0o111 == 0;
        decision.write = Some((result, Wanted::Exactly(mode)));
        decision.entry = Some(self.entry());
        decision
    }

    /// Moving the offer over the file, or changing the file and deleting the offer, is how a person says "done".
    /// An offer that is missing alone says nothing: it may never have been committed.
    fn was_resolved(&self, ours: &Found) -> bool {
        let marked = ours.content.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"<<<<<<< "));
        let theirs = Digest::of(&self.new.content);
        let reported =
            self.offer.filter(|offer| offer.theirs == theirs && offer.ours != Digest::of(&ours.content));
        reported.is_some() && self.offered.is_none() && !marked
    }

    /// Offers a text, unless a person works on the last one or deleted it.
    fn put_aside(&self, decision: &mut Decision, ours: &Found, text: Vec<u8>) {
        let fresh = Offer {
            path: self.path.clone(),
            sha256: Digest::of(&text),
            ours: Digest::of(&ours.content),
            theirs: Digest::of(&self.new.content),
        };
        let known =
            |found: &Found| self.offer.is_some_and(|offer| offer.sha256 == Digest::of(&found.content));
        let declined = decision.step.class == Class::Foreign
            && self.offer.is_some_and(|offer| offer.theirs == fresh.theirs);
        let place = format!("{}/{}", super::super::journal::OFFERS, self.path);
        decision.offer = match &self.offered {
            None if declined => self.offer.cloned().map(|offer| (offer, None)),
            Some(found) if found.content == text => Some((fresh, None)),
            Some(found) if !known(found) => self.offer.cloned().map(|offer| (offer, None)),
            _ => Some((fresh, Some(text))),
        };
        let shown = self.offered.is_some() || decision.offer.as_ref().is_some_and(|(_, text)| text.is_some());
        decision.step.offer = shown.then_some(place);
    }

    /// A file's mode is its owner's, unless the rendering changed its mind and the owner had no other.
    fn mode(&self, ours: &Found) -> u32 {
        let (was, new) = (self.known.map(|known| known.mode), mode(self.new.mode));
        let is = if ours.mode & 0o111 == 0 { lock::Mode::Regular } else { lock::Mode::Executable };
        match new {
            _ if was != Some(is) || was == Some(new) => ours.mode,
            lock::Mode::Executable => ours.mode | (ours.mode & 0o444) >> 2,
            lock::Mode::Regular => ours.mode & !0o111,
        }
    }

    fn entry(&self) -> Entry {
        Entry {
            path: self.path.clone(),
            sha256: Digest::of(&self.new.content),
            mode: mode(self.new.mode),
            role: match self.new.merge {
                Merge::Text => lock::Role::Text,
                Merge::Lines => lock::Role::Lines,
                Merge::Toml => lock::Role::Toml,
            },
        }
    }

    fn plain(&self, class: Class, action: Action) -> Decision {
        let mut step = Step::new(self.path.as_str(), class, action);
        step.before = self.ours.as_ref().map(|ours| Digest::of(&ours.content));
        step.after.clone_from(&step.before);
        Decision { step, write: None, entry: None, offer: None }
    }
}

fn mode(mode: Mode) -> lock::Mode {
    match mode {
        Mode::Regular => lock::Mode::Regular,
        Mode::Executable => lock::Mode::Executable,
    }
}
