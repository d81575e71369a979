//! What a report says, and the matter it becomes. Pure.

use jiff::Timestamp;
use plugin_api::{Effects, Fault, InputInfo, InputKind, Labels, Objection, Opening, PersonId, PlaceId, Position, Step};
use serde::{Deserialize, Serialize};

const KIND: &str = "request";

/// The form of a report, as the host has checked it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// One line: what is the matter.
    pub title: String,
    /// Compound, building or house.
    pub place: PlaceId,
    /// All of it; the title, if nothing more was written.
    #[serde(default)]
    pub text: Option<String>,
    /// The spot within the place.
    #[serde(default)]
    pub address: Option<String>,
    /// Question, complaint, …
    #[serde(default)]
    pub nature: Option<String>,
    /// Whom to answer: what the contact became at the border.
    #[serde(default)]
    pub contact: Option<PersonId>,
    /// The one who reports does not want to be known.
    #[serde(default)]
    pub anonymous: bool,
    /// The one who fills in the form is not the one who reports.
    #[serde(default)]
    pub behalf: bool,
    /// Through which channel it came.
    #[serde(default)]
    pub channel: Option<String>,
    /// When it was reported, if earlier and elsewhere.
    #[serde(default)]
    pub reported_at: Option<Timestamp>,
    /// Its number in the system it came from.
    #[serde(default)]
    pub source_no: Option<String>,
    /// Where on the map.
    #[serde(default)]
    pub position: Option<Position>,
}

/// Data of the topic `reported`.
#[derive(Serialize)]
struct Reported<'a> {
    channel: &'a str,
    behalf: bool,
}

impl Report {
    /// The matter, and the event that sends it on its way.
    ///
    /// # Errors
    /// Refused when it was reported after the step's instant: a date typed wrongly.
    pub(crate) fn open(self, step: &Step<()>, default_channel: &str) -> Result<Effects, Fault> {
        if self.reported_at.is_some_and(|at| step.now < at) {
            let objection = Objection::new("反映时间晚于现在，请核对日期", "lies in the future; check the date");
            return Err(Fault::Refused(vec![objection.field("reported-at")]));
        }
        let reporters = self.reporter(&step.input).into_iter().collect();
        // A cell of a table may break its line; a title is one line.
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let channel = self.channel.unwrap_or_else(|| default_channel.to_owned());
        let mut labels = Labels::new();
        if let Some(nature) = self.nature {
            labels.insert("nature".into(), nature.into());
        }
        if self.anonymous {
            labels.insert("anonymous".into(), true.into());
        }
        let said = Reported { channel: &channel, behalf: self.behalf };
        let opening = Opening {
            kind: KIND.into(),
            text: self.text.unwrap_or_else(|| title.clone()),
            title,
            place: Some(self.place),
            address: self.address,
            position: self.position,
            channel: Some(channel.clone()),
            source: self.source_no,
            reported_at: self.reported_at,
            reporters,
            labels,
        };
        Ok(Effects::new().open(step.new_id(0), opening).say("reported", &said))
    }

    /// Who is answered: the contact given; else the one who acts, unless for somebody else, as every
    /// row of a table is, or without wanting to be known (a contact's person has no name, an account
    /// has).
    fn reporter(&self, input: &InputInfo) -> Option<PersonId> {
        match &self.contact {
            Some(contact) => Some(contact.clone()),
            None if self.behalf || self.anonymous || input.kind == InputKind::Row => None,
            None => input.by.clone(),
        }
    }
}
