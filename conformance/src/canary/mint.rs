//! Where canaries get their numbers and nonces.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sha2::{Digest, Sha256};

use super::Record;

/// RFC 4648's base 32 alphabet: upper case, no characters that are easily confused, safe in SMS, URLs and SQL.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters of a nonce: 60 random bits.
const NONCE_LENGTH: usize = 12;
/// Canaries per sandbox, so that numbers never meet and keep to seven digits.
const PER_SANDBOX: u32 = 10_000;

/// Makes the canaries of one sandbox, and its other random choices: the same seed, images and sandbox give the
/// same ones. Nonces depend on the images' digests, so that no image can have been built with them inside.
pub struct Mint {
    rng: ChaCha12Rng,
    next: u32,
    end: u32,
}

impl Mint {
    /// A mint for sandbox number `index` (0 to 998).
    pub fn new<'a>(seed: u64, digests: impl Iterator<Item = &'a String>, index: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        digests.for_each(|digest| hash.update(digest.as_bytes()));
        hash.update(index.to_le_bytes());
        let next = index.min(998) * PER_SANDBOX + 1;
        Self { rng: ChaCha12Rng::from_seed(hash.finalize().into()), next, end: next + PER_SANDBOX - 1 }
    }

    /// The next canary; `None` after 9,999 of them.
    pub fn canary(&mut self) -> Option<Record> {
        if self.next >= self.end {
            return None;
        }
        let id = self.next;
        self.next += 1;
        let nonce = (0..NONCE_LENGTH).map(|_| ALPHABET[(self.rng.next_u32() >> 27) as usize] as char);
        Some((id, nonce.collect()))
    }

    /// A share between `low` and `high`, for moments of faults.
    pub fn share(&mut self, low: f64, high: f64) -> f64 {
        self.rng.random_range(low..high)
    }

    /// A user id that no image has: far above what distributions hand out, below 2^31.
    pub fn stranger_uid(&mut self) -> u32 {
        self.rng.random_range(1_000_000_000..2_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, digest: &str, index: u32) -> Record {
        Mint::new(seed, [digest.to_owned()].iter(), index).canary().unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_canaries() {
        assert_eq!(first(1, "a", 3), first(1, "a", 3));
    }

    #[test]
    fn another_seed_image_or_sandbox_gives_others() {
        let nonce = first(1, "a", 3).1;
        for other in [first(2, "a", 3), first(1, "b", 3), first(1, "a", 4)] {
            assert_ne!(nonce, other.1);
        }
    }

    #[test]
    fn numbers_of_two_sandboxes_never_meet() {
        let mut mint = Mint::new(1, std::iter::empty(), 3);
        let mut last = 0;
        while let Some((id, _)) = mint.canary() {
            last = id;
        }
        assert!(last < first(1, "a", 4).0);
    }
}
