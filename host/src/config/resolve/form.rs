//! The form of an action, as a config gives it ahead of time.

use plugin_api::Title;
use plugin_api::field::Field;
use plugin_api::manifest::Action;
use serde_json::Value;

use super::super::problem::{Remarks, named, quoted};
use super::super::raw::datum::Datum;
use super::super::source::Located;
use super::look::Look;

/// A field of an action; remarks if there is none.
pub(super) fn find_field<'m>(name: &Located<String>, action: &'m Action, remarks: &mut Remarks) -> Option<&'m Field> {
    let field = action.fields.get(&name.value);
    if field.is_none() {
        remarks
            .error(
                name.spot,
                format!("操作“{}”没有{}这一项", action.name, named(&name.value)),
                format!("action {:?} has no field {}", action.name, quoted(&name.value)),
            )
            .suggest(&name.value, action.fields.iter().map(|(name, _)| name));
    }
    field
}

/// The value of a field as the action takes it; remarks if it takes none such.
pub(super) fn field_value(
    name: &Located<String>,
    item: &Located<Datum>,
    field: &Field,
    look: &Look<'_>,
    remarks: &mut Remarks,
) -> Option<Value> {
    match field.parse(&item.value.json(), look) {
        Ok(value) => Some(value),
        Err(objections) => {
            for objection in objections {
                let Title { zh, en } = objection.text;
                let colon = if en.starts_with('"') { ":" } else { "" };
                remarks.error(
                    item.spot,
                    format!("“{}”一项：{zh}", name.value),
                    format!("field {:?}{colon} {en}", name.value),
                );
            }
            None
        }
    }
}
