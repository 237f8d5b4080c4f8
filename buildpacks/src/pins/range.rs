//! Versions as people write them in package.json, Gemfile, pyproject.toml, composer.json, .nvmrc and their kin.

/// Numbers of a version, `[3, 11]`.
pub(super) type Numbers = Vec<u64>;

/// Most parts of one text; a longer one is no version.
const MOST_PARTS: usize = 40;
/// Digits of a number; a date is the longest that is one.
const MOST_DIGITS: usize = 12;

/// Node's names of its long-term lines.
const NAMES: [(&str, u64); 11] = [
    ("argon", 4),
    ("boron", 6),
    ("carbon", 8),
    ("dubnium", 10),
    ("erbium", 12),
    ("fermium", 14),
    ("gallium", 16),
    ("hydrogen", 18),
    ("iron", 20),
    ("jod", 22),
    ("krypton", 24),
];

/// From one version on, up to but without another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    from: Numbers,
    to: Option<Numbers>,
}

/// What fits: any of several spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    spans: Vec<Span>,
    /// The one version that was written, when it was one without an operator.
    plain: Option<Numbers>,
    written: String,
}

impl Span {
    fn any() -> Self {
        Self { from: vec![0], to: None }
    }

    fn of(numbers: &[u64]) -> Self {
        Self { from: numbers.to_vec(), to: next(numbers) }
    }

    /// Every release of a line such as `3.11`.
    pub fn line(line: &str) -> Option<Self> {
        let numbers = numbers(line);
        (!numbers.is_empty()).then(|| Self::of(&numbers))
    }

    fn is_before(&self, other: &Self) -> bool {
        self.to.as_ref().is_some_and(|to| compare(to, &other.from).is_le())
    }

    fn and(self, other: &Self) -> Self {
        let from = if compare(&self.from, &other.from).is_ge() { self.from } else { other.from.clone() };
        let to = match (self.to, &other.to) {
            (Some(one), Some(two)) => Some(if compare(&one, two).is_le() { one } else { two.clone() }),
            (one, two) => one.or_else(|| two.clone()),
        };
        Self { from, to }
    }
}

impl Range {
    /// Reads a version or a range; `None` when there is none in the text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if matches!(text.as_str(), "*" | "x" | "latest" | "node" | "stable" | "lts" | "lts/*" | "current") {
            return Some(Self { spans: vec![Span::any()], plain: None, written: text });
        }
        if let Some((_, major)) =
            NAMES.iter().find(|(name, _)| text == *name || text == format!("lts/{name}"))
        {
            return Some(Self {
                spans: vec![Span::of(&[*major])],
                plain: Some(vec![*major]),
                written: major.to_string(),
            });
        }
        let spans: Vec<Span> = text.replace("||", "|").split('|').map(conjunction).collect::<Option<_>>()?;
        let (plain, written) =
            plain(&text).map_or((None, text.clone()), |(plain, written)| (Some(plain), written));
        Some(Self { spans, plain, written })
    }

    /// The same, with everything that is newer.
    pub fn and_newer(self) -> Self {
        let open = |span: Span| Span { to: None, ..span };
        Self { spans: self.spans.into_iter().map(open).collect(), plain: None, ..self }
    }

    /// Whether a version is in both.
    pub fn meets(&self, line: Span) -> bool {
        let is_empty = |span: &Span| span.to.as_ref().is_some_and(|to| compare(to, &span.from).is_le());
        self.spans.iter().any(|span| !span.is_before(&line) && !line.is_before(span) && !is_empty(span))
    }

    /// Whether the line is newer than everything that fits.
    pub fn is_before(&self, line: Span) -> bool {
        self.spans.iter().all(|span| span.is_before(&line))
    }

    /// A version of three numbers that was written as such.
    pub fn whole(&self) -> Option<&str> {
        self.plain.as_ref().filter(|numbers| numbers.len() >= 3).map(|_| self.written.as_str())
    }

    /// A version that was written without an operator.
    pub fn plain(&self) -> Option<String> {
        self.plain.as_ref().map(|_| self.written.clone())
    }

    /// Whether one line was named, `20` or `3.11`.
    pub fn is_line(&self) -> bool {
        self.plain.is_some()
    }
}

/// `20`, `v20`, `20.x`, `=20.1.0`, `==3.9.*`, `ruby-2.7.1`, `net8.0`: numbers, and how they are written in a tag.
fn plain(text: &str) -> Option<(Numbers, String)> {
    let digits = text.trim_start_matches(|character: char| {
        character.is_ascii_alphabetic() || matches!(character, '=' | '-' | ' ')
    });
    let held: Vec<&str> = digits.split('.').take_while(|part| !matches!(*part, "x" | "*")).collect();
    let is_number = |part: &&str| {
        part.len() <= MOST_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty()
    };
    let is_rest = digits.split('.').skip(held.len()).all(|part| matches!(part, "x" | "*"));
    let numbers: Numbers =
        held.iter().filter(|part| is_number(part)).filter_map(|part| part.parse().ok()).collect();
    let is_all = numbers.len() == held.len() && !numbers.is_empty() && is_rest && numbers.len() <= 3;
    is_all.then(|| (numbers, held.join(".")))
}

/// Parts that must all hold: `>=18 <21`, `>=3.8,<4`, `1.2 - 2`.
fn conjunction(text: &str) -> Option<Span> {
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (numbers(from), numbers(to));
        let is_told = !from.is_empty() && !to.is_empty();
        return is_told.then(|| Span { from, to: next(&to) });
    }
    let mut span = Span::any();
    let mut is_told = false;
    for part in parts(text)?.iter().filter(|part| !part.starts_with("!=")) {
        span = span.and(&comparison(part)?);
        is_told = true;
    }
    is_told.then_some(span)
}

/// Words, with an operator and its version together.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split([' ', ',', '\t', ';']).filter(|word| !word.is_empty()) {
        match parts.last_mut() {
            Some(last)
                if !last
                    .contains(|character: char| character.is_ascii_alphanumeric() || character == '*') =>
            {
                last.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
    }
    (!parts.is_empty() && parts.len() <= MOST_PARTS).then_some(parts)
}

fn comparison(part: &str) -> Option<Span> {
    let at = part.find(|character: char| !"<>=~^!".contains(character)).unwrap_or(part.len());
    let (operator, version) = part.split_at(at);
    if matches!(version, "*" | "x") {
        return Some(Span::any());
    }
    let held = numbers(version);
    if held.is_empty() {
        return None;
    }
    Some(match operator {
        "" | "=" | "==" | "===" => Span::of(&held),
        ">=" => Span { from: held, to: None },
        ">" => Span { from: after(&held), to: None },
        "<" => Span { from: vec![0], to: Some(held) },
        "<=" => Span { from: vec![0], to: next(&held) },
        "^" => Span { to: next(leading(&held)), from: held },
        "~>" | "~=" if held.len() > 1 => Span { to: next(&held[..held.len() - 1]), from: held },
        "~" if held.len() > 2 => Span { to: next(&held[..2]), from: held },
        "~" | "~>" | "~=" => Span::of(&held),
        _ => return None,
    })
}

/// As far as `^` lets nothing change: the first number that is not zero.
fn leading(numbers: &[u64]) -> &[u64] {
    let first = numbers.iter().position(|number| *number != 0).unwrap_or(0);
    numbers.get(..=first).unwrap_or(numbers)
}

/// The first numbers in a text: `python-3.8.1` and `net8.0` hold some, `main` none.
pub(super) fn numbers(text: &str) -> Numbers {
    let start = text.find(|character: char| character.is_ascii_digit()).unwrap_or(text.len());
    let rest = text.get(start..).unwrap_or_default();
    let end =
        rest.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(rest.len());
    let held = rest.get(..end).unwrap_or_default().split('.');
    held.take_while(|part| part.len() <= MOST_DIGITS).map_while(|part| part.parse().ok()).take(4).collect()
}

/// The first version after all that begin with these numbers.
fn next(numbers: &[u64]) -> Option<Numbers> {
    let mut next = numbers.to_vec();
    *next.last_mut()? += 1;
    Some(next)
}

/// The next release: `>3.9` may be 3.9.1.
fn after(numbers: &[u64]) -> Numbers {
    let mut after = numbers.to_vec();
    after.resize(after.len().max(3), 0);
    if let Some(last) = after.last_mut() {
        *last += 1;
    }
    after
}

fn compare(one: &[u64], two: &[u64]) -> std::cmp::Ordering {
    let length = one.len().max(two.len());
    let padded = |numbers: &[u64]| -> Numbers {
        numbers.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
    };
    padded(one).cmp(&padded(two))
}
