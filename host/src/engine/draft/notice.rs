//! A notice that a step sends: whom it is for, and what it says, as of the effects so far.
//!
//! One row for each person and outlet, not yet numbered. Knows nobody's contact (I10): whether a person
//! can be reached shows when the notice leaves.

mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use plugin_api::notice::{Sending, fill_in, names_in};
use plugin_api::{MatterId, PersonId, Post, Recipients, Title};
use serde_json::Value;

use super::check::check_object;
use super::{Draft, Matters, wrong};
use crate::engine::step::StepError;
use crate::limits::{KEY_BYTES_MAX, NOTICE_TEXT_CHARS_MAX, NOTICE_TITLE_CHARS_MAX, NOTICES_MAX};
use crate::matter::{Body, Head};
use crate::outlet::{Outlet, RecipientSort, Speech};
use crate::permission::Asker;
use crate::store::outbox::NoticeRow;
use words::{Wording, cut};

impl Draft<'_> {
    pub(super) fn send(&mut self, sending: Sending, from: &mut dyn Matters) -> Result<(), StepError> {
        let config = self.config;
        let name = &sending.template;
        let not_declared = || wrong(format!("notice {name:?} is not declared"));
        let spec = self.manifest().notice(name).ok_or_else(not_declared)?;
        check_object(format_args!("the data of notice {name:?}"), &spec.data, sending.data.get()).map_err(wrong)?;
        let on = sending.on.or(self.own);
        if let Some(id) = on {
            self.working(id, from)?;
        }
        let people = self.recipients(&sending.to, on, from)?;
        if let Some(key) = sending.key
            && !self.take_key(key, from)?
        {
            return Ok(());
        }
        let sort = RecipientSort::of(&sending.to);
        let outlets: Vec<&Outlet> =
            config.outlets.iter().filter(|outlet| outlet.takes(&self.spec().name, name, sort)).collect();
        if people.is_empty() || outlets.is_empty() {
            tracing::debug!(desk = %self.desk_name, template = %name, "A notice is for nobody.");
            return Ok(());
        }
        let data: BTreeMap<String, Value> =
            serde_json::from_str(sending.data.get()).map_err(|error| wrong(error.to_string()))?;
        let (title, text) = self.spec().notice_words(name).ok_or_else(not_declared)?;
        let wording = Wording { config, day: config.day_of(self.now_ms), fields: &spec.data, data: &data };
        let host = self.host_words(on, [title, text], from)?;
        for outlet in outlets {
            let [title, text] = [title, text].map(|words| wording.fill(words, &host, outlet.lang));
            let row = NoticeRow {
                id: 0,
                input: 0,
                at_ms: self.now_ms,
                matter: on.map(|id| id.0),
                desk: Arc::clone(&self.desk_name),
                template: name.as_str().into(),
                person: "".into(),
                outlet: outlet.id.as_str().into(),
                title: cut(&title.replace(['\r', '\n'], " "), NOTICE_TITLE_CHARS_MAX).into(),
                text: cut(&text, NOTICE_TEXT_CHARS_MAX).into(),
                wants_receipt: spec.receipt,
            };
            for person in &people {
                self.keep_notice(NoticeRow { person: person.as_str().into(), ..row.clone() })?;
            }
        }
        Ok(())
    }

    /// Somebody who is meant twice in one step by the same words gets them once.
    fn keep_notice(&mut self, row: NoticeRow) -> Result<(), StepError> {
        if self.notices.contains(&row) {
            return Ok(());
        }
        if NOTICES_MAX <= self.notices.len() {
            return Err(wrong(format!("more than {NOTICES_MAX} notices in one step")));
        }
        self.notices.push(row);
        Ok(())
    }

    /// Takes a key that nothing was sent under. False if something was.
    fn take_key(&mut self, key: String, from: &dyn Matters) -> Result<bool, StepError> {
        if key.trim().is_empty() || KEY_BYTES_MAX < key.len() {
            return Err(wrong(format!("a notice's key has {} bytes, not 1 to {KEY_BYTES_MAX}", key.len())));
        }
        let key: Arc<str> = key.into();
        if self.sent_keys.contains(&key) || from.was_sent(&self.desk_name, &key)? {
            return Ok(false);
        }
        self.sent_keys.push(key);
        Ok(true)
    }

    /// The people meant, in order, each once.
    fn recipients(
        &mut self,
        to: &Recipients,
        on: Option<MatterId>,
        from: &mut dyn Matters,
    ) -> Result<Vec<PersonId>, StepError> {
        let posts = match to {
            Recipients::Post(Post::Role { role, place }) => {
                // The desk's own word for a role; those that hold a matter are the district's already.
                vec![Post::Role { role: self.spec().role(role.as_str()), place: place.clone() }]
            }
            Recipients::Post(post) => vec![post.clone()],
            Recipients::Reporters | Recipients::Followers | Recipients::Holders => {
                let head = self.working(self.target(on)?, from)?.head.clone();
                match to {
                    Recipients::Reporters => head.reporters.iter().cloned().map(Post::Person).collect(),
                    Recipients::Holders => head.holders.iter().map(|holder| holder.post.clone()).collect(),
                    Recipients::Followers => self.followers(&head),
                    Recipients::Post(_) => Vec::new(),
                }
            }
        };
        let directory = &self.config.directory;
        let day = self.config.day_of(self.now_ms);
        let mut people: Vec<PersonId> = Vec::new();
        for post in &posts {
            let found = match post {
                Post::Person(person) => vec![person.clone()],
                Post::Role { role, place } => {
                    directory.people(role, place, day).into_iter().map(|given| given.person.clone()).collect()
                }
                Post::Unit(unit) => {
                    directory.people_of(unit, day).into_iter().map(|given| given.person.clone()).collect()
                }
            };
            for person in found {
                if !people.contains(&person) {
                    people.push(person);
                }
            }
        }
        Ok(people)
    }

    /// Those who follow a matter and may still see it.
    fn followers(&self, head: &Head) -> Vec<Post> {
        let day = self.config.day_of(self.now_ms);
        let sees = |person: &&PersonId| Asker::new(&self.config.directory, Some(person), day).sees(head);
        head.host.followers.iter().filter(sees).cloned().map(Post::Person).collect()
    }

    /// What the host fills into these words, where they ask for it.
    fn host_words(
        &mut self,
        on: Option<MatterId>,
        words: [&Title; 2],
        from: &mut dyn Matters,
    ) -> Result<BTreeMap<&'static str, Title>, StepError> {
        let is_asked = |name: &str| {
            words.iter().flat_map(|title| [&title.zh, &title.en]).any(|words| names_in(words).contains(name))
        };
        let same = |text: &str| Title::new(text, text);
        let mut host = BTreeMap::from([("desk", self.spec().title.clone())]);
        let config = self.config;
        if let Some(id) = on {
            let (wants_title, wants_place) = (is_asked("title"), is_asked("place"));
            let working = self.working(id, from)?;
            host.insert("number", same(&working.head.number));
            if wants_place {
                let place = config.directory.place(&working.head.place);
                host.insert(
                    "place",
                    place.map_or_else(|| same(working.head.place.as_str()), |place| place.title.clone()),
                );
            }
            if wants_title {
                let words = match &working.words {
                    Some(words) => Arc::clone(words),
                    None => from.words(id)?,
                };
                let body: Body = serde_json::from_str(&words).map_err(|error| wrong(error.to_string()))?;
                host.insert("title", same(&body.title));
            }
        }
        Ok(host)
    }
}

impl Wording<'_> {
    /// The words in one language, filled in; what has no value says nothing.
    fn fill(&self, words: &Title, host: &BTreeMap<&'static str, Title>, lang: Speech) -> String {
        let value = |name: &str| {
            let title = host.get(name).cloned().or_else(|| self.value(name)).unwrap_or_default();
            spoken(&title, lang).to_owned()
        };
        fill_in(spoken(words, lang), &value)
    }
}

/// A title in a language; in the other where it has none in that.
fn spoken(title: &Title, lang: Speech) -> &str {
    let (wanted, other) = match lang {
        Speech::Zh => (&title.zh, &title.en),
        Speech::En => (&title.en, &title.zh),
    };
    if wanted.is_empty() { other } else { wanted }
}
