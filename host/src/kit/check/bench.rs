//! What a part tries a library with, in its process: instances, made-up calls, and what came of them.

use std::io::Write as _;
use std::sync::Arc;

use plugin_api::{Manifest, Title};

use super::answers;
use super::judge::{self, Answer};
use super::part::Tried;
use super::sample::{Sample, calls, openings};
use crate::plugins::Library;
use crate::plugins::strange::{Answering, Asked, Guest, Heard, Memory, Opened, Said, Strange, Table};

/// Stands before a line that says where the child is: should it end there, that is where.
pub(super) const AT: &str = "\nhongling-try at ";
/// Stands before the line that says what came of it.
pub(super) const DONE: &str = "\nhongling-try done ";

/// A host as it should be.
pub(super) const PLAIN: Strange = Strange { table: Table::Whole, memory: Memory::Plain };

/// Says something to the parent.
pub(super) fn say(mark: &str, text: &str) {
    let mut out = std::io::stdout().lock();
    // If the parent has gone, nobody wants to know.
    let _ = out.write_all(format!("{mark}{text}\n").as_bytes()).and_then(|()| out.flush());
}

/// Says where the child is.
pub(super) fn say_at(label: &Title) {
    say(AT, &serde_json::to_string(label).unwrap_or_default());
}

/// See the module's text.
pub(super) struct Bench {
    /// What came of it so far.
    pub tried: Tried,
}

/// A library that is being tried.
pub(super) struct Trial<'b> {
    /// The library.
    pub library: &'b Arc<Library>,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it opens with, as JSON.
    pub opening: Vec<u8>,
    /// A call of everything it declares.
    pub calls: Vec<Sample>,
    bench: &'b mut Bench,
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench { tried: Tried::default() }
    }

    /// A trial with the first opening that the library takes; none where it takes none, which is then
    /// a finding.
    pub(super) fn trial<'b>(&'b mut self, library: &'b Arc<Library>) -> Option<Trial<'b>> {
        let manifest = library.inspection().manifest.clone();
        let opening = openings(&manifest).into_iter().find_map(|(label, opening)| {
            let bytes = opening.to_string().into_bytes();
            say_at(&label);
            let Opened { guest, .. } =
                Guest::open(library, PLAIN, &bytes, &mut |asked| answers::well(asked, &manifest));
            guest.map(|_| bytes)
        });
        let Some(opening) = opening else {
            self.tried
                .findings
                .push(Title::new("用编出来的设置和代码表打不开", "opens with no made-up settings and tables"));
            return None;
        };
        self.tried.opened = true;
        let calls = calls(&manifest);
        Some(Trial { library, manifest, opening, calls, bench: self })
    }
}

impl Trial<'_> {
    /// What is wanting.
    pub(super) fn find(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.find_all([Title::new(zh, en)]);
    }

    /// What an author may want to know.
    pub(super) fn remark(&mut self, words: Title) {
        self.bench.tried.remarks.push(words);
    }

    /// Further findings.
    pub(super) fn find_all(&mut self, findings: impl IntoIterator<Item = Title>) {
        self.bench.tried.findings.extend(findings);
    }

    /// Keeps an answer, to be compared with another process's.
    pub(super) fn keep(&mut self, label: &Title, answer: &Answer) {
        self.bench.tried.answers.push((label.clone(), answer.fingerprint()));
    }

    /// Counts calls that were made without [`Trial::call`].
    pub(super) fn count(&mut self, calls: u64) {
        self.bench.tried.calls += calls;
    }

    /// Opens an instance; that it does not open now is a finding, because it did before.
    pub(super) fn open(&mut self, host: Strange, zh: &str, en: &str) -> Option<Guest> {
        let what = Title::new(zh, en);
        say_at(&what);
        self.bench.tried.calls += 1;
        let manifest = self.manifest.clone();
        let Opened { heard, guest } =
            Guest::open(self.library, host, &self.opening, &mut |asked| answers::well(asked, &manifest));
        if guest.is_none() {
            let status = judge::status_name(heard.status);
            let words = judge::said(&what, &format!("没有打开（{status}）"), &format!("did not open ({status})"));
            self.find_all([words]);
        }
        guest
    }

    /// Makes one call under a host that answers well, and judges its form.
    pub(super) fn call(&mut self, guest: &Guest, host: Strange, sample: &Sample) -> Answer {
        let manifest = self.manifest.clone();
        self.call_with(guest, host, sample, &mut |asked| answers::well(asked, &manifest))
    }

    /// The same under a host that answers otherwise.
    pub(super) fn call_with(
        &mut self,
        guest: &Guest,
        host: Strange,
        sample: &Sample,
        answering: &mut dyn FnMut(Asked<'_>) -> Said,
    ) -> Answer {
        let request = sample.request.to_string().into_bytes();
        self.call_raw(guest, host, &sample.label, sample.verb, &request, answering)
    }

    /// The same with any bytes.
    pub(super) fn call_raw(
        &mut self,
        guest: &Guest,
        host: Strange,
        label: &Title,
        verb: u32,
        request: &[u8],
        answering: &mut Answering<'_>,
    ) -> Answer {
        say_at(label);
        self.bench.tried.calls += 1;
        let heard: Heard = guest.call(host, verb, request, answering);
        let (answer, findings) = judge::judge(label, verb, heard);
        self.bench.tried.findings.extend(findings);
        answer
    }
}
