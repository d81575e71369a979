//! Files that an action brings: found when its form is checked, kept with what it came to.

use plugin_api::MatterId;
use serde_json::Value;

use crate::engine::Engine;
use crate::engine::input::{Answer, Input};
use crate::files::{Files, Ticket};
use crate::matter::id_of_number;
use crate::store::files::FileRow;

impl Engine {
    /// Files belong to the matter acted on, else to those that were opened.
    pub(super) fn keep_files(&mut self, seq: u64, matter: Option<MatterId>, answer: &Answer, files: Vec<FileRow>) {
        let mut matters: Vec<u64> = match (matter, answer) {
            (_, Answer::Refused(_) | Answer::Repeated(_) | Answer::Unstored(_)) => return,
            (Some(id), _) => vec![id.0],
            (None, Answer::Failed(_)) => Vec::new(),
            (None, Answer::Done(done)) => {
                let opened = done.matters.iter().filter(|reached| reached.opened);
                opened.filter_map(|reached| id_of_number(&reached.number)).map(|id| id.0).collect()
            }
        };
        if matters.is_empty() {
            // A step that comes to its end later opens one then.
            matters.push(0);
        }
        for file in files {
            let of = |matter: &u64| FileRow { matter: *matter, input: seq, ..file.clone() };
            self.batch.set.files.extend(matters.iter().map(of));
        }
    }

    /// A file that whoever acts put up themselves, within the day, and that is there.
    pub(super) fn find_file(&self, text: &str, input: &Input, now_ms: i64) -> Option<Value> {
        let ticket = Ticket::find(text, &self.secret, input.by.as_ref(), now_ms)?;
        Files::at(&self.config.data).has(ticket.sha256).then(|| ticket.value())
    }
}
