//! From a form as it was filled in to the canonical form a desk gets: checked, masked, and with a
//! person's id in place of every contact (I10).

use plugin_api::field::{Field, FieldKind, Fields};
use plugin_api::{MatterId, Objection, PersonId};
use serde_json::{Map, Value};

use super::batch::Batch;
use crate::code::keyed_hash;
use crate::mask::mask;
use crate::matter::id_of_number;
use crate::store::files::FileRow;
use crate::store::rows::ContactRow;
use crate::store::{Store, StoreError};

/// The matter of a number, if there is one.
pub(super) fn find_matter(number: &str, batch: &Batch, store: &Store) -> Option<MatterId> {
    let id = id_of_number(number)?;
    match batch.cached(id) {
        Some(cached) => (*cached.head.number == *number).then_some(id),
        None => store.reader().find(number).ok()?,
    }
}

/// Masks every text of a form; gives the originals, as JSON, if anything was hidden.
pub(super) fn mask_form(fields: &Fields, form: &mut Map<String, Value>) -> Option<String> {
    let mut originals = Map::new();
    for (name, field) in fields.iter() {
        if let Some(value) = form.get_mut(name)
            && let Some(original) = mask_value(field, value)
        {
            originals.insert(name.to_owned(), original);
        }
    }
    if originals.is_empty() { None } else { Some(Value::Object(originals).to_string()) }
}

/// Masks what objections say.
pub(super) fn mask_objections(objections: &mut [Objection]) {
    for objection in objections {
        for text in [&mut objection.text.zh, &mut objection.text.en] {
            if let std::borrow::Cow::Owned(masked) = mask(text) {
                *text = masked;
            }
        }
    }
}

fn mask_value(field: &Field, value: &mut Value) -> Option<Value> {
    match (&field.kind, value) {
        (FieldKind::Text | FieldKind::LongText, Value::String(text)) => {
            let masked = match mask(text) {
                std::borrow::Cow::Owned(masked) => masked,
                std::borrow::Cow::Borrowed(_) => return None,
            };
            Some(std::mem::replace(text, masked).into())
        }
        (FieldKind::Text | FieldKind::LongText, Value::Array(list)) => {
            let before = list.clone();
            let hidden = list.iter_mut().filter_map(|item| mask_value(field, item)).count();
            (hidden != 0).then_some(before.into())
        }
        (FieldKind::Rows { of }, Value::Array(rows)) => {
            let before = rows.clone();
            let hidden = rows.iter_mut().filter_map(|row| mask_form(of, row.as_object_mut()?)).count();
            (hidden != 0).then_some(before.into())
        }
        _ => None,
    }
}

/// The files that a form names.
pub(super) fn files_of(fields: &Fields, form: &Map<String, Value>) -> Vec<FileRow> {
    let mut files = Vec::new();
    for (name, field) in fields.iter() {
        let Some(value) = form.get(name) else { continue };
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        match &field.kind {
            FieldKind::File { .. } => files.extend(values.iter().filter_map(file_of)),
            FieldKind::Rows { of } => {
                files.extend(values.iter().filter_map(Value::as_object).flat_map(|row| files_of(of, row)));
            }
            _ => {}
        }
    }
    files
}

fn file_of(value: &Value) -> Option<FileRow> {
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let bytes = value.get("bytes")?.as_u64()?;
    Some(FileRow { matter: 0, sha256: text("sha256")?, input: 0, small: text("small")?, bytes, is_gone: false })
}

/// Puts a person's id in place of every contact of a form: the one known by it, else a new one
/// named for the input. Gives the new ones.
pub(super) fn replace_contacts(
    fields: &Fields,
    form: &mut Map<String, Value>,
    seq: u64,
    secret: &[u8; 32],
    batch: &Batch,
    store: &Store,
) -> Result<Vec<ContactRow>, StoreError> {
    let mut new = Vec::new();
    let contacts = fields.iter().filter(|(_, field)| field.kind == FieldKind::Contact);
    for (nth, (name, _)) in contacts.enumerate() {
        let Some(Value::String(contact)) = form.get(name) else { continue };
        let digest = keyed_hash(secret, "contact", contact.as_bytes());
        let known = match batch.contacts.get(&digest) {
            Some(person) => Some(person.clone()),
            None => store.reader().person_of_contact(&digest)?.map(|person| PersonId::new(&*person)),
        };
        let person = known.unwrap_or_else(|| {
            let suffix = if nth == 0 { String::new() } else { format!("-{nth}") };
            let person = PersonId::new(format!("r{seq}{suffix}"));
            new.push(ContactRow { person: person.as_str().into(), digest, contact: contact.clone() });
            person
        });
        form.insert(name.to_owned(), person.as_str().into());
    }
    Ok(new)
}
