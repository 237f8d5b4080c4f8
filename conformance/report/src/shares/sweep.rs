//! Intervals of time that overlap.

use civic_contract::journal::SpanName;

/// A named piece of time, `from_ms < to_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) name: SpanName,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

impl Interval {
    /// The part of it between two times.
    pub(super) fn clipped(self, from_ms: u64, to_ms: u64) -> Option<Self> {
        let clipped = Self { from_ms: self.from_ms.max(from_ms), to_ms: self.to_ms.min(to_ms), ..self };
        (clipped.from_ms < clipped.to_ms).then_some(clipped)
    }
}

/// Gives every moment between two times to one name, and adds up. The app's own spans come before the suite's;
/// among equals the one that began last, for it is the innermost. Moments without a span have no name.
pub(super) fn divide(spans: &[Interval], from_ms: u64, to_ms: u64) -> Vec<(Option<SpanName>, u64)> {
    let mut spans: Vec<Interval> = spans.iter().filter_map(|span| span.clipped(from_ms, to_ms)).collect();
    spans.sort_by_key(|span| span.from_ms);
    let mut bounds: Vec<u64> = spans.iter().flat_map(|span| [span.from_ms, span.to_ms]).collect();
    bounds.extend([from_ms, to_ms]);
    bounds.sort_unstable();
    bounds.dedup();
    let mut waiting = spans.into_iter().peekable();
    let (mut open, mut parts): (Vec<Interval>, Vec<(Option<SpanName>, u64)>) = (Vec::new(), Vec::new());
    for pair in bounds.windows(2) {
        open.retain(|span| span.to_ms > pair[0]);
        open.extend(std::iter::from_fn(|| waiting.next_if(|span| span.from_ms <= pair[0])));
        let name =
            open.iter().max_by_key(|span| (span.name.is_apps_own(), span.from_ms)).map(|span| span.name);
        let ms = pair[1] - pair[0];
        match parts.iter_mut().find(|part| part.0 == name) {
            Some(part) => part.1 += ms,
            None => parts.push((name, ms)),
        }
    }
    parts
}

/// The time that intervals cover together.
pub(super) fn union(spans: &[Interval]) -> u64 {
    let covered = divide(spans, 0, u64::MAX).into_iter().filter(|(name, _)| name.is_some());
    covered.map(|(_, ms)| ms).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(name: SpanName, from_ms: u64, to_ms: u64) -> Interval {
        Interval { name, from_ms, to_ms }
    }

    #[test]
    fn the_apps_own_time_comes_first_and_then_the_innermost() {
        let spans = [
            span(SpanName::Boot, 0, 10),
            span(SpanName::Hook, 5, 15),
            span(SpanName::Observe, 12, 14),
            span(SpanName::Canary, 20, 30),
        ];
        let parts = divide(&spans, 2, 25);
        assert_eq!(
            parts,
            [
                (Some(SpanName::Boot), 8),
                (Some(SpanName::Hook), 3),
                (Some(SpanName::Observe), 2),
                (None, 5),
                (Some(SpanName::Canary), 5),
            ]
        );
    }

    proptest! {
        #[test]
        fn no_moment_is_counted_twice_or_lost(
            given in proptest::collection::vec((0u64..40, 1u64..20, 0usize..4), 0..20),
            from in 0u64..30,
            length in 1u64..40,
        ) {
            let names = [SpanName::Boot, SpanName::Hook, SpanName::Stop, SpanName::Canary];
            let spans: Vec<Interval> = given.iter().map(|(at, took, n)| span(names[*n], *at, at + took)).collect();
            let parts = divide(&spans, from, from + length);
            prop_assert_eq!(parts.iter().map(|part| part.1).sum::<u64>(), length);
            let own = |at: u64| spans.iter().any(|s| s.name.is_apps_own() && s.from_ms <= at && at < s.to_ms);
            let expected = (from..from + length).filter(|at| own(*at)).count() as u64;
            let counted = parts.iter().filter(|part| part.0.is_some_and(SpanName::is_apps_own)).map(|part| part.1);
            prop_assert_eq!(counted.sum::<u64>(), expected);
        }
    }
}
