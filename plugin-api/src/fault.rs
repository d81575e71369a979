//! How a call goes wrong: two kinds, told apart by who must act.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Title;

/// Why a desk did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// The person must mend it. All objections at once; nothing changes; never retried.
    Refused(Vec<Objection>),
    /// The desk or the host must mend it; retried with back-off, then parked. The text is for the
    /// operator and holds no resident's words.
    Failed(String),
}

impl Fault {
    /// Refused for one reason that belongs to no field.
    pub fn refused(zh: impl Into<String>, en: impl Into<String>) -> Fault {
        Fault::Refused(vec![Objection::new(zh, en)])
    }

    /// Failed, with a text for the operator.
    pub fn failed(text: impl Into<String>) -> Fault {
        Fault::Failed(text.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Refused(objections) => {
                for (i, objection) in objections.iter().enumerate() {
                    let before = if i == 0 { "" } else { "; " };
                    write!(f, "{before}{objection}")?;
                }
                Ok(())
            }
            Fault::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Fault {}

/// One thing a person must mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Name of the field it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Row within a `rows` field, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u32>,
    /// A sentence that says what is wrong and what to do.
    pub text: Title,
}

impl Objection {
    /// An objection to the whole form.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Objection {
        Objection { field: None, row: None, text: Title::new(zh, en) }
    }

    /// The same, about one field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Objection {
        self.field = Some(name.into());
        self
    }

    /// The same, about one row of a `rows` field.
    #[must_use]
    pub fn row(mut self, row: u32) -> Objection {
        self.row = Some(row);
        self
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        f.write_str(&self.text.en)
    }
}
