//! The channels reports come through: the district's list, and its words.

use plugin_api::{CodeList, Count, Title};

/// Codes and titles, in the order of the list. A code stays known after its last day, because
/// matters that came through it do.
pub(crate) struct Channels(Vec<(String, Title)>);

impl Channels {
    pub(crate) fn new(list: &CodeList) -> Channels {
        Channels(list.0.iter().map(|row| (row.code.clone(), row.title.clone())).collect())
    }

    /// The words for a code; the code itself where the list no longer has it.
    pub(crate) fn title(&self, code: &str) -> Title {
        let known = self.0.iter().find(|(known, _)| known == code);
        known.map_or_else(|| Title::new(code, code), |(_, title)| title.clone())
    }

    /// Channels and how many came through each: those of the list, then any other.
    pub(crate) fn figures(&self, counts: &[Count]) -> Vec<(Title, i64)> {
        let number = |code: &str| counts.iter().find(|count| count.key == code).map_or(0, |count| count.count);
        let listed = self.0.iter().map(|(code, title)| (title.clone(), number(code)));
        let is_listed = |code: &str| self.0.iter().any(|(known, _)| known == code);
        let further = counts.iter().filter(|count| !is_listed(&count.key)).map(|count| {
            let title =
                if count.key.is_empty() { Title::new("未注明", "None given") } else { self.title(&count.key) };
            (title, count.count)
        });
        listed.chain(further).map(|(title, count)| (title, i64::try_from(count).unwrap_or(i64::MAX))).collect()
    }
}
