//! Whether the notice templates of a manifest fit themselves: the words name what there is, and no data
//! field has a name that the host fills in.

use super::Manifest;
use super::check::check_defaults;
use crate::notice::HOST_WORDS;

impl Manifest {
    pub(super) fn check_notices(&self, problems: &mut Vec<String>) {
        for notice in &self.notice {
            let name = &notice.name;
            let words = [&notice.title.zh, &notice.title.en, &notice.text.zh, &notice.text.en];
            if words.iter().any(|words| words.trim().is_empty()) {
                problems.push(format!("notice {name:?}: its title and text are needed in both languages"));
            }
            for (_, problem) in words.iter().flat_map(|words| notice.word_problems(words)) {
                let problem = format!("notice {name:?}: {problem}");
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
            for (field, _) in notice.data.iter().filter(|(field, _)| HOST_WORDS.contains(field)) {
                problems.push(format!("notice {name:?}: data field {field:?} has a name that the host fills in"));
            }
            check_defaults(&notice.data, &format!("notice {name:?}"), problems);
        }
    }
}
