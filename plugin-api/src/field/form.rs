//! A whole form: from what came in to canonical values, or everything that must be mended.
//!
//! Pure. What only the district knows (places, codes, people) is asked through [`Lookup`].

use serde_json::{Map, Value};

use super::value::shown;
use super::visible::visible;
use super::{Field, FieldKind, Fields, Lookup};
use crate::{Objection, Title};

/// Files of one field, unless it says otherwise.
const FILES_MAX: i64 = 9;

/// Checks a whole form: unknown names, what is required, conditions, defaults, every value.
///
/// # Errors
/// All objections at once.
pub fn parse_form(
    fields: &Fields,
    given: &Map<String, Value>,
    look: &dyn Lookup,
) -> Result<Map<String, Value>, Vec<Objection>> {
    let mut parsed = Map::new();
    let mut objections = Vec::new();
    for name in given.keys().filter(|name| fields.get(name).is_none()) {
        // About no field: what is typed for a name may be anything, and the host hides it in texts only.
        objections.push(unknown_field(name, fields));
    }
    for (name, field) in fields.iter() {
        let given = given.get(name).filter(|value| !is_blank(value));
        if !field.when.iter().all(|(other, wanted)| parsed.get(other) == Some(wanted)) {
            if given.is_some() {
                objections.push(Objection::new("此时不应填写这一项", "must stay empty here").field(name));
            }
            continue;
        }
        match given.or(field.default.as_ref()) {
            None if field.required => {
                objections.push(Objection::new("必填，请补充", "is required").field(name));
            }
            None => {}
            Some(value) => match field.parse(value, look) {
                Ok(value) => {
                    parsed.insert(name.to_owned(), value);
                }
                Err(found) => objections
                    .extend(found.into_iter().map(|objection| Objection { field: Some(name.to_owned()), ..objection })),
            },
        }
    }
    if objections.is_empty() { Ok(parsed) } else { Err(objections) }
}

fn unknown_field(name: &str, fields: &Fields) -> Objection {
    let known: Vec<&str> = fields.iter().map(|(name, _)| name).collect();
    let known = known.join(", ");
    Objection::new(
        format!("没有名为“{}”的项；可填：{known}", shown(name)),
        format!("no such field {:?}; there are {known}", shown(name)),
    )
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => visible(text).trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

impl Field {
    /// The canonical value.
    ///
    /// # Errors
    /// What must be mended; for rows an objection names the row.
    pub fn parse(&self, given: &Value, look: &dyn Lookup) -> Result<Value, Vec<Objection>> {
        if let FieldKind::Rows { of } = &self.kind {
            return parse_rows(of, given, look);
        }
        if !self.many {
            return self.parse_one(given, look).map_err(|text| vec![objection(text)]);
        }
        let listed;
        let list = match given {
            Value::Array(list) => list,
            Value::String(text) => {
                listed = text.split(['|', '、', ';', '；']).map(|part| part.trim().into()).collect();
                &listed
            }
            one => {
                listed = vec![one.clone()];
                &listed
            }
        };
        if let FieldKind::File { .. } = self.kind
            && self.max.unwrap_or(FILES_MAX) < list.len() as i64
        {
            let most = self.max.unwrap_or(FILES_MAX);
            return Err(vec![objection(Title::new(
                format!("最多 {most} 个文件"),
                format!("holds at most {most} files"),
            ))]);
        }
        let values: Result<Vec<Value>, Title> = list.iter().map(|value| self.parse_one(value, look)).collect();
        values.map(Value::Array).map_err(|text| vec![objection(text)])
    }
}

fn parse_rows(of: &Fields, given: &Value, look: &dyn Lookup) -> Result<Value, Vec<Objection>> {
    let Value::Array(rows) = given else {
        return Err(vec![Objection::new("应为若干行明细", "must be a list of rows")]);
    };
    let mut parsed = Vec::new();
    let mut objections = Vec::new();
    for (number, row) in (1..).zip(rows) {
        let Value::Object(row) = row else {
            objections.push(Objection::new("这一行不是表格行", "is not a row").row(number));
            continue;
        };
        match parse_form(of, row, look) {
            Ok(row) => parsed.push(Value::Object(row)),
            Err(found) => objections.extend(found.into_iter().map(|objection| {
                let text = match &objection.field {
                    Some(field) => {
                        Title::new(format!("{field}：{}", objection.text.zh), format!("{field} {}", objection.text.en))
                    }
                    None => objection.text,
                };
                Objection { field: None, row: Some(number), text }
            })),
        }
    }
    if objections.is_empty() { Ok(Value::Array(parsed)) } else { Err(objections) }
}

fn objection(text: Title) -> Objection {
    Objection { field: None, row: None, text }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::parse_form;
    use crate::field::Fields;
    use crate::field::sample::{AnyDistrict, sample_file};

    fn parsed(field: Value, given: Value) -> Result<Value, String> {
        let fields: Fields = serde_json::from_value(json!({ "photos": field })).map_err(|error| error.to_string())?;
        let given = json!({ "photos": given });
        let form = parse_form(&fields, given.as_object().unwrap(), &AnyDistrict);
        form.map(|form| form["photos"].clone()).map_err(|wrong| wrong[0].text.en.clone())
    }

    #[test]
    fn a_field_for_files_takes_so_many_by_what_names_them() {
        let title = json!({ "zh": "照片", "en": "Photos" });
        let one = json!({ "type": "file", "kinds": ["photo"], "title": title });
        let many = json!({ "type": "file", "kinds": ["photo"], "many": true, "max": 2, "title": title });
        assert_eq!(parsed(one.clone(), json!("a")), Ok(sample_file("a")));
        assert_eq!(parsed(many.clone(), json!(["a", "b"])), Ok(json!([sample_file("a"), sample_file("b")])));
        assert_eq!(parsed(many, json!(["a", "b", "c"])), Err("holds at most 2 files".to_owned()));
        // What was accepted before is looked at once more under its name.
        assert_eq!(parsed(one.clone(), sample_file("a")), Ok(sample_file("a")));
        assert!(parsed(one, json!(["a"])).unwrap_err().contains("must be text"));
        for wrong in [json!({ "type": "file", "title": title }), json!({ "type": "file", "kinds": [], "title": title })]
        {
            assert!(parsed(wrong, json!("a")).unwrap_err().contains("a file needs `kinds`"));
        }
        let odd = json!({ "type": "text", "kinds": ["photo"], "title": title });
        assert!(parsed(odd, json!("a")).unwrap_err().contains("does not belong to type"));
    }
}
