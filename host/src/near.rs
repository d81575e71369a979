//! Which known word somebody meant who wrote another.
//!
//! Pure. Always holds: a suggestion is one of the known words, and near enough that a reader sees
//! why.

use plugin_api::field::NotFound;

/// Longer than this nobody mistypes a name, and comparing costs the product of both lengths.
const WORD_CHARS_MAX: usize = 60;

/// More names than these are no help to whoever reads them.
pub const NAMES_SHOWN_MAX: usize = 16;

/// The known word nearest to one that is unknown: at most 2 changes apart, or a third of its length.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let chars = word.chars().count();
    if WORD_CHARS_MAX < chars {
        return None;
    }
    let apart_max = (chars / 3).max(2);
    let likely = |known: &&str| known.chars().count().abs_diff(chars) <= apart_max;
    known
        .into_iter()
        .filter(likely)
        .map(|known| (strsim::osa_distance(word, known), known))
        .filter(|(apart, known)| *apart <= apart_max && *apart < chars.min(known.chars().count()))
        .min()
        .map(|(_, known)| known)
}

/// Why a word is not one of some names: what was meant, or which there are if they are few.
pub fn not_found<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> NotFound {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.dedup();
    match nearest(word, known.iter().copied()) {
        Some(near) => NotFound::Near(near.to_owned()),
        None if (1..=NAMES_SHOWN_MAX).contains(&known.len()) => {
            NotFound::OneOf(known.into_iter().map(str::to_owned).collect())
        }
        None => NotFound::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_and_far() {
        let places = ["西苑小区", "四眼井小区", "太平里小区"];
        assert_eq!(nearest("西园小区", places), Some("西苑小区"));
        assert_eq!(nearest("西苑小区3栋", places), Some("西苑小区"));
        assert_eq!(nearest("东门", places), None, "two characters have nothing in common with four");
        assert_eq!(nearest("setled", ["settled", "sorted"]), Some("settled"));
        assert_eq!(nearest("", ["a"]), None);
    }
}
