//! Stand-ins for what an outlet's desk may not see: put in its place as something leaves, taken out of
//! whatever comes back (I10).

use std::fmt::Write as _;

use crate::engine::secret::fill_random;

/// What is covered in one delivery.
#[derive(Default)]
pub(super) struct Veil {
    covered: Vec<(String, String)>,
}

/// What a text goes into, which decides how a value is written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Into {
    /// As it is.
    Plain,
    /// Within a text of JSON.
    Json,
    /// Within an address or a form.
    Url,
}

impl Veil {
    /// Covers a value; gives what stands for it, of letters and digits, so that no escaping changes it.
    pub(super) fn cover(&mut self, value: &str) -> String {
        if let Some((known, _)) = self.covered.iter().find(|(_, covered)| covered == value) {
            return known.clone();
        }
        let mut random = [0; 16];
        fill_random(&mut random);
        let stand_in = random.iter().fold("standin".to_owned(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a text takes any text");
            text
        });
        self.covered.push((stand_in.clone(), value.to_owned()));
        stand_in
    }

    /// A text with every value in its place.
    pub(super) fn lift(&self, text: &str, into: Into) -> String {
        let mut lifted = text.to_owned();
        for (stand_in, value) in &self.covered {
            if lifted.contains(stand_in) {
                lifted = lifted.replace(stand_in, &written(value, into));
            }
        }
        lifted
    }

    /// A text in which no value stands, in whatever letters and however it is written.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for (_, value) in &self.covered {
            for into in [Into::Plain, Into::Json, Into::Url] {
                hidden = without(&hidden, &written(value, into));
            }
        }
        hidden
    }
}

fn written(value: &str, into: Into) -> String {
    match into {
        Into::Plain => value.to_owned(),
        Into::Json => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
        Into::Url => value.bytes().fold(String::new(), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                text.push(char::from(byte));
            } else {
                write!(text, "%{byte:02X}").expect("a text takes any text");
            }
            text
        }),
    }
}

fn without(text: &str, value: &str) -> String {
    if value.is_empty() {
        return text.to_owned();
    }
    // Letters of ASCII keep their place when they are made small.
    let (small, wanted) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = small[from..].find(&wanted) {
        left.push_str(&text[from..from + at]);
        left.push_str("***");
        from += at + value.len();
    }
    left.push_str(&text[from..]);
    left
}

#[cfg(test)]
mod tests {
    use super::{Into, Veil};

    #[test]
    fn what_is_covered_is_put_in_and_taken_out() {
        let mut veil = Veil::default();
        let secret = veil.cover("a\"b c");
        let phone = veil.cover("19900001234");
        assert_eq!(veil.cover("19900001234"), phone);
        assert_ne!(Veil::default().cover("19900001234"), phone, "it is drawn anew");
        assert!(phone.bytes().all(|b| b.is_ascii_alphanumeric()));
        let text = format!("{secret} to {phone}, {phone}");
        assert_eq!(veil.lift(&text, Into::Plain), "a\"b c to 19900001234, 19900001234");
        assert_eq!(veil.lift(&text, Into::Json), "a\\\"b c to 19900001234, 19900001234");
        assert_eq!(veil.lift(&text, Into::Url), "a%22b%20c to 19900001234, 19900001234");
        for into in [Into::Plain, Into::Json, Into::Url] {
            assert_eq!(veil.hide(&veil.lift(&text, into)), "*** to ***, ***");
        }
        assert_eq!(veil.hide("A\"B C, 路灯"), "***, 路灯");
    }

    /// A resident who writes what looks like a stand-in gets nothing put in.
    #[test]
    fn nothing_else_is_put_in() {
        let mut veil = Veil::default();
        veil.cover("hunter22");
        assert_eq!(veil.lift("{secret} secret:key standin00", Into::Plain), "{secret} secret:key standin00");
    }
}
