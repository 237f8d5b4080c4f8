//! Orders things that need each other.

use std::collections::{BTreeMap, BTreeSet};

/// What each thing needs. A need that is no key is ignored: it is reported elsewhere.
pub(super) type Needs<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Everything with what it needs before it, otherwise by name; and one way round each cycle, first name repeated.
pub(super) fn order<'a>(needs: &Needs<'a>) -> (Vec<&'a str>, Vec<Vec<&'a str>>) {
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = needs
        .iter()
        .map(|(name, needed)| {
            (*name, needed.iter().copied().filter(|need| needs.contains_key(need)).collect())
        })
        .collect();
    let mut wanted_by: Needs = BTreeMap::new();
    for (name, needed) in &waiting {
        needed.iter().for_each(|need| wanted_by.entry(need).or_default().push(name));
    }
    let mut free: BTreeSet<&str> =
        waiting.iter().filter(|(_, needed)| needed.is_empty()).map(|(name, _)| *name).collect();
    let (mut order, mut cycles) = (Vec::new(), Vec::new());
    while !waiting.is_empty() {
        let Some(next) = free.pop_first() else {
            let cycle = cycle(&waiting);
            free.extend(cycle.iter());
            cycles.push(cycle);
            continue;
        };
        if waiting.remove(next).is_none() {
            continue;
        }
        order.push(next);
        for name in wanted_by.get(next).into_iter().flatten() {
            if let Some(needed) = waiting.get_mut(name) {
                needed.remove(next);
                if needed.is_empty() {
                    free.insert(name);
                }
            }
        }
    }
    (order, cycles)
}

/// Where nothing is free, following the first need must come round.
fn cycle<'a>(waiting: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut way: Vec<&str> = Vec::new();
    let mut seen = BTreeMap::new();
    let mut next = waiting.keys().next().copied();
    while let Some(name) = next {
        if let Some(start) = seen.insert(name, way.len()) {
            let mut round: Vec<&str> = way.split_off(start);
            let smallest = (0..round.len()).min_by_key(|index| round[*index]).unwrap_or(0);
            round.rotate_left(smallest);
            round.push(round[0]);
            return round;
        }
        way.push(name);
        next = waiting.get(name).and_then(|needed| needed.first().copied());
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordered<'a>(needs: &[(&'a str, &[&'a str])]) -> (Vec<&'a str>, Vec<Vec<&'a str>>) {
        order(&needs.iter().map(|(name, needed)| (*name, needed.to_vec())).collect())
    }

    #[test]
    fn needed_things_come_first_and_ties_go_by_name() {
        let needs: &[(&str, &[&str])] = &[("a", &["z"]), ("z", &[]), ("b", &[]), ("y", &["a", "b"])];
        assert_eq!(ordered(needs), (vec!["b", "z", "a", "y"], vec![]));
    }

    #[test]
    fn every_cycle_is_found_and_named_from_its_first_name() {
        let needs: &[(&str, &[&str])] = &[
            ("web", &["db"]),
            ("db", &["web"]),
            ("app", &["web"]),
            ("x", &["y"]),
            ("y", &["x"]),
            ("self", &["self"]),
        ];
        let (order, cycles) = ordered(needs);
        assert_eq!(order.len(), 6);
        assert_eq!(cycles, [vec!["db", "web", "db"], vec!["self", "self"], vec!["x", "y", "x"]]);
    }

    proptest! {
        #[test]
        fn everything_is_ordered_once_and_without_cycles_rightly(
            edges in prop::collection::vec((0..8_usize, 0..8_usize), 0..20)
        ) {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let mut needs: Needs = names.iter().map(|name| (*name, vec![])).collect();
            edges.iter().for_each(|(from, to)| needs.get_mut(names[*from]).unwrap().push(names[*to]));
            let (order, cycles) = order(&needs);
            let place: BTreeMap<_, _> = order.iter().enumerate().map(|(index, name)| (*name, index)).collect();
            prop_assert_eq!(place.len(), 8);
            if cycles.is_empty() {
                for (name, needed) in &needs {
                    prop_assert!(needed.iter().all(|need| place[need] < place[name]));
                }
            }
        }
    }
}
