//! Outlets as the config has them: which desk delivers which notices to whom, where it may reach, and
//! how people are reached.
//!
//! Pure values. Always holds (I10): a contact is read where a notice leaves and nowhere else, and no
//! `Debug` shows one.

mod grants;

use std::collections::BTreeMap;
use std::fmt;

use plugin_api::{PersonId, Recipients};

use crate::routes::DeskIx;
pub use grants::{FileGrant, Grants, HttpGrant, MailGrant, MailSecurity, SecretSource, parse_mail_server};

/// One `[[outlet]]`.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// Its id, unique in the district.
    pub id: String,
    /// The desk that delivers.
    pub desk: DeskIx,
    /// Notices it is for: a desk's name and perhaps one of its templates. Empty: all.
    pub on: Vec<(String, Option<String>)>,
    /// Sorts of recipients it is for. Empty: all.
    pub to: Vec<RecipientSort>,
    /// What a person must have to be reached by it; nothing where it needs none.
    pub address: Option<ContactKind>,
    /// The language it speaks.
    pub lang: Speech,
}

/// A sort of recipients, as a config names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecipientSort {
    /// Who reported a matter.
    Reporters,
    /// Who follows it.
    Followers,
    /// Whom it waits for.
    Holders,
    /// A post that the sending desk names.
    Posts,
}

impl RecipientSort {
    /// The names of a config.
    pub const NAMES: [(&'static str, RecipientSort); 4] = [
        ("reporters", RecipientSort::Reporters),
        ("followers", RecipientSort::Followers),
        ("holders", RecipientSort::Holders),
        ("posts", RecipientSort::Posts),
    ];

    /// The sort of what a desk says.
    pub fn of(recipients: &Recipients) -> RecipientSort {
        match recipients {
            Recipients::Reporters => RecipientSort::Reporters,
            Recipients::Followers => RecipientSort::Followers,
            Recipients::Holders => RecipientSort::Holders,
            Recipients::Post(_) => RecipientSort::Posts,
        }
    }
}

/// A language that an outlet speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Outlet {
    /// Whether a notice goes through it.
    pub fn takes(&self, desk: &str, template: &str, sort: RecipientSort) -> bool {
        let is_on =
            |(name, only): &(String, Option<String>)| name == desk && only.as_ref().is_none_or(|only| only == template);
        (self.on.is_empty() || self.on.iter().any(is_on)) && (self.to.is_empty() || self.to.contains(&sort))
    }
}

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    /// By telephone.
    Phone,
    /// By mail.
    Mail,
}

impl ContactKind {
    /// The names of a config, and the columns of `people.csv`.
    pub const NAMES: [(&'static str, ContactKind); 2] = [("phone", ContactKind::Phone), ("mail", ContactKind::Mail)];

    /// A contact of this kind as it is kept; none for what is no such contact.
    pub fn parse(self, text: &str) -> Option<String> {
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '（' | '）')).collect();
        let fits = match self {
            ContactKind::Phone => {
                let digits = kept.strip_prefix('+').unwrap_or(&kept);
                (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            }
            ContactKind::Mail => {
                let parts = text.split_once('@');
                let is_whole =
                    |(name, host): (&str, &str)| !name.is_empty() && host.contains('.') && !host.contains('@');
                return (parts.is_some_and(is_whole)
                    && text.len() <= 200
                    && !text.contains(|c: char| c.is_whitespace() || c.is_control()))
                .then(|| text.to_owned());
            }
        };
        fits.then_some(kept)
    }

    /// What a contact is.
    pub fn of(contact: &str) -> ContactKind {
        if contact.contains('@') { ContactKind::Mail } else { ContactKind::Phone }
    }
}

/// How the people of the directory are reached.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contacts(BTreeMap<PersonId, Contact>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Contact {
    phone: Option<String>,
    mail: Option<String>,
}

impl fmt::Debug for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contacts of {} people", self.0.len())
    }
}

impl Contacts {
    /// Notes one. False if another was known.
    pub fn note(&mut self, person: &PersonId, kind: ContactKind, contact: &str) -> bool {
        let of_person = self.0.entry(person.clone()).or_default();
        let place = match kind {
            ContactKind::Phone => &mut of_person.phone,
            ContactKind::Mail => &mut of_person.mail,
        };
        place.get_or_insert_with(|| contact.to_owned()) == contact
    }

    /// How somebody is reached.
    pub fn find(&self, person: &PersonId, kind: ContactKind) -> Option<&str> {
        let of_person = self.0.get(person)?;
        match kind {
            ContactKind::Phone => of_person.phone.as_deref(),
            ContactKind::Mail => of_person.mail.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests;
